// Who may read what, and leaving: a care team that is changed by hand, a record
// opened for a stated reason and everybody told, everything taken along, all of
// it erased. The client is on a phone, the attendant has scripts off.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { startDemo } from './program.mjs';
import { closeBrowser, leave } from './browser.mjs';
import { signIn } from './people.mjs';
import { pageHeading, unfold } from './ask.mjs';
import { cancel } from './booking.mjs';
import { go } from './desk.mjs';
import { until } from './until.mjs';
import { none } from './checks.mjs';
import { examine } from './look.mjs';

const name = 'Ilan';

async function openPerson(page, who) {
  const main = await go(page, 'People');
  await main.getByLabel('Find by working name').fill(who);
  await main.getByRole('button', { name: 'Find' }).click();
  await page.getByRole('main').getByRole('link', { name: who, exact: true }).click();
  await pageHeading(page, who);
  return page.getByRole('region', { name: 'Care team' });
}

describe('trust', () => {
  let held, owner, attendant, client;
  before(async () => {
    held = await startDemo();
    owner = await signIn(held, 'owner');
    attendant = await signIn(held, 'attendant', { js: false });
    client = await signIn(held, 'client', { width: 390 });
  });
  after(async () => {
    const faults = [];
    for (const page of [owner, attendant, client]) if (page) faults.push(...await leave(page));
    await closeBrowser();
    await held?.stop();
    assert.deepEqual(faults, []);
  });

  test('somebody who is not on the care team opens a record for a stated reason', { timeout: 120_000 }, async () => {
    const team = await openPerson(attendant, name);
    await team.getByText('Open the record without being on the team').click();
    const form = team.getByRole('form', { name: 'Open the record for a reason' });
    await form.getByRole('button', { name: 'Open the record' }).click();
    assert.match(await team.textContent(), /Please say why you open this/);
    await form.getByLabel('I stand in for a colleague who is away').check();
    await form.getByLabel('In a sentence').fill('Amadeu is ill and Ilan comes at four.');
    await form.getByRole('button', { name: 'Open the record' }).click();
    assert.match(await team.textContent(), /stays open to you until/);
  });

  test('the client reads who it was and why, and is told by letter', async () => {
    await client.goto('/space/looks');
    const main = client.getByRole('main');
    assert.match(await main.textContent(), /Tomé\s+is not on your care team and opened your record/);
    assert.match(await main.textContent(), /Amadeu is ill and Ilan comes at four\./);
    none(await examine(client, '/space/looks', { crisis: true }));
    const told = await until('the letters about it', async () => {
      const mail = await (await fetch(`${held.url}/demo/mail.json`)).json();
      const some = mail.filter((m) => /record was opened|opened your record|note for you/i.test(m.subject));
      return some.length >= 2 ? some : undefined;
    });
    for (const m of told) assert.doesNotMatch(m.subject + m.text, /Ilan|Tomé|Amadeu|ill /, 'a letter says too much');
  });

  test('the owner puts them on the care team, and takes them off again', async () => {
    const team = await openPerson(owner, name);
    assert.match(await team.textContent(), /In place of a colleague|I stand in for a colleague who is away/);
    await team.getByLabel('Add a colleague').selectOption({ label: 'Tomé, as attendant' });
    await team.getByRole('button', { name: 'Add', exact: true }).click();
    assert.match(await team.textContent(), /Tomé\s+attendant, since/);
    none(await examine(owner, '/desk/people/*', {}));
    await client.goto('/space');
    assert.match(await client.getByRole('main').textContent(), /Tomé, attendant/);
    await team.getByRole('button', { name: /^Take off.*Tomé/ }).click();
    assert.doesNotMatch(await team.textContent(), /Tomé\s+attendant, since/);
  });

  test('the client takes everything along', async () => {
    await client.goto('/space');
    await unfold(client, 'What is yours');
    await client.getByRole('link', { name: 'Take it along, or have it erased' }).click();
    await pageHeading(client, 'Take it along, or have it erased');
    none(await examine(client, '/space/leaving', { crisis: true }));
    const coming = client.waitForEvent('download');
    await client.getByRole('button', { name: 'Take everything along' }).click();
    const file = await (await coming).path();
    assert.equal((await readFile(file)).subarray(0, 2).toString(), 'PK');
  });

  test('and has it erased, once no time is kept any more', async () => {
    await client.getByRole('button', { name: 'Erase it' }).click();
    assert.match(await client.getByRole('main').textContent(), /Please say that you are sure/);
    await client.getByLabel('I am sure. It cannot be undone.').check();
    await client.getByRole('button', { name: 'Erase it' }).click();
    if (/There is still a time kept for you/.test(await client.getByRole('main').textContent())) {
      for (let left = 10; left > 0; left--) {
        await client.goto('/space');
        const next = client.getByRole('link', { name: 'See, change or cancel it' });
        if (!await next.count()) break;
        await cancel(client, await next.first().getAttribute('href'));
      }
      await client.goto('/space/leaving');
      await client.getByLabel('I am sure. It cannot be undone.').check();
      await client.getByRole('button', { name: 'Erase it' }).click();
    }
    await pageHeading(client, 'It is erased');
    none(await examine(client, '/space/leaving/erase', { crisis: true }));
    await client.goto('/space');
    assert.match(client.url(), /\/sign-in/);
    const main = await go(owner, 'People');
    assert.doesNotMatch(await main.textContent(), /Ilan/);
  });

  test('the owner sets how long things are kept', async () => {
    const main = await go(owner, 'Settings');
    await main.getByRole('link', { name: 'How long things are kept' }).click();
    await pageHeading(owner, 'How long things are kept');
    const form = owner.getByRole('form', { name: 'What was written about health and care' });
    await form.getByLabel('It must be kept this long').check();
    await form.getByRole('button', { name: 'Save' }).click();
    assert.match(await form.textContent(), /needs a number of months/);
    await form.getByLabel('Months after they were last here').fill('120');
    await form.getByRole('button', { name: 'Save' }).click();
    assert.equal(await form.getByLabel('Months after they were last here').inputValue(), '120');
    assert.ok(await form.getByLabel('It must be kept this long').isChecked());
    none(await examine(owner, '/desk/settings/keeping', {}));
  });

  test('the owner takes the whole practice along, encrypted', { timeout: 120_000 }, async () => {
    const main = await go(owner, 'Settings');
    await main.getByRole('link', { name: 'Take the whole practice along' }).click();
    await pageHeading(owner, 'Take the whole practice along');
    none(await examine(owner, '/desk/export', {}));
    const named = owner.getByRole('form', { name: 'For an age recipient' });
    await named.getByLabel('Recipients').fill('somebody');
    await named.getByRole('button', { name: 'Take it along for these recipients' }).click();
    assert.match(await owner.getByRole('main').textContent(), /Nothing was exported/);
    none(await examine(owner, '/desk/export', {}));
    const form = owner.getByRole('form', { name: 'With a passphrase' });
    assert.match(await form.getByLabel('Passphrase').inputValue(), /^([a-z2-7]{5}-){4}[a-z2-7]{5}$/);
    const [download] = await Promise.all([
      owner.waitForEvent('download'),
      form.getByRole('button', { name: 'Take it along with this passphrase' }).click(),
    ]);
    assert.match(download.suggestedFilename(), /^held-export-.*\.zip\.age$/);
    const file = await readFile(await download.path());
    assert.equal(file.subarray(0, 18).toString(), 'age-encryption.org');
    assert.ok(!file.includes(name));
    await held.letter({ to: 'leonor@example.org', having: /export of the whole practice/ });
  });
});
