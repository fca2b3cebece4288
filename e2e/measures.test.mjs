// Check-ins: planned at the desk, answered or put away in the space, seen over
// time beside the sessions; and every instrument in FHIR, held against others'
// programs.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { program, startDemo } from './program.mjs';
import { closeBrowser, leave, newPage } from './browser.mjs';
import { signIn } from './people.mjs';
import { none } from './checks.mjs';
import { examine } from './look.mjs';
import { pageHeading } from './ask.mjs';
import { fhir, serve } from './lforms.mjs';
import { validator } from './fhir.mjs';
import { until } from './until.mjs';

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

const run = (...args) => execFileSync(program, args, { encoding: 'utf8' });
const listed = () => run('measures', 'list').trim().split('\n').map((l) => ({ id: l.split(' ')[0], asked: l.includes('wording included') }));

test('a guide plans what is asked and reads what came of it, item by item', limit, async () => {
  await owner.goto('/desk/settings/check-ins');
  none(await examine(owner, 'the plan of check-ins'));
  const gad = owner.getByRole('form', { name: 'When GAD-7 is asked' });
  await gad.getByLabel('a week after each medicine session').check();
  await gad.getByRole('button', { name: 'Keep' }).click();
  await owner.getByRole('alert').getByText('for how many days').waitFor();
  await gad.getByLabel('For how many days it can be answered').fill('7');
  await gad.getByLabel('From which hour of the day').fill('9');
  await gad.getByRole('button', { name: 'Keep' }).click();
  await owner.getByText('Kept. What is due').waitFor();
  owner.faults = owner.faults.filter((f) => !f.includes('422'));

  await owner.goto('/desk/people?q=Ilan');
  await owner.getByRole('row').getByRole('link', { name: 'Ilan', exact: true }).click();
  await owner.getByRole('link', { name: 'Measures over time' }).click();
  await pageHeading(owner, 'Measures');
  const chart = owner.getByRole('figure', { name: /PHQ-9: Total/ });
  await chart.getByRole('img').waitFor();
  await chart.getByText('As a table').click();
  none(await examine(owner, 'measures over time'));
  await chart.getByRole('link', { name: '11', exact: true }).click();
  await owner.getByRole('row', { name: /Little interest or pleasure/ }).getByText('More than half the days (2)').waitFor();
  await owner.getByText('Published reliable change: 6').waitFor();
  none(await examine(owner, 'one set of answers'));
  await owner.getByRole('button', { name: 'I have looked at these' }).click();
  await owner.goto('/desk/measures');
  none(await examine(owner, 'answers to look at'));
  await owner.goto('/desk/outcomes');
  none(await examine(owner, 'outcomes'));
});

test('a client is invited, answers or puts it away, and sees no bands until they ask', limit, async () => {
  await owner.goto('/desk/people?q=Ilan');
  await owner.getByRole('row').getByRole('link', { name: 'Ilan', exact: true }).click();
  await owner.getByRole('link', { name: 'Measures over time' }).click();
  await owner.getByRole('combobox', { name: 'Ask now' }).selectOption({ label: 'PHQ-9' });
  await owner.getByRole('form', { name: 'Ask now' }).getByLabel('For how many days it can be answered').fill('14');
  await owner.getByRole('button', { name: 'Ask' }).click();

  const phone = await signIn(held, 'client', { width: 390, js: false });
  const look = await signIn(held, 'client'); // axe is a script; where none runs it never answers
  const seen = async (path, where) => {
    await look.goto(path);
    return examine(look, where, { crisis: true });
  };
  await phone.goto('/space/check-ins');
  none(await seen('/space/check-ins', 'check-ins'));
  assert.equal(await phone.getByText('moderate', { exact: true }).count(), 0, 'bands that nobody asked for');
  await phone.getByRole('link', { name: 'Show the published bands' }).click();
  await phone.getByText('moderate', { exact: true }).first().waitFor();

  await phone.goto('/space/forms');
  await phone.getByRole('link', { name: 'Begin: PHQ-9' }).first().click();
  await phone.getByRole('group', { name: /better off dead/ }).getByLabel('Several days').check();
  await phone.getByRole('button', { name: /Look it over|Next/ }).first().click();
  await phone.getByText('112').first().waitFor();
  none(await seen(phone.url(), 'after an answer that may mean danger'));
  none(await seen('/space/ripple', 'what has changed in my work'));
  none([...await leave(phone), ...await leave(look)]);
});

// wording is invented: it fits the structure of the DAST-10, and is none of its text.
const wording = { instrument: 'dast10', edition: 'invented', items: Object.fromEntries([...Array(10).keys()].map((n) => [String(n + 1), `Invented question ${n + 1}?`])) };

test('a practice loads a wording that it may use, and is told each place that does not fit', limit, async () => {
  await owner.goto('/desk/settings/check-ins');
  await owner.getByRole('link', { name: 'All instruments' }).click();
  await pageHeading(owner, 'Instruments');
  none(await examine(owner, 'instruments'));
  await owner.getByRole('link', { name: 'Load the wording of DAST-10' }).click();
  const { 10: _, ...nine } = wording.items;
  await owner.getByLabel('The wording (JSON)').fill(JSON.stringify({ ...wording, items: nine }));
  await owner.getByRole('button', { name: 'I say so: load it' }).click();
  await owner.getByRole('alert').getByText('items.10: is missing').waitFor();
  none(await examine(owner, 'a wording that does not fit'));
  assert.match(await owner.getByLabel('The wording (JSON)').inputValue(), /Invented question 9/);
  await owner.getByLabel('The wording (JSON)').fill(JSON.stringify(wording));
  await owner.getByRole('button', { name: 'I say so: load it' }).click();
  await owner.getByText('DAST-10 is loaded, for this practice only.').waitFor();
  await owner.getByText('who said: This practice may use this wording').waitFor();
  owner.faults = owner.faults.filter((f) => !f.includes('422'));

  await owner.goto('/desk/people?q=Ilan');
  await owner.getByRole('row').getByRole('link', { name: 'Ilan', exact: true }).click();
  await owner.getByRole('link', { name: 'Measures over time' }).click();
  for (const what of ['DAST-10', 'WHO-5', 'What has changed in my work']) {
    await owner.getByRole('combobox', { name: 'Ask now' }).selectOption({ label: what });
    await owner.getByRole('form', { name: 'Ask now' }).getByLabel('For how many days it can be answered').fill('14');
    await owner.getByRole('button', { name: 'Ask', exact: true }).click();
  }
  const note = owner.getByRole('form', { name: 'Something that happened' });
  await note.getByLabel('The day').fill(new Date(Date.now() - 9 * 86_400_000).toISOString().slice(0, 10));
  await note.getByLabel('In a few words').fill('Began a sabbatical');
  await note.getByRole('button', { name: 'Add it' }).click();
  await owner.getByRole('listitem').getByText('Began a sabbatical').first().waitFor();
  none(await examine(owner, 'measures with what happened'));
  await owner.goto('/desk/outcomes/report');
  none(await examine(owner, 'the report to publish from'));
});

test('a client is offered their last line, and a name does not leave the page unasked', limit, async () => {
  const phone = await signIn(held, 'client', { width: 390 });
  await phone.goto('/space/check-ins');
  await phone.getByRole('listitem').getByText('Began a sabbatical').first().waitFor();
  await phone.goto('/space/forms');
  await phone.getByRole('link', { name: 'Begin: DAST-10' }).click();
  await phone.getByText('Invented question 1?').waitFor();
  await phone.goto('/space/forms');
  await phone.getByRole('link', { name: 'Begin: WHO-5' }).first().click();
  await phone.getByText('something to begin a conversation from').waitFor();
  await phone.getByText('Slept by the sea.').waitFor();
  none(await examine(phone, 'a check-in with the last line beside it', { crisis: true }));

  await phone.goto('/space/ripple');
  assert.equal(await phone.getByRole('link', { name: 'Keep it for myself' }).getAttribute('href'), '/space/journal?ripple=1#write');
  none(await examine(phone, 'shared or for oneself', { crisis: true }));
  assert.match(await (await phone.request.get(`${held.url}/space/journal?ripple=1`)).text(), /prompt="How present are you with the people who come to you/);
  await phone.getByRole('link', { name: 'Answer and share it' }).click();
  const sent = [];
  phone.on('request', (r) => r.method() === 'POST' && sent.push(r.postData() ?? ''));
  const words = phone.getByLabel('A time when you noticed it, or its absence');
  await words.fill('I sat with my client Annabel and had room.');
  await phone.getByText('This may be somebody\'s name: “Annabel”').waitFor();
  none(await examine(phone, 'a name that was noticed', { crisis: true }));
  await phone.getByRole('button', { name: 'Next' }).click();
  await phone.getByText('Not sent yet: please look at the name first.').waitFor();
  assert.ok(!sent.some((b) => b.includes('Annabel')), 'a name left the page unasked');
  await words.fill('I sat with a client and had room.');
  await phone.getByRole('button', { name: 'Next' }).click();
  await phone.getByText('Part 2 of').waitFor();
  assert.ok(sent.some((b) => b.includes('had+room')), 'nothing was sent after all');
  none(await leave(phone));
});

test('every instrument is a Questionnaire that an independent validator passes', limit, () => {
  const faults = validator();
  for (const { id } of listed()) assert.deepEqual(faults(JSON.parse(run('measures', 'questionnaire', id))), [], id);
  const bad = JSON.parse(run('measures', 'questionnaire', 'phq9'));
  delete bad.status;
  assert.notDeepEqual(faults(bad), [], 'a Questionnaire without a status passes');
});

test('every instrument renders in another program', limit, async () => {
  const lhc = await serve();
  try {
    const there = await newPage(lhc.url);
    await there.goto('/');
    await until('LHC-Forms to be there', () => there.evaluate(() => Boolean(window.LForms?.Util?.addFormToPage)));
    await there.addScriptTag({ url: fhir });
    for (const { id } of listed()) {
      const form = JSON.parse(run('measures', 'questionnaire', id));
      await there.evaluate((q) => window.LForms.Util.addFormToPage(q, 'form', { fhirVersion: 'R4' }), form);
      await there.getByText(form.title, { exact: true }).first().waitFor();
      await there.getByText(form.item.at(-1).text, { exact: true }).first().waitFor();
    }
    await there.context().close();
  } finally {
    lhc.stop();
  }
});
