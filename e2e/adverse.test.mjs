// Adverse events: the guide writes one down, follows it up, and corrects it; the
// prescriber judges and closes it with a fresh proof; the practice's list counts,
// its files name nobody. And the emergency card: written, on the wall, on duty.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { startDemo } from './program.mjs';
import { closeBrowser, leave } from './browser.mjs';
import { signIn } from './people.mjs';
import { none } from './checks.mjs';
import { examine, glance } from './look.mjs';
import { pageHeading } from './ask.mjs';

const limit = { timeout: 5 * 60_000 };
let held, owner, prescriber, attendant, at;
before(async () => {
  held = await startDemo();
  owner = await signIn(held, 'owner');
  prescriber = await signIn(held, 'prescriber');
  attendant = await signIn(held, 'attendant');
});
after(async () => {
  const faults = [];
  for (const page of [owner, prescriber, attendant]) if (page) faults.push(...await leave(page));
  await closeBrowser();
  await held?.stop();
  none(faults);
});

const press = (page, name) => page.getByRole('button', { name, exact: true }).click();
const main = (page) => page.getByRole('main').textContent();

// tomorrow by the demo's clock, which the field itself tells.
async function tomorrow(page) {
  const today = await page.getByLabel('Next follow-up').getAttribute('min');
  return new Date(Date.parse(today) + 86_400_000).toISOString().slice(0, 10);
}

// of opens what there is of a client, from their own page.
async function of(page, name) {
  await page.goto('/desk/people');
  await page.getByRole('link', { name, exact: true }).click();
  await page.getByRole('link', { name: 'What was written down, and how it went on' }).click();
  await pageHeading(page, `Adverse events of ${name}`);
}

test('the guide writes one down from the client’s page; nothing that was typed is lost', limit, async () => {
  await of(owner, 'Ilan');
  assert.match(await main(owner), /Stomach and gut|Vomiting/);
  await owner.getByLabel('What it was', { exact: true }).selectOption({ label: 'Nervous system: Headache' });
  await owner.getByLabel('What happened, in your own words').fill('Headache since the evening, dull, both sides.');
  await owner.getByRole('radio', { name: 'Serious', exact: true }).check();
  await press(owner, 'Keep it');
  const alert = owner.getByRole('alert');
  await alert.getByText(/Please say what makes it serious/).waitFor();
  await alert.getByText(/Please name the day on which somebody looks again/).waitFor();
  assert.equal(await owner.getByLabel('What happened, in your own words').inputValue(), 'Headache since the evening, dull, both sides.');
  const found = [...await examine(owner, 'the events of a client, with a refusal')];
  await owner.getByRole('radio', { name: 'Not judged yet' }).check();
  await owner.getByLabel('Next follow-up').fill(await tomorrow(owner));
  await press(owner, 'Keep it');
  await owner.getByRole('status').getByText('Kept. It is followed up').waitFor();
  at = new URL(owner.url()).pathname;
  assert.match(await main(owner), /Seriousness not judged; outcome not said; relatedness not judged/);
  assert.equal(await owner.getByRole('form', { name: 'Judge relatedness' }).count(), 0, 'a guide is offered the prescriber’s judgement');
  found.push(...await examine(owner, 'an event'));
  none(found);
});

test('it is followed up, and corrected with a reason; the older text stays', limit, async () => {
  await owner.goto(at);
  await owner.getByLabel('What you found out').fill('Gone after sleep.');
  await owner.getByLabel('Outcome now').selectOption({ label: 'Resolved' });
  await press(owner, 'Keep the follow-up');
  await owner.getByRole('status').getByText('Kept, under your name').waitFor();
  assert.match(await main(owner), /It is over and waits for a prescriber to close it/);
  await owner.getByRole('link', { name: 'Correct or complete' }).click();
  await pageHeading(owner, 'Correct the report');
  const found = [...await examine(owner, 'correcting a report')];
  await owner.getByRole('radio', { name: 'Not serious' }).check();
  await owner.getByLabel('What was wrong, or what is known now').fill('Nobody had said that it was not serious.');
  await press(owner, 'Keep as a new version');
  await owner.getByRole('status').getByText('Kept as a version of its own').waitFor();
  const history = owner.getByRole('region', { name: 'What was written, and when' });
  assert.equal(await history.getByRole('heading', { level: 3 }).count(), 3);
  await history.getByText('The whole report as of version 1').click();
  assert.match(await history.textContent(), /Serious.*Not judged/s);
  none(found);
});

test('the prescriber sees it among what is due, judges, and closes it', limit, async () => {
  await prescriber.goto('/desk');
  await prescriber.getByRole('region', { name: 'Follow-ups that are due' }).getByRole('link', { name: /Ilan/ }).click();
  await pageHeading(prescriber, 'Headache');
  await prescriber.getByLabel('Closing sentence').fill('Over within a night.');
  await press(prescriber, 'Close and sign');
  await prescriber.getByRole('alert').getByText(/judge first whether the medicine/).first().waitFor();
  assert.equal(await prescriber.getByLabel('Closing sentence').inputValue(), 'Over within a night.');
  const found = [...await examine(prescriber, 'an event for the prescriber')];
  await prescriber.getByRole('radio', { name: 'Possible' }).check();
  await press(prescriber, 'Keep the judgement');
  await prescriber.getByRole('status').getByText('Kept as your judgement').waitFor();
  await prescriber.getByLabel('Closing sentence').fill('Over within a night.');
  await press(prescriber, 'Close and sign');
  await prescriber.getByRole('status').getByText('Closed and signed').waitFor();
  assert.match(await main(prescriber), /Signed by Amadeu/);
  found.push(...await examine(prescriber, 'a closed event'));
  none(found);
});

test('the report prints without a name, and as a PDF', limit, async () => {
  await prescriber.goto(at);
  await prescriber.getByRole('link', { name: 'Report to print' }).click();
  await pageHeading(prescriber, 'Report of an adverse event');
  assert.doesNotMatch(await main(prescriber), /Ilan/);
  const found = [...await examine(prescriber, 'the report')];
  const file = await prescriber.request.get(new URL(`${at}/report.pdf`, held.url).href);
  assert.equal(file.status(), 200);
  assert.match((await file.body()).subarray(0, 5).toString(), /%PDF-/);
  none(found);
});

test('the practice’s list counts all, and its files name nobody', limit, async () => {
  await prescriber.goto('/desk');
  await prescriber.getByRole('navigation').getByRole('link', { name: 'Adverse events', exact: true }).click();
  await pageHeading(prescriber, 'Adverse events');
  const found = [...await examine(prescriber, 'the review list')];
  await prescriber.getByLabel('State').selectOption('all');
  await press(prescriber, 'Show');
  const table = prescriber.getByRole('region', { name: 'Adverse events' }).getByRole('table');
  assert.ok(await table.getByRole('row').count() >= 4);
  for (const [name, kind] of [['As a table (CSV)', 'text/csv'], ['As data (JSON)', 'application/json']]) {
    const href = await prescriber.getByRole('link', { name }).getAttribute('href');
    const file = await prescriber.request.get(new URL(href, held.url).href);
    assert.equal(file.status(), 200);
    assert.match(file.headers()['content-type'], new RegExp(kind));
    assert.doesNotMatch(await file.text(), /Ilan|Tamsin|Gone after sleep|Amadeu/);
  }
  assert.equal((await attendant.request.get(new URL('/desk/adverse', held.url).href)).status(), 403);
  none(found);
});

test('what a client told in a check-in is written down from there', limit, async () => {
  await of(prescriber, 'Tamsin');
  assert.match(await main(prescriber), /told in a check-in/);
  await prescriber.goto(`${new URL(prescriber.url()).pathname}?from=check-in`);
  assert.equal(await prescriber.getByLabel('How it came to us').inputValue(), 'check-in');
});

test('the emergency card is read by all, changed as a version, and says who is on duty', limit, async () => {
  await owner.goto('/desk/settings');
  await owner.getByRole('link', { name: 'Emergency card' }).click();
  await pageHeading(owner, 'Emergency card');
  assert.match(await main(owner), /112/);
  const found = [...await examine(owner, 'the emergency card')];
  await owner.getByLabel('Who is on duty today').fill('Inês, guide');
  await owner.getByLabel('Their number').fill('the usual');
  await press(owner, 'Set for today');
  await owner.getByRole('alert').getByText(/a number that can be dialled/).waitFor();
  assert.equal(await owner.getByLabel('Who is on duty today').inputValue(), 'Inês, guide');
  await owner.getByLabel('Their number').fill('+351 210 000 016');
  await press(owner, 'Set for today');
  await owner.getByRole('status').getByText('It holds until the end of today').waitFor();

  await attendant.goto('/desk/settings/emergency');
  assert.match(await main(attendant), /Inês, guide.*on duty today/s);
  assert.equal(await attendant.getByRole('button', { name: 'Save as a new version' }).count(), 0);

  await owner.getByLabel('Oxygen').fill('On the wall left of the couch');
  await owner.getByLabel('Name of person 3').fill('Inês, guide');
  await press(owner, 'Save as a new version');
  await owner.getByRole('alert').getByText(/a number that can be dialled/).waitFor();
  await owner.getByLabel('Number of person 3').fill('+351 210 000 016');
  await press(owner, 'Save as a new version');
  await owner.getByRole('status').getByText('Saved, as a version of its own').waitFor();
  await owner.getByRole('link', { name: 'Version 2', exact: true }).click();
  await pageHeading(owner, 'Version 2 of the emergency card');
  found.push(...await glance(owner, 'an older version'));
  await owner.goto('/desk/settings/emergency/wall');
  await pageHeading(owner, 'In an emergency');
  assert.doesNotMatch(await main(owner), /on duty today/);
  found.push(...await examine(owner, 'the card for the wall'));
  none(found);
});
