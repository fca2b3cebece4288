// The screening: a client answers, one answer is worrying; support is shown, the
// named clinician is told and acknowledges; the prescriber looks, records, asks
// and decides; the guide sees the decision and nothing of the chart.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { startDemo } from './program.mjs';
import { closeBrowser, leave } from './browser.mjs';
import { signIn } from './people.mjs';
import { none, shaped } from './checks.mjs';
import { examine } from './look.mjs';
import { pageHeading } from './ask.mjs';

const limit = { timeout: 5 * 60_000 };
let held, owner, prescriber, client, chart;
before(async () => {
  held = await startDemo();
  owner = await signIn(held, 'owner');
  prescriber = await signIn(held, 'prescriber');
  client = await signIn(held, 'client', { width: 390 });
});
after(async () => {
  const faults = [];
  for (const page of [owner, prescriber, client]) if (page) faults.push(...await leave(page));
  await closeBrowser();
  await held?.stop();
  none(faults);
});

const press = (page, name) => page.getByRole('button', { name, exact: true }).click();
const open = (page, summary) => page.getByText(summary, { exact: true }).click();

// choose answers a question that offers choices.
const choose = (page, question, answer) => page.getByRole('group', { name: question }).getByRole('radio', { name: answer, exact: true }).check();

test('the prescriber gives the forms', limit, async () => {
  await prescriber.goto('/desk/people');
  await prescriber.getByRole('link', { name: 'Ilan', exact: true }).click();
  await prescriber.getByRole('link', { name: 'The screening', exact: true }).click();
  await pageHeading(prescriber, 'Screening of Ilan');
  chart = new URL(prescriber.url()).pathname;
  await press(prescriber, "Give the screening's forms");
  await prescriber.getByRole('status').getByText('The forms wait in their space').waitFor();
});

test('a worrying answer shows support at once and is told to the named clinician', limit, async () => {
  await client.goto('/space/screening');
  const found = [...await examine(client, 'the client’s screening', { crisis: true })];
  await client.setViewportSize({ width: 390, height: 844 });
  await client.getByRole('listitem').filter({ hasText: 'waits for you' }).getByRole('link', { name: 'Safety, and support at home' }).click();
  await pageHeading(client, 'Safety, and support at home');
  await choose(client, /rather be dead/, 'Yes, thoughts, without a plan');
  await press(client, 'Next');
  const support = client.getByRole('region', { name: 'Support now' });
  await support.getByRole('link', { name: 'People to talk to now' }).waitFor();
  assert.match(await support.textContent(), /Leonor.*Nobody here keeps a watch round the clock/s);

  await client.goto('/space/safety');
  assert.match(await client.getByRole('main').textContent(), /We have told Leonor.*Nobody has confirmed yet/s);
  await client.getByRole('link', { name: '112' }).first().waitFor();
  found.push(...await examine(client, 'support, and what happens next', { crisis: true }));
  none(found);
});

test('the clinician is alerted, and acknowledges by name', limit, async () => {
  const letter = await held.letter({ to: 'leonor@example.org', having: /\/desk\/alerts\// });
  assert.doesNotMatch(letter.subject + letter.text, /Ilan|dead|thoughts|safety/i);
  await owner.goto('/desk');
  await owner.getByRole('region', { name: 'Somebody may be in danger' }).getByRole('link', { name: /Ilan/ }).click();
  await pageHeading(owner, 'Alert: Ilan');
  assert.match(await owner.getByRole('region', { name: 'What was said' }).textContent(), /Yes, thoughts, without a plan/);
  await press(owner, 'Acknowledge');
  await owner.getByRole('alert').getByText(/Please write in a sentence/).waitFor();
  await owner.getByLabel('What you have done, or do now').fill('I called him. He is with a friend tonight.');
  const found = [...await examine(owner, 'an alert')];
  await press(owner, 'Acknowledge');
  await owner.getByRole('status').getByText('Acknowledged under your name').waitFor();

  await client.goto('/space/safety');
  assert.match(await client.getByRole('main').textContent(), /Leonor has seen it/);
  none(found);
});

test('what is sent after a decision marks it, and the prescriber looks again', limit, async () => {
  await client.setViewportSize({ width: 390, height: 844 });
  await client.goto('/space/screening');
  await client.getByRole('link', { name: 'Safety, and support at home' }).first().click();
  await client.getByRole('link', { name: 'All on one page' }).click();
  for (const q of [/hurt somebody else/, /of whom you are afraid/]) await choose(client, q, 'No');
  await choose(client, /bring you home/, 'Yes');
  await press(client, 'Look it over');
  await press(client, 'Send it');
  await client.waitForURL(/\/space\/forms/);

  await prescriber.goto('/desk/screening');
  const row = prescriber.getByRole('row').filter({ hasText: 'Ilan' });
  assert.match(await row.textContent(), /look again: answers have changed after the decision/);
  const found = [...await examine(prescriber, 'the worklist')];
  await row.getByRole('link', { name: 'Ilan' }).click();
  assert.match(await prescriber.getByRole('main').textContent(), /Look again: the client has answered anew/);
  assert.match(await prescriber.getByRole('main').textContent(), /Thoughts of suicide without plan or intent/);
  none(found);
});

test('the prescriber records, asks, and asks for a release', limit, async () => {
  await prescriber.goto(chart);
  await open(prescriber, 'Record a blood pressure at rest');
  const form = prescriber.getByRole('form', { name: 'Record a blood pressure', exact: true });
  await form.getByLabel('Systolic, mmHg').fill('78');
  await form.getByLabel('Diastolic, mmHg').fill('128');
  await form.getByRole('button', { name: 'Record' }).click();
  await prescriber.getByRole('alert').getByText(/not below the systolic/).waitFor();
  await form.getByLabel('Systolic, mmHg').fill('128');
  await form.getByLabel('Diastolic, mmHg').fill('78');
  await form.getByRole('button', { name: 'Record' }).click();
  await prescriber.getByText('Blood pressure at rest 128/78 mmHg').first().waitFor();

  await open(prescriber, 'Ask the client a question');
  await prescriber.getByLabel('Your question').fill('Who is near you in the evenings?');
  await press(prescriber, 'Ask');
  await prescriber.getByText('Who is near you in the evenings?').waitFor();

  await open(prescriber, 'Ask for a release, to get records of others');
  await prescriber.getByLabel('Who holds the records').fill('Dr. Alma Sá');
  await prescriber.getByLabel('Which records').fill('The letters of this year');
  await prescriber.getByLabel('What they are needed for').fill('To know what was tried before');
  const until = new Date(held.now);
  until.setUTCMonth(until.getUTCMonth() + 3);
  await prescriber.getByLabel('The release ends on').fill(until.toISOString().slice(0, 10));
  await press(prescriber, 'Ask for the release');
  await prescriber.getByText('Records of Dr. Alma Sá').first().waitFor();
  none(await examine(prescriber, 'the chart'));
});

test('the client answers, signs the release, and may take it back', limit, async () => {
  await client.setViewportSize({ width: 390, height: 844 });
  await client.goto('/space/screening');
  const question = client.getByRole('article', { name: 'A question from your prescriber' });
  await question.getByRole('textbox', { name: 'Your answer' }).fill('My sister, mostly.');
  await question.getByRole('button', { name: 'Send your answer' }).click();
  const release = client.getByRole('article', { name: 'May we ask Dr. Alma Sá?' });
  assert.match(await release.textContent(), /I can take it back at any time/);
  await release.getByRole('button', { name: 'Sign it' }).click();
  await client.getByRole('alert').getByText(/Please write your name/).waitFor();
  await release.getByRole('checkbox', { name: 'I have read this and allow it' }).check();
  await release.getByLabel('Your name, as you sign').fill('Ilan Brodetsky');
  await release.getByRole('button', { name: 'Sign it' }).click();
  await release.getByRole('button', { name: 'Take the release back' }).waitFor();

  await prescriber.goto(chart);
  assert.match(await prescriber.getByRole('main').textContent(), /My sister, mostly\./);
  await prescriber.getByText('The release, as Ilan Brodetsky signed it').waitFor();
  await release.getByRole('button', { name: 'Take the release back' }).click();
  await release.getByText(/took it back on/).waitFor();
});

test('the prescriber decides, signs and writes; the guide sees the decision alone', limit, async () => {
  await prescriber.goto(chart);
  await prescriber.getByRole('link', { name: 'Defer', exact: true }).click();
  await pageHeading(prescriber, 'Defer the decision about Ilan');
  const found = [...await examine(prescriber, 'deciding')];
  await prescriber.getByLabel('Why, for the chart').fill('Dark thoughts this week; we wait and speak.');
  await prescriber.getByLabel('Conditions').fill('A talk with Leonor this week.');
  await press(prescriber, 'Sign the deferral');
  await prescriber.getByRole('status').getByText('Signed.').waitFor();
  await prescriber.getByText('What is kept is what was signed.').first().waitFor();
  await prescriber.getByLabel('The letter, not sent yet').fill('Dear Ilan,\n\nI would rather wait a little. Let us speak on Thursday.');
  await press(prescriber, 'Send the letter');
  await prescriber.getByRole('status').getByText('The letter is in their space').waitFor();

  await owner.goto('/desk/people');
  await owner.getByRole('link', { name: 'Ilan', exact: true }).click();
  const panel = owner.getByRole('region', { name: 'Clearance' });
  assert.match(await panel.textContent(), /Deferred: Ketamine, IM.*A talk with Leonor this week/s);
  assert.doesNotMatch(await panel.textContent(), /Dark thoughts/);
  assert.equal((await owner.request.get(chart)).status(), 403);

  await client.goto('/space/screening');
  assert.match(await client.getByRole('main').textContent(), /not yet.*Let us speak on Thursday.*A talk with Leonor/s);
  assert.doesNotMatch(await client.getByRole('main').textContent(), /Dark thoughts/);
  none(found);
});

test('without scripts the owner says who is told of alerts', limit, async () => {
  const page = await signIn(held, 'owner', { js: false, width: 390 });
  await page.goto('/desk/settings/alerts');
  await page.getByLabel('Goes on after (minutes)').fill('soon');
  await press(page, 'Save');
  await page.getByText('Please say after how many minutes').first().waitFor();
  await page.getByLabel('Goes on after (minutes)').fill('20');
  await press(page, 'Save');
  await page.getByRole('status').getByText('Alerts follow it from now on').waitFor();
  none([...await shaped(page), ...await leave(page)]);
});
