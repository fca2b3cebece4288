// What clinicians rate by scales, what the practice calls a change, what is
// loaded as a file, and how a check-in that somebody asked for is put away.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { startDemo } from './program.mjs';
import { closeBrowser, leave } from './browser.mjs';
import { signIn } from './people.mjs';
import { none } from './checks.mjs';
import { examine } from './look.mjs';
import { pageHeading } from './ask.mjs';

const limit = { timeout: 5 * 60_000 };
let held, owner;
before(async () => {
  held = await startDemo();
  owner = await signIn(held, 'owner');
});
after(async () => {
  const faults = owner ? await leave(owner) : [];
  await closeBrowser();
  await held?.stop();
  none(faults);
});

async function measuresOf(page, name) {
  await page.goto(`/desk/people?q=${name}`);
  await page.getByRole('row').getByRole('link', { name, exact: true }).click();
  await page.getByRole('link', { name: 'Measures over time' }).click();
  await pageHeading(page, 'Measures');
}

test('a guide rates by a scale, corrects it, and both stay', limit, async () => {
  await measuresOf(owner, 'Ilan');
  const there = new URL(owner.url()).pathname;
  await owner.getByRole('link', { name: 'Modified Aldrete', exact: true }).click();
  none(await examine(owner, 'a scale to fill in'));
  await owner.getByRole('button', { name: 'I rated this: keep it' }).click();
  await owner.getByRole('alert').getByText('Please rate at least one thing').waitFor();
  for (const part of ['Activity', 'Respiration', 'Consciousness', 'SpO₂']) await owner.getByRole('group', { name: part }).getByLabel(/^2:/).check();
  await owner.getByRole('group', { name: 'Circulation' }).getByLabel(/^1:/).check();
  await owner.getByLabel('In your words').fill('Drank a glass of water.');
  await owner.getByRole('button', { name: 'I rated this: keep it' }).click();
  await owner.getByText('Signed by Leonor, signed in').waitFor();
  await owner.getByRole('row', { name: /Total/ }).getByText('9').first().waitFor();
  none(await examine(owner, 'a rating in the course'));

  await owner.getByRole('link', { name: 'Correct it' }).click();
  assert.equal(await owner.getByLabel('In your words').inputValue(), 'Drank a glass of water.');
  await owner.getByRole('group', { name: 'Circulation' }).getByLabel(/^2:/).check();
  await owner.getByRole('button', { name: 'I rated this: keep it' }).click();
  await owner.getByText('Before it was corrected: signed by Leonor').click();
  none(await examine(owner, 'a rating that was corrected'));
  owner.faults = owner.faults.filter((f) => !f.includes('422'));
  await owner.goto(there);
  assert.equal(await owner.getByRole('region', { name: 'Ratings' }).getByRole('link', { name: /Modified Aldrete/ }).count(), 2, 'what was corrected stands in the list'); // this one, and that of the session

  await owner.goto('/desk/measures/instruments');
  await owner.getByText('Filled in by a clinician.').first().waitFor();
});

test('a client reads what was seen of them, without what it is reckoned to mean', limit, async () => {
  const phone = await signIn(held, 'client', { width: 390 });
  await phone.goto('/space/check-ins');
  await phone.getByText('Modified Aldrete,').first().click();
  await phone.getByText('In their words: Drank a glass of water.').waitFor();
  none(await examine(phone, 'what was noted of somebody', { crisis: true }));
  assert.equal((await phone.request.get(`${held.url}/desk/people/x/measures/rate/aldrete`)).status() < 400, false);
  none(await leave(phone));
});

test('the prescriber sets what counts as a change, with its source', limit, async () => {
  const amadeu = await signIn(held, 'prescriber');
  await amadeu.goto('/desk/measures/changes');
  none(await examine(amadeu, 'what counts as a change'));
  const pcl = amadeu.getByRole('region', { name: 'PCL-5: Total' });
  await pcl.getByText('No published value that sources agree on').waitFor();
  await pcl.getByText('Set a value').click();
  await pcl.getByLabel('Points').fill('10');
  await pcl.getByRole('button', { name: 'Set it' }).click();
  await amadeu.getByRole('alert').getByText('where this value comes from').waitFor();
  none(await examine(amadeu, 'a value without a source'));
  await pcl.getByLabel('Where it comes from').fill('Invented for a test');
  await pcl.getByRole('button', { name: 'Set it' }).click();
  await pcl.getByText('The practice\'s own value: 10 points or more, source: Invented for a test.').waitFor();
  amadeu.faults = amadeu.faults.filter((f) => !f.includes('422'));
  none(await leave(amadeu));
  await owner.goto('/desk/measures/changes');
  await owner.getByText('The prescriber sets these.').waitFor();
  assert.equal(await owner.getByText('Set a value').count(), 0);
  await measuresOf(owner, 'Noor');
  await owner.getByText('The practice\'s own value for a change: 10 points or more, source: invented for the demo').first().waitFor();
  await owner.goto('/desk/outcomes');
  await owner.getByRole('row', { name: /a week after each medicine session/ }).first().getByText('6 of 6').waitFor();
});

const file = (name, text, mimeType = 'application/json') => ({ name, mimeType, buffer: Buffer.from(text) });
const wording = { instrument: 'dast10', edition: 'invented', items: Object.fromEntries([...Array(10).keys()].map((n) => [String(n + 1), `Invented question ${n + 1}?`])) };

test('a wording is loaded as a file, or refused with the place and nothing kept', limit, async () => {
  await owner.goto('/desk/measures/instruments/dast10/wording');
  const load = () => owner.getByRole('button', { name: 'I say so: load it' }).click();
  const choose = (f) => owner.getByLabel('The file', { exact: true }).setInputFiles(f);
  await load();
  await owner.getByRole('alert').getByText('Please paste it here, or choose the file.').waitFor();
  await choose(file('a.docx', 'PK\u0003\u0004 something'));
  await load();
  await owner.getByRole('alert').getByText('document of another kind').waitFor();
  none(await examine(owner, 'a file that cannot be read'));
  const { 10: _, ...nine } = wording.items;
  await choose(file('dast10.json', JSON.stringify({ ...wording, items: nine })));
  await load();
  await owner.getByRole('alert').getByText('items.10: is missing').waitFor();
  assert.match(await owner.getByLabel('The wording (JSON)').inputValue(), /Invented question 9/, 'what the file says is not there to be changed');
  await owner.getByLabel('The wording (JSON)').fill('');
  await choose(file('dast10.json', '\ufeff' + JSON.stringify(wording, null, 1)));
  await load();
  await owner.getByText('DAST-10 is loaded, for this practice only.').waitFor();
  owner.faults = owner.faults.filter((f) => !f.includes('422'));
});

test('what was asked outside the plan is put away without a reason', limit, async () => {
  await measuresOf(owner, 'Ilan');
  const ask = owner.getByRole('form', { name: 'Ask now' });
  await ask.getByRole('combobox').selectOption({ label: 'GAD-7' });
  await ask.getByLabel('For how many days it can be answered').fill('10');
  await ask.getByRole('button', { name: 'Ask' }).click();
  await owner.getByRole('cell', { name: 'outside the plan' }).first().waitFor();
  const phone = await signIn(held, 'client', { width: 390, js: false });
  await phone.goto('/space/check-ins');
  await phone.getByRole('button', { name: 'Not this time GAD-7' }).or(phone.getByRole('button', { name: /Not this time.*GAD-7/ })).first().click();
  await phone.waitForURL((u) => u.pathname === '/space/check-ins');
  assert.equal(await phone.getByRole('heading', { name: 'GAD-7', level: 3 }).count(), 0);
  none(await leave(phone));
  await owner.reload();
  await owner.getByRole('row', { name: /GAD-7 outside the plan put away by them/ }).waitFor();
});
