// The sealed journal, as people use it and as an honest or a hostile practice
// keeps it: keys, devices, what is lost and what is not, sharing, leaving.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Decrypter, Encrypter } from 'age-encryption';
import { startDemo } from './program.mjs';
import { closeBrowser, leave, openBrowser } from './browser.mjs';
import { buttons, signIn } from './people.mjs';
import { accessible, none, shaped } from './checks.mjs';
import { addPasskey, begin, device, heading, list, noise, readSheet, sent, titles, unlock, write } from './journal.mjs';
import { until } from './until.mjs';

const limit = { timeout: 4 * 60_000 };
const secret = 'Zinnober'; // stands in everything that must not be found
let held;
before(async () => {
  await openBrowser(['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', '--autoplay-policy=no-user-gesture-required']);
  held = await startDemo();
});
after(async () => {
  await closeBrowser();
  await held?.stop();
});

// sent is everything that a browser sends to the practice, with a name for each.
function listen(page) {
  const sent = [];
  page.on('request', (r) => {
    sent.push(`${r.method()} ${r.url()}\n${JSON.stringify(r.headers())}\n${r.postDataBuffer()?.toString('latin1') ?? ''}`);
  });
  return sent;
}

const look = async (page, found, where) => found.push(...(await shaped(page)).concat(await accessible(page)).map((f) => `${where}: ${f}`));

test('a client makes keys, writes, comes back, loses a device, and reads on from the sheet', limit, async () => {
  const found = [];
  const first = await signIn(held, 'client');
  const one = await device(first);
  await addPasskey(first);
  const seen = listen(first);
  await first.goto('/space/journal');
  await heading(first, 'Before the first word').waitFor();
  await look(first, found, 'before the first word');
  const words = await begin(first, { passkey: true });
  await look(first, found, 'an empty journal');
  const entry = await write(first, { title: `${secret} on the sill`, words: `The ${secret} lamp was lit.\n\nIt stayed lit.` });
  await look(first, found, 'an entry');
  await first.getByText('Themes, if you like').click();
  await first.getByLabel('A theme of your own').fill(`${secret} theme`);
  await first.getByRole('button', { name: 'Add it' }).click();
  await first.getByRole('checkbox', { name: `${secret} theme` }).waitFor();
  await write(first, { words: 'Only a word.' });
  await list(first);
  assert.deepEqual((await titles(first)).sort(), ['Only a word.', `${secret} on the sill`].sort());
  await look(first, found, 'the list');
  await first.getByLabel('Search in what you wrote').fill(`${secret.toLowerCase()} LAMP`);
  await until('the search to find one', async () => (await titles(first)).length === 1);

  // The space's open invitation leads to it, and an address invites to nothing.
  await first.goto('/space');
  const invitation = await first.locator('main .lede').first().textContent();
  await first.getByRole('link', { name: 'Begin writing' }).first().click();
  await first.locator('held-journal .lede').getByText(invitation.trim()).waitFor();
  await first.goto('/space/journal?prompt=Tell+me+all#write');
  await first.getByLabel('What is there?').waitFor();
  assert.equal(await first.getByText('Tell me all').count(), 0);

  // What is being typed outlives the page.
  await first.goto('/space/journal#write');
  await first.getByLabel('What is there?').fill('half a sentence');
  await first.getByText('A draft is kept on this device.').waitFor();
  await look(first, found, 'writing');
  await list(first);
  await first.getByRole('link', { name: 'half a sentence' }).click();
  assert.equal(await first.getByLabel('What is there?').inputValue(), 'half a sentence');

  // A second device: the words open it, then a passkey of its own.
  const second = await signIn(held, 'client');
  await device(second);
  await addPasskey(second);
  await second.goto('/space/journal');
  await heading(second, 'Your journal is locked').waitFor();
  await look(second, found, 'locked');
  await second.getByRole('button', { name: 'Unlock with a passkey' }).click();
  await second.getByRole('alert').getByText('This does not open your journal').waitFor();
  await unlock(second, words);
  await second.getByRole('link', { name: `${secret} on the sill` }).waitFor();
  await second.goto('/space/journal#keys');
  await second.getByLabel('Name of this device').fill('the second one');
  await second.getByRole('button', { name: 'Let a passkey of this device open it' }).click();
  await second.getByRole('button', { name: 'Remove the second one' }).waitFor();
  await look(second, found, 'the keys');
  await second.evaluate(() => localStorage.setItem('held-journal-touched', '0'));
  await second.goto('/space/journal');
  await second.getByRole('button', { name: 'Unlock with a passkey' }).click();
  await second.getByRole('link', { name: `${secret} on the sill` }).waitFor();

  // The first device is lost: the second takes its passkey out.
  await second.goto('/space/journal#keys');
  await second.getByRole('button', { name: /^Remove Chrome on Linux/ }).click();
  await second.getByRole('button', { name: /^Remove Chrome on Linux/ }).waitFor({ state: 'detached' });
  await first.evaluate(() => localStorage.setItem('held-journal-touched', '0'));
  await first.goto('/space');
  await first.goto('/space/journal');
  await first.getByRole('button', { name: 'Unlock with a passkey' }).click();
  await first.getByRole('alert').getByText('it was taken out on another device').waitFor();
  await one.lose();

  // Signing in with it unlocks in the same touch.
  await second.goto('/account');
  await second.getByRole('banner').getByRole('button', { name: 'Sign out', exact: true }).click();
  await second.waitForURL((u) => u.pathname === '/');
  await second.goto('/sign-in?next=/space'); // the device answers before a button is pressed
  await second.waitForURL((u) => u.pathname === '/space');
  await second.getByRole('link', { name: `${secret} on the sill` }).waitFor();
  await second.goto('/space/journal#keys');
  await second.getByRole('button', { name: 'Unlock with a passkey' }).click();
  await heading(second, 'What opens your journal').waitFor();

  // It locks by itself when nobody touches it, or when the clock was set back.
  await second.evaluate(() => localStorage.setItem('held-journal-touched', String(Date.now() + 3_600_000)));
  await heading(second, 'Your journal is locked').waitFor();
  assert.ok(!(await second.content()).includes(secret), 'nothing of it is left on the page');
  await second.getByRole('button', { name: 'Unlock with a passkey' }).click();
  await second.getByRole('heading', { name: 'What opens your journal' }).waitFor();

  // What is taken away here is gone on every device.
  await second.goto('/space/journal#');
  await second.getByRole('link', { name: 'Only a word.' }).click();
  await second.getByRole('button', { name: 'Take it away' }).click();
  await second.getByRole('button', { name: 'Yes, take it away' }).click();
  await second.getByRole('link', { name: 'Only a word.' }).waitFor({ state: 'detached' });
  await until('that to be sent', () => sent(second));

  // Every passkey is lost; the sheet opens it, in a browser that has none.
  const third = await signIn(held, 'client');
  await third.goto('/space/journal');
  await unlock(third, 'twelve words that were never on any sheet of anybody at all');
  await third.getByRole('alert').getByText('not the twelve words').waitFor();
  await third.getByLabel('The twelve words of your recovery sheet').fill(words.toUpperCase());
  await third.getByRole('button', { name: 'Unlock with your words' }).click();
  await third.getByRole('link', { name: `${secret} on the sill` }).waitFor();
  assert.ok(!(await titles(third)).includes('Only a word.'));
  await third.goto(`/space/journal#entry/${entry}`);
  await third.getByText(`The ${secret} lamp was lit.`).waitFor();

  // Nothing of it was ever seen by anybody else.
  await blind(seen, words);
  none([...found, ...(await leave(first)).filter(expected), ...(await leave(second)).filter(expected), ...(await leave(third)).filter(expected)]);
});

const expected = (fault) => !/409 for|404 for/.test(fault);

// blind looks for the writer's words, and for the keys, in all that left the
// browser and in all that the practice keeps.
async function blind(sent, words) {
  const all = [...sent, held.output()];
  for (const file of await readdir(held.data, { recursive: true, withFileTypes: true })) {
    if (file.isFile()) all.push((await readFile(join(file.parentPath ?? file.path, file.name))).toString('latin1'));
  }
  assert.ok(all.some((a) => a.includes('age-encryption.org/v1')), 'something sealed was found');
  for (const a of all) {
    for (const bad of [secret, 'AGE-SECRET-KEY-', 'lamp was lit', 'half a sentence', words, words.replaceAll(' ', '-')]) {
      assert.ok(!a.includes(bad) && !a.includes(Buffer.from(bad).toString('base64').slice(0, -3)), `${bad} was found in ${a.slice(0, 200)}`);
    }
  }
}

test('an entry is shared, read, answered and withdrawn; a key that was changed is refused', limit, async () => {
  const client = await signIn(held, 'client');
  await fresh(client);
  const words = await begin(client, { passkey: false });
  await client.goto('/space/journal#write');
  await client.getByLabel('What is there?').fill(`What the ${secret} said.`);
  await client.getByLabel('A title (optional)').fill('For my guide');
  await client.locator('summary', { hasText: /^Where in the body$/ }).click();
  await client.getByLabel('A place').selectOption('throat');
  await client.getByRole('button', { name: 'Mark it' }).click();
  await client.locator('held-part-body').getByRole('group', { name: /^throat/ }).waitFor();
  await client.getByRole('button', { name: 'Keep', exact: true }).click();
  await heading(client, 'For my guide').waitFor();
  await client.locator('.unsent').waitFor({ state: 'detached' });
  const entry = new URL(client.url()).hash.split('/')[1];
  await client.goto(`/space/journal#share/${entry}`);
  await client.getByText('has not made keys yet').first().waitFor();

  const guide = await signIn(held, 'owner');
  await device(guide);
  await addPasskey(guide);
  await guide.goto('/desk/people');
  await guide.getByRole('link', { name: clientName }).first().click();
  await guide.getByRole('link', { name: 'Shared with you' }).click();
  const desk = guide.url();
  const guides = await begin(guide, { passkey: true }, desk);
  const compare = guide.getByText('Your key in six words');
  await compare.waitFor();
  const six = (await compare.locator('strong').textContent()).trim();
  await guide.getByText('shares nothing with you').waitFor();
  await guide.getByText('You have not compared').waitFor();

  await client.reload();
  await client.getByLabel('A note to them (optional)').fill(`${secret}: please read this first`);
  assert.equal(await client.locator('textarea[spellcheck="false"][autocomplete="off"]').count(), await client.locator('textarea').count());
  await client.locator('input[id^="with-"]:enabled').check();
  await client.getByRole('button', { name: 'Share it', exact: true }).click();
  await unlock(client, words);
  await client.locator('input[id^="with-"]:enabled').check();
  await client.getByRole('button', { name: 'Share it', exact: true }).click();
  await client.getByText(`${six}`).waitFor();
  await client.getByRole('button', { name: 'We compared them: they are the same' }).click();
  await client.getByRole('button', { name: 'Share it', exact: true }).click();
  await heading(client, 'Shared').waitFor();
  await heading(client, 'For my guide').waitFor();

  await guide.reload();
  await guide.getByText(`What the ${secret} said.`).waitFor();
  await guide.getByText(`${secret}: please read this first`).waitFor();
  await guide.locator('held-shared figure img').waitFor();
  const found = (await shaped(guide)).concat(await accessible(guide)).map((f) => `shared, at the desk: ${f}`);
  assert.equal(await guide.locator('held-shared textarea:not([spellcheck="false"][autocomplete="off"])').count(), 0);
  await guide.getByLabel('Your answer').fill('I have read it. Thank you.');
  await guide.getByRole('button', { name: 'Send the answer' }).click();
  await guide.getByText('You answered on').waitFor();

  // An answer that was damaged takes nothing else away.
  const answers = await guide.evaluate(async (at) => (await (await fetch(`${at}/list`)).json()).mine, desk);
  await guide.route(`**/shared/${answers[0].file}`, (route) => route.fulfill({ contentType: 'application/octet-stream', body: 'damaged' }));
  await guide.reload();
  await guide.getByText('Your answer: A file that came from the practice').waitFor();
  await guide.getByText(`What the ${secret} said.`).waitFor();
  await guide.unroute(`**/shared/${answers[0].file}`);
  await guide.reload();
  await guide.getByText('You answered on').waitFor();

  // Who can read it seals it on to somebody else: that reader learns of it.
  const reader = await signIn(held, 'owner');
  await device(reader);
  await addPasskey(reader);
  const real = await guide.evaluate(async () => (await fetch('/account/keyring')).json());
  let made = { person: real.person, revision: 0, recipient: '', verifier: '', keyring: null, recovery: null };
  await reader.route('**/account/keyring', async (route) => {
    if (route.request().method() === 'POST') {
      const k = route.request().postDataJSON();
      made = { ...made, ...k, revision: k.revision + 1 };
    }
    await route.fulfill({ json: made });
  });
  const { theirs } = await guide.evaluate(async (at) => (await fetch(`${at}/list`)).json(), desk);
  const file = theirs.find((s) => s.about === '').file;
  const sealed = await guide.evaluate(async (at) => [...new Uint8Array(await (await fetch(at)).arrayBuffer())], `${desk}/${file}`);
  await reader.route(`**/shared/${file}`, async (route) => route.fulfill({ contentType: 'application/octet-stream', body: Buffer.from(await passedOn(real, guides, sealed, made.recipient)) }));
  await begin(reader, { passkey: false }, desk);
  await reader.getByText('was shared with somebody else, who passed it on').waitFor();
  assert.ok(!(await reader.content()).includes(secret));
  await leave(reader);

  await client.goto('/space/looks');
  await client.getByText('read an entry that you share').first().waitFor();
  await client.goto('/space/journal#shared');
  await client.getByText('I have read it. Thank you.').waitFor();
  found.push(...(await shaped(client)).concat(await accessible(client)).map((f) => `shared: ${f}`));

  // An answer is taken along too.
  await client.goto('/space/journal#leave');
  await unlock(client, words);
  const coming = client.waitForEvent('download');
  await client.getByRole('button', { name: 'Take it along' }).click();
  const zip = await readFile(await (await coming).path(), 'latin1'); // nothing in it is compressed
  assert.match(zip, /plain\/answer-/);
  assert.match(zip, /I have read it\. Thank you\./);
  assert.doesNotMatch(zip, /MISSING/);
  await client.goto('/space/journal#shared');

  // It is to be taken up when they next meet.
  const at = client.getByLabel('Take it up at');
  const time = await at.locator('option').nth(-1).getAttribute('value');
  await at.selectOption(time);
  const taken = client.waitForResponse((r) => r.url().endsWith('/shares/agenda'));
  await client.getByRole('form', { name: 'Agenda' }).getByRole('button', { name: 'Keep this' }).click();
  await taken;
  await client.waitForFunction((v) => document.querySelector('form[aria-label="Agenda"] select')?.value === v, time);
  await guide.goto(`/desk/appointments/${time}/session`);
  await guide.getByText('One entry that they share with you is on the agenda').waitFor();
  found.push(...(await shaped(guide)).concat(await accessible(guide)).map((f) => `a session with an agenda: ${f}`));
  await guide.getByRole('link', { name: 'Open them in your browser' }).click();
  await guide.getByText('On the agenda of').waitFor();
  await guide.getByText(`What the ${secret} said.`).waitFor();
  await guide.getByRole('button', { name: 'Show all that is shared' }).click();
  await guide.getByLabel('Take it up at').selectOption('');
  const takenOff = guide.waitForResponse((r) => r.url().endsWith('/agenda') && r.request().method() === 'POST');
  await guide.getByRole('form', { name: 'Agenda' }).getByRole('button', { name: 'Keep this' }).click();
  await takenOff;
  await guide.waitForFunction(() => document.querySelector('form[aria-label="Agenda"] select')?.value === '');
  await guide.goto(`/desk/appointments/${time}/session`);
  await heading(guide, 'What stays with them').waitFor();
  assert.equal(await guide.getByText('is on the agenda').count(), 0);
  await guide.goBack();

  // Somebody puts another key in the place of the guide's.
  await client.route('**/space/journal/shares', async (route) => {
    const answer = await route.fetch();
    const body = await answer.json();
    for (const p of body.team) if (p.recipient) p.recipient = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p';
    await route.fulfill({ response: answer, json: body });
  });
  await client.goto(`/space/journal#share/${entry}`);
  await client.locator('input[id^="with-"]:enabled').check();
  await client.getByRole('button', { name: 'Share it', exact: true }).click();
  await client.getByText('key is another one than before').waitFor();
  await client.unroute('**/space/journal/shares');

  await client.goto('/space/journal#shared');
  await client.getByRole('button', { name: 'Withdraw it' }).click();
  await client.getByText('You share nothing.').waitFor();
  await guide.reload();
  await guide.getByText('shares nothing with you').waitFor();
  none([...found, ...(await leave(client)).filter(expected), ...(await leave(guide)).filter(expected)]);
});

// passedOn opens with a reader's words what was sealed for them, and seals it as
// it is, signature and all, for somebody else.
async function passedOn(k, words, file, to) {
  const inside = async (sealed, open) => {
    const d = new Decrypter();
    open(d);
    return d.decrypt(new Uint8Array(sealed));
  };
  const identity = (text) => Buffer.from(text).toString().split('\n').find((l) => l.startsWith('AGE-SECRET-KEY-1'));
  const sheet = identity(await inside(Buffer.from(k.recovery, 'base64'), (d) => d.addPassphrase(words.replaceAll(' ', '-'))));
  const own = identity(await inside(Buffer.from(k.keyring, 'base64'), (d) => d.addIdentity(sheet)));
  const e = new Encrypter();
  e.addRecipient(to);
  return e.encrypt(await inside(file, (d) => d.addIdentity(own)));
}

test('two devices write without a network; nothing is lost, nothing is there twice', limit, async () => {
  const one = await signIn(held, 'client');
  await fresh(one);
  const words = await begin(one, { passkey: false });
  const both = await write(one, { title: 'On both', words: 'as it was' });
  const two = await signIn(held, 'client');
  await two.goto('/space/journal');
  await unlock(two, words);
  await two.getByRole('link', { name: 'On both' }).waitFor();
  for (const page of [one, two]) {
    await page.goto('/space/journal');
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.reload(); // so that the worker keeps the fonts as well
    await page.context().setOffline(true);
    await page.reload();
    await heading(page, 'What you have written').waitFor();
    assert.ok(!(await page.content()).includes('Sign out'), 'the page that is kept shows nobody');
  }
  // Locked and unlocked without a network; a draft is still there.
  await one.goto('/space/journal#write');
  await one.getByLabel('What is there?').fill('begun under way');
  await one.getByText('A draft is kept on this device.').waitFor();
  await one.evaluate(() => localStorage.setItem('held-journal-touched', '0'));
  await one.reload();
  await unlock(one, words);
  await one.goto('/space/journal#');
  await one.getByRole('link', { name: 'begun under way' }).waitFor();
  for (const [name, page] of [['one', one], ['two', two]]) {
    for (let i = 0; i < 50; i++) await write(page, { title: `${name} ${i}`, words: `${name} wrote this` }, { send: false });
    await page.goto(`/space/journal#write/${both}`);
    await page.getByLabel('What is there?').fill(`as ${name} left it`);
    await page.getByRole('button', { name: 'Keep', exact: true }).click();
    await page.getByRole('heading', { name: 'On both', exact: true }).waitFor();
  }
  await one.reload(); // still without a network: what was written is there
  await one.getByText('not sent yet').waitFor();
  const all = async (page) => {
    await page.goto('/space');
    await page.goto('/space/journal');
    await heading(page, 'What you have written').waitFor();
    while (await page.getByRole('button', { name: 'Show more' }).isVisible()) await page.getByRole('button', { name: 'Show more' }).click();
    return (await titles(page)).sort();
  };
  for (const page of [one, two]) {
    await page.context().setOffline(false);
    await page.goto('/space/journal');
    await until('all to be sent', () => sent(page));
  }
  const want = ['On both', 'On both (written on another device)', ...['one', 'two'].flatMap((n) => Array.from({ length: 50 }, (_, i) => `${n} ${i}`))].sort();
  for (const page of [two, one]) {
    let got = [];
    await until('everything to be on this device', async () => (got = await all(page)).length >= want.length);
    assert.deepEqual(got, want);
  }
  // While one still writes, the other has changed the same entry.
  const edit = async (page) => {
    await page.goto(`/space/journal#write/${both}`);
    return page.getByLabel('What is there?');
  };
  const slow = await edit(one);
  await slow.fill('written slowly');
  await (await edit(two)).fill('written quickly');
  await two.getByRole('button', { name: 'Keep', exact: true }).click();
  await two.getByRole('heading', { name: 'On both', exact: true }).waitFor();
  await until('it to be sent', () => sent(two));
  const heard = one.waitForResponse((r) => r.url().includes('/changes?'));
  await one.evaluate(() => dispatchEvent(new Event('online')));
  await heard;
  await until('the other device\'s words to be here', () => one.evaluate(async () => !(await navigator.locks.query()).held.length));
  await one.getByRole('button', { name: 'Keep', exact: true }).click();
  await one.getByRole('heading', { name: 'On both (written on another device)', exact: true }).waitFor();
  await one.goto(`/space/journal#entry/${both}`);
  await one.getByText('written quickly').waitFor();
  await leave(one);
  await leave(two);
});

test('signing out waits for what has not been sent', limit, async () => {
  const page = await signIn(held, 'client');
  await fresh(page);
  await begin(page, { passkey: false });
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.route('**/space/journal/files/**', (route) => route.abort());
  await write(page, { title: 'Not sent', words: 'yet' }, { send: false });
  await page.goto('/account');
  await page.getByRole('banner').getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.getByText('is on this device alone').waitFor();
  const found = (await shaped(page)).concat(await accessible(page)).map((f) => `signing out is held back: ${f}`);
  await page.getByRole('link', { name: 'Open the journal' }).click();
  await heading(page, 'What you have written').waitFor();
  await page.getByRole('banner').getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.getByText('has not been sent to the practice yet').waitFor();
  await page.unroute('**/space/journal/files/**');
  await page.getByRole('banner').getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.waitForURL((u) => u.pathname === '/');
  assert.equal(await page.evaluate(async () => (await indexedDB.databases()).length), 0, 'nothing is left on the device');
  await leave(page);
  none(found);

  const later = await signIn(held, 'client');
  const files = await later.evaluate(async () => (await (await fetch('/space/journal/changes?after=0&bare=1')).json()).files.length);
  assert.equal(files, 1);
  await leave(later);
});

test('what a hostile practice does to the files is noticed and said', limit, async () => {
  const page = await signIn(held, 'client');
  await fresh(page);
  const words = await begin(page, { passkey: false });
  await write(page, { title: 'The first', words: 'one' });
  await write(page, { title: 'The second', words: 'two' });
  await page.goto('/space/journal#entry/none');
  const mine = await page.evaluate(async () => (await (await fetch('/space/journal/changes?after=0')).json()).files);
  const bytes = (s) => Buffer.from(s, 'base64');
  const flipped = (s) => { const b = bytes(s); b[b.length - 40] ^= 1; return b.toString('base64'); };
  const attacks = {
    altered: [(files) => { files[0].body = flipped(files[0].body); }, /altered or damaged/],
    truncated: [(files) => { files[0].body = bytes(files[0].body).subarray(0, -30).toString('base64'); }, /altered or damaged/],
    swapped: [(files) => { [files[0].body, files[1].body] = [files[1].body, files[0].body]; }, /put in the place of another/],
    replayed: [(files) => { files[0].revision = 9; }, /another version of an entry than it said/],
  };
  for (const [name, [attack, said]] of Object.entries(attacks)) {
    const victim = await signIn(held, 'client');
    await victim.route('**/space/journal/changes?*', async (route) => {
      const answer = await route.fetch();
      const body = await answer.json();
      if (body.files.length > 1 && body.files[0].body) attack(body.files);
      await route.fulfill({ response: answer, json: body });
    });
    await victim.goto('/space/journal');
    await unlock(victim, words);
    await victim.getByText(said).first().waitFor();
    assert.ok(!(await titles(victim)).includes(name === 'swapped' ? 'The second' : 'The first'), `${name}: what does not open is not shown`);
    await leave(victim);
  }

  // To a device that knows better: an older state, and an entry taken away by
  // somebody who is not its writer.
  const against = async (attack, said) => {
    await page.route('**/space/journal/changes?*', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: attack(await answer.json()) });
    });
    await page.evaluate(() => Object.keys(localStorage).filter((k) => k.startsWith('held-journal-looked')).forEach((k) => localStorage.removeItem(k)));
    await page.goto('/space');
    await page.goto('/space/journal');
    await page.getByText(said).first().waitFor();
    assert.deepEqual((await titles(page)).sort(), ['The first', 'The second']);
    await page.unroute('**/space/journal/changes?*');
  };
  await against((b) => ({ ...b, head: 1, files: [] }), /as it was earlier/);
  await against((b) => ({ ...b, files: mine.slice(0, 1) }), /no longer has an entry/);
  await against((b) => ({ ...b, head: b.head + 1, files: [...b.files, { ...mine[0], body: undefined, revision: 5, seq: b.head + 1, size: 0, gone: true }] }), /you have not signed that/);

  // The keyring: an older one, another one, another public key.
  const keyring = async (edit, said) => {
    await page.route('**/account/keyring', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: edit(await answer.json()) });
    });
    await page.evaluate(() => localStorage.setItem('held-journal-touched', '0'));
    await page.goto('/space');
    await page.goto('/space/journal');
    await unlock(page, words);
    await page.getByText(said).first().waitFor();
    assert.deepEqual((await titles(page)).sort(), ['The first', 'The second']);
    await page.unroute('**/account/keyring');
  };
  await keyring((k) => ({ ...k, recipient: other }), /another public key than yours/);
  await page.goto('/space/journal#keys'); // still unlocked by the words
  await page.getByRole('button', { name: 'Make a new recovery sheet' }).click();
  const old = await page.evaluate(async () => (await fetch('/account/keyring')).json());
  const next = await readSheet(page);
  await heading(page, 'What opens your journal').waitFor();
  const stale = words;
  await page.route('**/account/keyring', (route) => route.fulfill({ json: old }));
  await page.evaluate(() => localStorage.setItem('held-journal-touched', '0'));
  await page.goto('/space');
  await page.goto('/space/journal');
  await unlock(page, stale);
  await page.getByText('do not open your journal').first().waitFor();
  await page.getByLabel('The twelve words of your recovery sheet').fill(next);
  await page.getByRole('button', { name: 'Unlock with your words' }).click();
  await page.getByText(/older keyring than this device knows/).first().waitFor();
  await leave(page);
});

test('keys that a hostile practice makes up do not come into a keyring', limit, async () => {
  const client = await signIn(held, 'client');
  await fresh(client);
  await begin(client, { passkey: false });
  const entry = await write(client, { title: 'To be shared', words: 'one' });
  const mine = await client.evaluate(async () => (await (await fetch('/account/keyring')).json()).recipient);
  const verifier = Buffer.alloc(32, 7).toString('base64');
  const offered = async (edit) => {
    await client.unroute('**/space/journal/shares');
    await client.route('**/space/journal/shares', async (route) => {
      if (route.request().method() !== 'GET') return route.fallback();
      const answer = await route.fetch();
      const body = await answer.json();
      for (const p of body.team) [p.recipient, p.verifier] = ['', ''];
      [body.team[0].recipient, body.team[0].verifier] = [other, verifier];
      edit(body.team[0], body);
      await route.fulfill({ response: answer, json: body });
    });
    await client.goto('/space/journal#');
    await client.goto(`/space/journal#share/${entry}`);
  };
  for (const bad of [
    (p) => { p.verifier = `${verifier} seen\n# public key: ${other}`; },
    (p) => { p.recipient = `${other} ${verifier} seen\n# public key: ${other}`; },
    (p) => { p.id = `${p.id} ${other} ${verifier} seen\n# public key: ${other}`; },
  ]) {
    await offered(bad);
    await client.locator('input[id^="with-"]:enabled').check();
    await client.getByRole('button', { name: 'Share it', exact: true }).click();
    await client.getByRole('button', { name: 'Share now, compare later' }).click();
    await client.getByRole('alert').getByText('is no key').waitFor();
  }
  const kept = await client.evaluate(async () => (await fetch('/account/keyring')).json());
  assert.equal(kept.revision, 1, 'nothing was noted');
  assert.equal(kept.recipient, mine);

  // Shared now, compared later: it is said until it is done, and one's own words
  // are there to be read to them.
  await offered((p) => { p.name = 'Dr Ada'; });
  await client.getByLabel(/^Dr Ada/).check();
  await client.getByRole('button', { name: 'Share it', exact: true }).click();
  await client.getByRole('button', { name: 'Share now, compare later' }).click();
  await client.getByText('You have not compared Dr Ada\'s key yet').waitFor();
  assert.ok(await client.getByLabel(/^Dr Ada/).isChecked(), 'whose key is noted is chosen');

  // Another name on a key that was noted; another key under a name that was.
  await offered((p) => { p.name = 'Dr Bea'; });
  await client.getByLabel(/^Dr Bea/).check();
  await client.getByRole('button', { name: 'Share it', exact: true }).click();
  await client.getByText('whose key you noted as Dr Ada\'s').waitFor();
  await offered((p) => { [p.name, p.id] = ['DR  Ada', '00000000-0000-4000-8000-000000000000']; });
  await client.getByLabel(/^DR/).check();
  await client.getByRole('button', { name: 'Share it', exact: true }).click();
  await client.getByText('of somebody with the same name').waitFor();
  assert.equal(await client.getByRole('button', { name: 'Share now, compare later' }).count(), 0);

  await offered((p) => { p.name = 'Dr Ada'; });
  await client.getByRole('button', { name: 'Compare it now' }).click();
  const own = await client.getByText('And yours, for them').locator('strong').textContent();
  await client.getByRole('button', { name: 'We compared them: they are the same' }).click();
  await client.getByText('You have not compared').waitFor({ state: 'detached' });
  await client.goto('/space/journal#keys');
  await client.getByText(own).waitFor();
  assert.equal(own.split(' ').length, 6);
  await leave(client);
});

test('a passkey of somebody else on the same device is not taken for a journal', limit, async () => {
  const page = await signIn(held, 'owner');
  await device(page);
  await addPasskey(page);
  await page.context().clearCookies();
  await page.goto('/demo');
  await page.getByRole('button', { name: buttons.client, exact: true }).click();
  await page.waitForURL((u) => u.pathname.startsWith('/space'));
  await fresh(page);
  await begin(page, { passkey: false });
  await page.goto('/space/journal#keys');
  await page.getByRole('button', { name: 'Let a passkey of this device open it' }).click();
  await page.getByRole('alert').getByText('signs somebody else in').waitFor();
  const { revision } = await page.evaluate(async () => (await fetch('/account/keyring')).json());
  assert.equal(revision, 1, 'nothing was added');
  await page.getByText('It would still open an older keyring').waitFor();
  await leave(page);
});

test('the keyring of another journal does not take the place of the one that a device knows', limit, async () => {
  const one = await signIn(held, 'client');
  await fresh(one);
  await begin(one, { passkey: false });
  await write(one, { title: 'Mine', words: 'one' });
  const two = await signIn(held, 'client');
  await fresh(two);
  await two.goto('/space/journal');
  await two.getByText('Have you made your keys here before?').waitFor();
  const words = await begin(two, { passkey: false });
  await two.goto('/space/journal#keys');
  await two.getByRole('button', { name: 'Make a new recovery sheet' }).click();
  const next = await readSheet(two);
  await heading(two, 'What opens your journal').waitFor();
  await one.evaluate(() => localStorage.setItem('held-journal-touched', '0'));
  await one.goto('/space');
  await one.goto('/space/journal');
  await unlock(one, next);
  await one.getByRole('alert').getByText('the keyring of another journal').waitFor();
  assert.notEqual(words, next);
  await leave(one);
  await leave(two);
});

test('what a passkey gave when it signed in is gone after two minutes, in whatever tab it was left', limit, async () => {
  const page = await signIn(held, 'client');
  const put = (ago) => page.evaluate(async (since) => {
    const key = await crypto.subtle.importKey('raw', new Uint8Array(32), 'HKDF', false, ['deriveBits']);
    await new Promise((ok) => {
      const request = indexedDB.open('held-handover', 1);
      request.onupgradeneeded = () => request.result.createObjectStore('handed');
      request.onsuccess = () => {
        const tx = request.result.transaction('handed', 'readwrite');
        tx.objectStore('handed').put({ id: 'x', key, at: Date.now() - since }, 'last');
        tx.oncomplete = () => { request.result.close(); ok(); };
      };
    });
  }, ago);
  const there = () => page.evaluate(() => new Promise((ok) => {
    const request = indexedDB.open('held-handover', 1);
    request.onsuccess = () => {
      const last = request.result.transaction('handed').objectStore('handed').get('last');
      last.onsuccess = () => { request.result.close(); ok(Boolean(last.result)); };
    };
  }));
  for (const [ago, what] of [[121_000, 'old'], [-600_000, 'of a clock that was set back'], [118_000, 'nearly old']]) {
    await put(ago);
    await page.goto('/space/looks');
    await until(`what is ${what} to be gone`, async () => !(await there()));
  }
  await put(1000);
  await page.goto('/space/looks');
  await page.goto('/account');
  assert.ok(await there(), 'what was just given waits');
  await leave(page);
});

test('an entry in every form is there on another device, to be shared and to be taken along', limit, async () => {
  const found = [];
  const page = await signIn(held, 'client');
  await page.context().grantPermissions(['microphone']);
  await fresh(page);
  const words = await begin(page, { passkey: false });
  await page.goto('/space/journal#write');
  await page.getByLabel('What is there?').fill('in every way');
  const fold = async (name) => page.locator('summary', { hasText: new RegExp(`^${name}$`) }).click();
  await fold('Where in the body');
  await page.getByLabel('A place').selectOption('throat');
  await page.getByRole('button', { name: 'Mark it' }).click();
  await page.locator('held-part-body').getByRole('group', { name: /^throat/ }).waitFor();
  await fold('A photograph of paper');
  await page.getByLabel('Choose a picture').setInputFiles({ name: 'page.png', mimeType: 'image/png', buffer: await noise(page) });
  await page.getByRole('slider', { name: 'Upper left corner' }).waitFor();
  await page.locator('held-part-photo').getByLabel('In words').fill('a page of blots');
  await fold('With your voice');
  await page.getByRole('button', { name: 'Record', exact: true }).click();
  await page.locator('held-part-voice').getByText('0:01').first().waitFor(); // a microphone takes a moment to begin
  await page.getByRole('button', { name: 'Finish', exact: true }).click();
  await page.getByRole('button', { name: 'Listen', exact: true }).waitFor();
  await fold('A colour');
  await page.getByLabel('Or a word').selectOption('moss');
  await page.getByText('A draft is kept on this device.').waitFor();
  await page.getByRole('button', { name: 'Keep', exact: true }).click();
  await page.getByRole('img', { name: 'a page of blots' }).waitFor();
  await page.locator('.unsent').waitFor({ state: 'detached' });
  await until('everything to be sent', () => sent(page));
  await look(page, found, 'an entry in every form');

  const other = await signIn(held, 'client');
  await other.goto('/space/journal');
  await unlock(other, words);
  await other.getByRole('link', { name: 'in every way' }).click();
  await other.getByRole('img', { name: 'a page of blots' }).waitFor();
  await other.locator('audio').waitFor();
  await other.getByText(/^A colour: /).waitFor();
  assert.equal(await other.locator('held-journal figure').count(), 3);
  assert.ok(await other.evaluate(() => [...document.querySelectorAll('held-journal img')].every((i) => i.naturalWidth > 0)), 'the pictures show');

  // What was made is looked at over time, and by whoever cannot see it.
  await other.goto('/space/journal#time');
  await other.getByRole('button', { name: 'Read as a table' }).click();
  await other.getByRole('cell', { name: 'in every way' }).waitFor();
  await look(other, found, 'over time');
  await other.goto('/space/journal#free');
  await other.getByText('Does your work wait').waitFor();
  await look(other, found, 'days to keep free');

  await other.goto('/space/journal#leave');
  const coming = other.waitForEvent('download');
  await other.getByRole('button', { name: 'Take it along' }).click();
  const folder = await mkdtemp(join(tmpdir(), 'held-along-'));
  try {
    await (await coming).saveAs(join(folder, 'journal.zip'));
    execFileSync('python3', ['-m', 'zipfile', '-e', join(folder, 'journal.zip'), folder]);
    const plain = await readdir(join(folder, 'plain'));
    for (const end of ['.md', '.svg', '.jpg', '.webm']) assert.ok(plain.some((f) => f.endsWith(end)), `${end} among ${plain}`);
    for (const f of await readdir(join(folder, 'sealed'))) execFileSync('age', ['--decrypt', '--identity', join(folder, 'key.txt'), join(folder, 'sealed', f)], { maxBuffer: 64 << 20 });
    assert.equal((await readdir(join(folder, 'sealed'))).length, 4);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  none([...found, ...(await leave(page)).filter(expected), ...(await leave(other)).filter(expected)]);
});

test('what is taken along opens with age and with nothing else of ours', limit, async () => {
  const page = await signIn(held, 'client');
  await fresh(page);
  const words = await begin(page, { passkey: false });
  const id = await write(page, { title: 'A river', words: 'It ran under the house.' });
  await page.goto('/space');
  await page.goto('/space/journal#leave');
  await unlock(page, words);
  const coming = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Take it along' }).click();
  const folder = await mkdtemp(join(tmpdir(), 'held-along-'));
  try {
    await (await coming).saveAs(join(folder, 'journal.zip'));
    execFileSync('python3', ['-m', 'zipfile', '-e', join(folder, 'journal.zip'), folder]);
    const opened = execFileSync('age', ['--decrypt', '--identity', join(folder, 'key.txt'), join(folder, 'sealed', `${id}.age`)], { encoding: 'utf8' });
    assert.match(opened, new RegExp(`^---\nid: ${id}\n`));
    assert.match(opened, /title: "A river"/);
    assert.match(opened, /It ran under the house\./);
    const plain = await readdir(join(folder, 'plain'));
    assert.equal(plain.length, 1);
    assert.match(plain[0], /-a-river-.*\.md$/);
    assert.match(await readFile(join(folder, 'plain', plain[0]), 'utf8'), /It ran under the house/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }

  // Destroyed: nothing is left, here or there.
  await page.getByRole('button', { name: 'Destroy my journal' }).click();
  await page.getByText('Please say that you are sure').waitFor();
  await page.getByLabel('I am sure').check();
  await page.route('**/space/journal/destroy', (route) => route.fulfill({ status: 403, json: { error: 'Please show once more that it is you.' } }));
  await page.getByRole('button', { name: 'Destroy my journal' }).click();
  const proof = await page.getByRole('alert').getByRole('link', { name: 'Show that it is you' }).getAttribute('href');
  assert.equal(proof, '/account/confirm?next=%2Fspace%2Fjournal%23leave');
  await page.unroute('**/space/journal/destroy');
  await page.getByRole('button', { name: 'Destroy my journal' }).click();
  await page.waitForURL((u) => u.pathname === '/space');
  await page.goto('/space/journal');
  await heading(page, 'Before the first word').waitFor();
  await leave(page);
});

// fresh destroys what an earlier test has left of the client's journal.
async function fresh(page) {
  await page.evaluate(async () => { await fetch('/space/journal/destroy', { method: 'POST' }); });
}

const clientName = /^Ilan/;

// other is a public key of age that is nobody's here.
const other = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p';
