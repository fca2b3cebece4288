// What opens a journal, and what happens when somebody else may have it: words of
// one's own, and new keys for everything after a device was lost.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { Decrypter } from 'age-encryption';
import { startDemo } from './program.mjs';
import { closeBrowser, leave } from './browser.mjs';
import { signIn } from './people.mjs';
import { accessible, none, shaped } from './checks.mjs';
import { addPasskey, begin, device, heading, list, readSheet, sent, titles, unlock, write } from './journal.mjs';
import { until } from './until.mjs';

const limit = { timeout: 3 * 60_000 };
let held;
before(async () => { held = await startDemo(); });
after(async () => {
  await closeBrowser();
  await held?.stop();
});

const expected = (fault) => !/409 for|404 for/.test(fault);
const look = async (page, found, where) => found.push(...(await shaped(page)).concat(await accessible(page)).map((f) => `${where}: ${f}`));
const press = (page, name) => page.getByRole('button', { name, exact: true }).click();
const destroy = (page) => page.evaluate(async () => { await fetch('/space/journal/destroy', { method: 'POST' }); });
const own = 'Heron  gravel teapot\nSunday copper umbrella';

async function ownWords(page, one, two = one) {
  const form = page.getByRole('form', { name: 'Words of your own' });
  if (!(await form.isVisible())) await page.getByText(/^Choose (other words|words that open it too)$/).click();
  await form.getByLabel(/^(Your words|Other words of your own)$/).fill(one);
  await form.getByLabel('The same once more').fill(two);
  await form.getByRole('button').click();
}

// fresh is another device of the same client's.
async function fresh(words, label = 'The twelve words of your recovery sheet') {
  const page = await signIn(held, 'client');
  await page.goto('/space/journal');
  await page.getByText('Without a passkey').click();
  await page.getByLabel(label).fill(words);
  await press(page, 'Unlock with your words');
  return page;
}

test('words of one\'s own open it as well; too little is refused; they are changed and taken away', limit, async () => {
  const found = [];
  const page = await signIn(held, 'client', { width: 390 });
  await destroy(page);
  const sheet = await begin(page, { passkey: false });
  await write(page, { title: 'By the sea', words: 'one' });
  await page.goto('/space/journal#keys');
  await heading(page, 'Words of your own').waitFor();
  await page.getByText('Choose words that open it too').click();
  await look(page, found, 'the keys, on a telephone');
  for (const [words, said] of [
    ['sea sea sea sea sea sea sea', 'one of these counts'],
    ['qwertyuiop asdfghjkl one two three 12345678', 'none of these counts'],
    ['heron gravel teapot sunday copper', '5 of these count'],
    ['bee cat dog elk fox gnu', 'very short'],
    ['correct horse battery staple umbrella copper sunday', 'tries first'],
    ['localhost heron gravel teapot sunday copper', 'is tried first'],
  ]) {
    await ownWords(page, words);
    await page.getByRole('alert').getByText(said).waitFor();
  }
  await ownWords(page, own, `${own} no`);
  await page.getByRole('alert').getByText('not the same').waitFor();
  const before = await page.evaluate(async () => (await fetch('/account/keyring')).json());
  assert.equal(before.revision, 1, 'nothing was changed so far');
  assert.equal(before.own, undefined);
  await ownWords(page, own);
  await page.getByRole('button', { name: 'Remove Words of your own' }).waitFor();

  // They open it elsewhere, however they are typed, and for the program age.
  const both = 'Your own words, or the twelve of your recovery sheet';
  const other = await fresh('heron gravel teapot sunday copper umbrellas', both);
  await other.getByRole('alert').getByText('neither the words of your own').waitFor();
  await other.getByLabel(both).fill(' HERON gravel teapot sunday copper Umbrella ');
  await press(other, 'Unlock with your words');
  await other.getByRole('link', { name: 'By the sea' }).waitFor();
  assert.equal(await other.getByText('This device is new to your journal').count(), 0, 'no sheet is at hand');
  const k = await page.evaluate(async () => (await fetch('/account/keyring')).json());
  const d = new Decrypter();
  d.addPassphrase('heron gravel teapot sunday copper umbrella');
  assert.match(await d.decrypt(new Uint8Array(Buffer.from(k.own, 'base64')), 'text'), /AGE-SECRET-KEY-1/);
  const [, work] = /-> scrypt \S+ (\d+)/.exec(Buffer.from(k.own, 'base64').toString('latin1'));
  assert.equal(work, '17');
  const third = await fresh(sheet, both);
  await third.getByText('This device is new to your journal').waitFor();
  await third.getByText(/^2-1$/).waitFor();
  await look(third, found, 'a device that came with the sheet');
  await press(third, 'I have looked');
  await leave(third);

  // Changed, the old ones open nothing; taken away, none do.
  await ownWords(page, 'lantern porridge sailor marble thistle window');
  await page.getByRole('button', { name: 'Change the words' }).waitFor();
  await until('the keyring to be the next', async () => (await page.evaluate(async () => (await (await fetch('/account/keyring')).json()).revision)) === 3);
  const late = await fresh(own, both);
  await late.getByRole('alert').getByText('neither the words of your own').waitFor();
  await leave(late);
  await press(page, 'Remove Words of your own');
  await page.getByRole('button', { name: 'Remove Words of your own' }).waitFor({ state: 'detached' });
  const last = await fresh('lantern porridge sailor marble thistle window');
  await last.getByRole('alert').getByText('not the twelve words').waitFor();
  none([...found, ...(await leave(page)).filter(expected), ...(await leave(other)).filter(expected), ...(await leave(last)).filter(expected)]);
});

// opensNothing tells which of the practice's files an old identity opens.
async function opened(page, identity) {
  const files = await page.evaluate(async () => {
    const { files } = await (await fetch('/space/journal/changes?after=0&bare=1')).json();
    return Promise.all(files.filter((f) => !f.gone).map(async (f) => [...new Uint8Array(await (await fetch('/space/journal/files/' + f.id)).arrayBuffer())]));
  });
  assert.ok(files.length >= 6, `${files.length} files`);
  let n = 0;
  for (const f of files) {
    const d = new Decrypter();
    d.addIdentity(identity);
    await d.decrypt(new Uint8Array(f)).then(() => n++, () => {});
  }
  return [n, files.length];
}

// identityOf is what a lost device's keyring holds.
async function identityOf(keyring, words) {
  const inside = async (file, give) => {
    const d = new Decrypter();
    give(d);
    return d.decrypt(new Uint8Array(Buffer.from(file, 'base64')), 'text');
  };
  const key = (text) => text.split('\n').find((l) => l.startsWith('AGE-SECRET-KEY-1'));
  const sheet = key(await inside(keyring.recovery, (d) => d.addPassphrase(words.replaceAll(' ', '-'))));
  return key(await inside(keyring.keyring, (d) => d.addIdentity(sheet)));
}

async function withBody(page, title) {
  await page.goto('/space/journal#write');
  await page.getByLabel('What is there?').fill('with a picture');
  await page.getByLabel('A title (optional)').fill(title);
  await page.locator('summary', { hasText: /^Where in the body$/ }).click();
  await page.getByLabel('A place').selectOption('throat');
  await press(page, 'Mark it');
  await page.locator('held-part-body').getByRole('group', { name: /^throat/ }).waitFor();
  await press(page, 'Keep');
  await heading(page, title).waitFor();
  await until('it to be sent', () => sent(page));
  return new URL(page.url()).hash.split('/')[1];
}

test('a device was lost: everything is sealed anew, resumed where it was left, and the lost device opens none of it', limit, async () => {
  const found = [];
  const page = await signIn(held, 'client');
  await destroy(page);
  await device(page);
  await addPasskey(page);
  const sheet = await begin(page, { passkey: true });
  const shared = await withBody(page, 'For my guide');
  for (let i = 0; i < 6; i++) await write(page, { title: `Evening ${i}`, words: `number ${i}` });
  const goneId = await write(page, { title: 'Not any more', words: 'x' });
  await press(page, 'Take it away');
  await press(page, 'Yes, take it away');
  await heading(page, 'What you have written').waitFor();
  await until('that to be sent', () => sent(page));
  await page.goto('/space/journal#write');
  await page.getByLabel('What is there?').fill('a draft from before');
  await page.getByText('A draft is kept on this device.').waitFor();

  // Shared with the guide, who reads and answers.
  const guide = await signIn(held, 'owner');
  await guide.goto('/desk/people');
  await guide.getByRole('link', { name: /^Ilan/ }).first().click();
  await guide.getByRole('link', { name: 'Shared with you' }).click();
  const guideSheet = await begin(guide, { passkey: false }, guide.url());
  await guide.getByText('shares nothing with you').waitFor();
  await page.goto(`/space/journal#share/${shared}`);
  const share = async () => {
    await page.locator('input[id^="with-"]:enabled').check();
    await press(page, 'Share it');
  };
  await page.getByLabel('A note to them (optional)').fill('please read');
  await share();
  await press(page, 'Share now, compare later');
  await share();
  await heading(page, 'Shared').waitFor();
  await guide.reload();
  await guide.getByText('with a picture').waitFor();
  await guide.getByLabel('Your answer').fill('I have read it.');
  await press(guide, 'Send the answer');
  await guide.getByText('You answered on').waitFor();

  // A second device, which has something that was not sent, and the lost one.
  const second = await fresh(sheet);
  await second.getByRole('link', { name: 'Evening 5' }).waitFor();
  await second.route('**/space/journal/files/**', (route) => route.abort());
  await write(second, { title: 'From the second', words: 'not sent' }, { send: false });
  await second.goto('/space/journal#write');
  await second.getByLabel('What is there?').fill('a draft on the second');
  await second.getByText('A draft is kept on this device.').waitFor();
  const old = await page.evaluate(async () => (await fetch('/account/keyring')).json());
  const lost = await identityOf(old, sheet);
  const [n, all] = await opened(page, lost);
  assert.equal(n, all, 'the lost device opens all of it');

  // New keys. The network goes while everything is sealed anew.
  await page.goto('/space/journal#keys');
  await page.getByText('Make new keys for everything').click();
  await look(page, found, 'a device was lost');
  await press(page, 'Make new keys');
  await page.getByRole('alert').getByText('Please say what was lost').waitFor();
  await page.getByRole('group', { name: 'What is no longer yours alone?' }).getByLabel(/^Chrome/).check();
  let let3 = 3;
  await page.route('**/space/journal/files/*?revision*', (route) => (let3-- > 0 ? route.continue() : route.abort()));
  await press(page, 'Make new keys');
  const nextSheet = await readSheet(page);
  await heading(page, 'Your journal is being sealed anew').waitFor();
  await page.getByRole('alert').getByText('no connection').waitFor();
  await look(page, found, 'being sealed anew');
  const [half] = await opened(page, lost);
  assert.ok(half > 0 && half < all, `${half} of ${all} are still as they were`);
  await list(page); // it can be read and written meanwhile
  await page.getByRole('link', { name: 'a draft from before' }).waitFor();
  await page.getByRole('link', { name: 'For my guide' }).click();
  await page.locator('held-journal figure img').waitFor();
  await page.unroute('**/space/journal/files/*?revision*');
  await page.goto('/space/journal#keys');
  await unlock(page, nextSheet);
  await heading(page, 'Your journal is being sealed anew').waitFor();
  await heading(page, 'Your journal is being sealed anew').waitFor({ state: 'detached' });
  assert.equal((await opened(page, lost))[0], 0, 'the lost device opens none of it');
  const now = await page.evaluate(async () => (await fetch('/account/keyring')).json());
  assert.notEqual(now.recipient, old.recipient);
  assert.notEqual(now.verifier, old.verifier);
  await assert.rejects(identityOf({ ...now, recovery: old.recovery }, sheet), 'the old sheet does not open the new keyring');

  // The lost device's passkey opens nothing any more.
  await page.evaluate(() => localStorage.setItem('held-journal-touched', '0'));
  await page.goto('/space');
  await page.goto('/space/journal');
  await press(page, 'Unlock with a passkey');
  await page.getByRole('alert').getByText('This does not open your journal').waitFor();
  await unlock(page, nextSheet);
  await page.getByRole('link', { name: 'Evening 5' }).waitFor();

  // The second device is told, unlocks anew and loses nothing.
  await second.unroute('**/space/journal/files/**');
  await second.goto('/space');
  await second.goto('/space/journal');
  await second.getByText('Your keys were made anew on another device').first().waitFor();
  assert.equal(await sent(second), false);
  await second.goto('/space/journal#keys');
  await unlock(second, nextSheet);
  await second.getByText('Your keys were made anew on').first().waitFor();
  await until('the second to have sent what it had', () => sent(second));
  await list(second);
  const want = ['Evening 0', 'Evening 1', 'Evening 2', 'Evening 3', 'Evening 4', 'Evening 5', 'For my guide', 'From the second'];
  await until('all to be there', async () => (await titles(second)).length === want.length);
  assert.deepEqual((await titles(second)).sort(), want);
  await second.getByRole('link', { name: 'a draft on the second' }).waitFor();
  assert.equal((await opened(second, lost))[0], 0, 'nor does it open what the second sent');
  assert.equal(await second.getByText('altered').count(), 0);

  // A device that comes only now finds everything, and what was taken away stays away.
  const third = await fresh(nextSheet);
  await until('all to be on the third', async () => (await titles(third)).length === want.length);
  assert.equal(await third.getByText('altered').count(), 0);
  await third.getByRole('link', { name: 'For my guide' }).click();
  await third.locator('held-journal figure img').waitFor();
  await third.goto(`/space/journal#entry/${goneId}`);
  await third.getByText('not here any more').waitFor();
  await third.goto('/space/journal#shared');
  await third.getByText('I have read it.').waitFor();

  // The guide compares anew, and reads on.
  await guide.reload();
  await guide.getByText('key is another one than before').waitFor();
  assert.equal(await guide.getByText('with a picture').count(), 0);
  await unlock(guide, guideSheet);
  await press(guide, 'We compared them: they are the same');
  await guide.getByText('with a picture').waitFor();
  await guide.getByText('please read').waitFor();
  await guide.locator('held-shared figure img').waitFor();
  await guide.getByText('sealed for a key that they had before').waitFor();

  // A clinician changes what opens theirs, too.
  await guide.getByText('Your keys', { exact: true }).click();
  await heading(guide, 'What opens what is shared with you').waitFor();
  await look(guide, found, 'a clinician\'s keys');
  await press(guide, 'Make a new recovery sheet');
  const guideNext = await readSheet(guide);
  await heading(guide, 'What opens what is shared with you').waitFor();
  await guide.evaluate(() => localStorage.setItem('held-journal-touched', '0'));
  await guide.reload();
  await unlock(guide, guideNext);
  await guide.getByText('with a picture').waitFor();
  none([...found, ...(await leave(page)).filter(quietly), ...(await leave(second)).filter(quietly), ...(await leave(third)).filter(quietly), ...(await leave(guide)).filter(quietly)]);
});

const quietly = (fault) => expected(fault) && !/request failed/.test(fault);
