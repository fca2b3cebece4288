// A protocol: drafted by the prescriber with what is published beside each
// field, told what is missing, signed. Before that nobody can book the
// medicine; afterwards its times are there; out of use, they are gone again.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { program, startDemo } from './program.mjs';
import { closeBrowser, leave } from './browser.mjs';
import { signIn } from './people.mjs';
import { none } from './checks.mjs';
import { examine } from './look.mjs';
import { pageHeading } from './ask.mjs';

const limit = { timeout: 4 * 60_000 };
const lozenge = 'Ketamine, sublingual (lozenge)';
let held, owner, prescriber, plain;
before(async () => {
  held = await startDemo();
  owner = await signIn(held, 'owner');
  prescriber = await signIn(held, 'prescriber');
  plain = await signIn(held, 'prescriber', { js: false, width: 390 });
});
after(async () => {
  const faults = [...(owner ? await leave(owner) : []), ...(prescriber ? await leave(prescriber) : []), ...(plain ? await leave(plain) : [])];
  await closeBrowser();
  await held?.stop();
  none(faults);
});

const closed = `No signed protocol for ${lozenge}.`;

async function openDraft(page) {
  await page.goto('/desk/protocol');
  await page.getByRole('link', { name: 'The draft' }).click();
  await pageHeading(page, lozenge);
  return new URL(page.url()).pathname;
}

test('a medicine session is closed to everybody, and says why', limit, async () => {
  await owner.goto('/desk/settings/offerings/new');
  await owner.getByLabel('Name', { exact: true }).fill('Lozenge session');
  await owner.getByLabel('Kind').selectOption(`Medicine session: ${lozenge}`);
  await owner.getByRole('checkbox', { name: 'The lower room' }).check();
  await owner.getByRole('group', { name: 'Who holds it' }).getByRole('checkbox', { name: 'Leonor' }).check();
  await owner.getByRole('radio', { name: /^Known clients/ }).check();
  await owner.getByRole('checkbox', { name: /^Open/ }).check();
  await owner.getByRole('button', { name: 'Save' }).click();
  await owner.getByText(closed).waitFor();
  const offering = new URL(owner.url()).pathname.split('/').pop();
  const found = [...await examine(owner, 'a closed medicine session', { widths: [390, 1280] })];

  await owner.goto(`/desk/week/book?offering=${offering}`);
  await owner.getByText(closed).waitFor();

  const client = await signIn(held, 'client', { width: 390 });
  await client.goto('/book/lozenge-session');
  await client.getByText('These times are not open yet.').waitFor();
  assert.equal(await client.getByRole('form', { name: 'Free times' }).count(), 0);
  assert.doesNotMatch(await client.getByRole('main').textContent(), /protocol/i);
  none([...found, ...await leave(client)]);
});

test('without scripts, the prescriber puts examples into fields; the guide reads and writes nothing', limit, async () => {
  const at = await openDraft(plain);
  await plain.getByText(/fields are still to be set/).click();
  await plain.getByRole('link', { name: 'Diastolic, mmHg: before: hold, high' }).click();
  await pageHeading(plain, 'Diastolic, mmHg');
  const hold = plain.getByLabel('Before: hold, high', { exact: true });
  assert.equal(await hold.inputValue(), '');
  await plain.getByLabel('Before: review, high', { exact: true }).fill('>85');
  await plain.getByText('general knowledge, not checked against a source').first().waitFor();
  await plain.getByRole('button', { name: /^Use this ?: ≥100, Before: hold, high/ }).click();
  await plain.getByText('It is not saved yet.').waitFor();
  assert.equal(await hold.inputValue(), '≥100');
  assert.equal(await plain.getByLabel('Before: review, high', { exact: true }).inputValue(), '>85');
  await plain.getByLabel('During: red, high', { exact: true }).fill('110');
  await plain.getByRole('button', { name: 'Save', exact: true }).last().click();
  await plain.getByRole('alert').getByText(/During: red|during: red/).waitFor();
  assert.equal(await hold.inputValue(), '≥100');
  await plain.getByLabel('During: red, high', { exact: true }).fill('≥110');
  await plain.getByRole('button', { name: 'Save', exact: true }).last().click();
  await plain.getByText('Saved in the draft.').waitFor();
  await plain.getByText('It can be signed when every field').waitFor();
  assert.equal(await plain.getByRole('button', { name: 'Sign', exact: true }).count(), 0);
  await openDraft(prescriber);
  const found = [...await examine(prescriber, 'a draft', { widths: [320, 1280] })];
  await prescriber.goto(`${at}/part/bands.diastolic`);
  found.push(...await examine(prescriber, 'a part of a protocol', { widths: [320, 1280] }));

  await openDraft(owner);
  await owner.getByText('>85').waitFor();
  assert.equal(await owner.getByRole('link', { name: /^Edit/ }).count(), 0);
  for (const path of [`${at}/part/dose`, `${at}/sign`, `${at}/discard`, '/desk/protocol', '/desk/protocol/import']) {
    const status = (await owner.context().request.post(held.url + path, { form: { revision: '1' }, headers: { origin: held.url }, maxRedirects: 0 })).status();
    assert.equal(status, 403, path);
  }
  none(found);
});

test('a file becomes a draft, is completed, signed, and opens the times', limit, async () => {
  await openDraft(prescriber);
  await prescriber.getByText('Throw this draft away').click();
  await prescriber.getByRole('checkbox', { name: /^Throw it away/ }).check();
  await prescriber.getByRole('button', { name: 'Throw the draft away' }).click();
  await prescriber.getByText('The draft is thrown away.').waitFor();

  const file = execFileSync(program, ['protocol', 'example', '--medicine', 'ketamine_sl'], { encoding: 'utf8' });
  await prescriber.getByLabel('The document').fill(file.replace('"observation"', '"observations"'));
  await prescriber.getByRole('button', { name: 'Import as a draft' }).click();
  await prescriber.getByRole('alert').getByText('observations: is not a field of a protocol').waitFor();
  await prescriber.getByLabel('The document').fill(file);
  await prescriber.getByRole('button', { name: 'Import as a draft' }).click();
  await prescriber.getByText('Nobody has signed it here.').waitFor();

  for (const [part, fields] of [
    ['dose', { 'Boosters, at most (0: none)': '0' }], ['validity', { 'A clearance expires after (days)': '90' }],
    ['sessions', { 'Days between two sessions, at least': '7', 'Sessions under one clearance, at most': '6' }],
  ]) {
    assert.equal(await prescriber.getByRole('button', { name: 'Sign', exact: true }).count(), 0);
    const at = new URL(prescriber.url()).pathname;
    await prescriber.goto(`${at}/part/${part}`);
    for (const [label, value] of Object.entries(fields)) await prescriber.getByLabel(label, { exact: true }).fill(value);
    await prescriber.getByRole('button', { name: 'Save', exact: true }).last().click();
    await prescriber.getByText('Saved in the draft.').waitFor();
  }
  await prescriber.getByRole('button', { name: 'Sign', exact: true }).click();
  await prescriber.getByRole('alert').getByText('Please say that you have read it').waitFor();
  await prescriber.getByRole('checkbox', { name: /^I have read it/ }).check();
  await prescriber.getByRole('button', { name: 'Sign', exact: true }).click();
  await prescriber.getByText('It is in use from now on.').waitFor();
  const found = [...await examine(prescriber, 'a signed protocol', { widths: [390, 1280] })];

  const client = await signIn(held, 'client');
  await client.goto('/book/lozenge-session');
  await client.getByRole('form', { name: 'Free times' }).getByRole('button').first().waitFor();

  await prescriber.getByText('Take it out of use', { exact: true }).first().click();
  await prescriber.getByRole('checkbox', { name: /^From now on nobody/ }).check();
  await prescriber.getByRole('button', { name: 'Take it out of use now' }).click();
  await prescriber.getByText('Out of use from now on.').waitFor();
  // A time that was on the page before is refused, and stays refused.
  await client.getByRole('form', { name: 'Free times' }).getByRole('button').first().click();
  await client.getByText('These times are not open yet.').first().waitFor();
  await client.goto('/book/lozenge-session');
  await client.getByText('These times are not open yet.').waitFor();

  await prescriber.goto('/desk/protocol');
  await prescriber.getByText('Taken out of use').waitFor();
  found.push(...await examine(prescriber, 'the protocols', { widths: [320, 1280] }));
  none([...found, ...await leave(client)]);
});
