// A session that was signed and sealed: its record on the desk and as files, its
// proof by the program itself, an addendum, and the person's own words, which
// they take away on their phone. The signatures hold all the same.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { program, startDemo } from './program.mjs';
import { closeBrowser, leave } from './browser.mjs';
import { signIn } from './people.mjs';
import { none } from './checks.mjs';
import { examine } from './look.mjs';
import { pageHeading, unfold } from './ask.mjs';

const limit = { timeout: 4 * 60_000 };
const run = promisify(execFile);
let held, guide, doctor, client, record;
before(async () => {
  held = await startDemo();
  guide = await signIn(held, 'owner');
  doctor = await signIn(held, 'prescriber', { js: false });
  client = await signIn(held, 'client', { width: 390 });
});
after(async () => {
  const faults = [];
  for (const page of [guide, doctor, client]) if (page) faults.push(...await leave(page));
  await closeBrowser();
  await held?.stop();
  none(faults);
});

// toSession goes from a client's page to their past session, by a link of its
// appointment.
async function toSession(page, who, label) {
  await page.goto(`/desk/people?q=${who}`);
  await page.getByRole('main').getByRole('link', { name: who, exact: true }).click();
  const rows = page.getByRole('region', { name: 'Table of appointments' }).getByRole('row').filter({ hasText: 'Medicine session' });
  await rows.first().waitFor();
  for (let i = 0; i < await rows.count(); i++) {
    await rows.nth(i).getByRole('link').first().click();
    await page.waitForURL(/\/desk\/appointments\//);
    const link = page.getByRole('link', { name: label });
    if (await link.count()) {
      await link.click();
      await page.waitForURL(/\/room\//);
      return;
    }
    await page.goBack();
    await page.waitForURL(/\/desk\/people\//);
    await rows.first().waitFor();
  }
  throw new Error(`no appointment of ${who} has the link ${label}`);
}

async function file(page, name) {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name }).click()]);
  return readFile(await download.path());
}

const proved = async (json) => {
  const path = `${held.data}/record.json`;
  await writeFile(path, json);
  return (await run(program, ['session', 'verify', '--file', path])).stdout;
};

test('the record shows the whole session, and every way to look at it is kept', limit, async () => {
  await toSession(guide, 'Ilan', 'The record of the session');
  await pageHeading(guide, 'Medicine session of Ilan');
  record = new URL(guide.url()).pathname;
  await guide.getByText('every part is signed').waitFor();
  for (const name of ['Order', 'With what the room was opened', 'Vitals', 'Timeline', 'Recovery and leaving', 'Signatures', 'Addenda']) {
    await guide.getByRole('heading', { name, exact: true }).waitFor();
  }
  assert.ok(await guide.locator('figure.chart svg').count() >= 5, 'each sign that was measured is drawn');
  const lines = guide.getByRole('table', { name: 'Timeline of the session' });
  await lines.getByText('“The water is warm.”').waitFor();
  await lines.getByText('Words removed by the person').waitFor();
  await guide.getByText('I have read the whole timeline').first().waitFor();
  none(await examine(guide, '/room/{session}/record', { widths: [390, 1280] }));
});

test('record and summary are PDFs, and the record proves itself', limit, async () => {
  await doctor.goto(record);
  const pdf = await file(doctor, 'Full record (PDF)');
  const summary = await file(doctor, 'Summary (PDF)');
  for (const b of [pdf, summary]) assert.equal(b.subarray(0, 5).toString(), '%PDF-');
  const json = await file(doctor, 'The record that proves itself (JSON)');
  assert.match(await proved(json), /The record holds: \d+ entries, 2 signatures, 1 addenda.* 1 are there and 1 were taken away/);
  const other = json.toString().replace('"systolic": 138', '"systolic": 148');
  assert.notEqual(other, json.toString());
  await assert.rejects(proved(other), /do not hold|does not hold/);
});

test('what is added is signed, and stands under what was', limit, async () => {
  await doctor.goto(record);
  const form = doctor.getByRole('form', { name: 'Write an addendum' });
  await form.getByLabel('Addendum').fill('Blood pressure at their own doctor’s a week later: 122/78.');
  await form.getByRole('button', { name: 'Sign and add it' }).click();
  await doctor.getByRole('status').getByText('Your addendum is signed').waitFor();
  await doctor.getByRole('heading', { name: /^Addendum 2/ }).waitFor();
  await doctor.goto(record.replace('/record', '/sign'));
  await pageHeading(doctor, 'Sign, Medicine session of Ilan');
  assert.equal(await doctor.getByRole('form', { name: /^Sign as/ }).count(), 0);
  await guide.goto(record.replace('/record', '/sign'));
  none(await examine(guide, '/room/{session}/sign', { widths: [1280], night: false, large: false }));
});

test('a session that has ended is signed by each for their part, and is sealed by the last', limit, async () => {
  const attendant = await signIn(held, 'attendant', { width: 390 });
  await toSession(attendant, 'Yael', 'Sign the session');
  const signing = new URL(attendant.url()).pathname;
  none(await examine(attendant, '/room/{session}/sign', { widths: [390], night: false, large: false }));
  const one = async (page, part, after) => {
    await page.goto(signing);
    await pageHeading(page, 'Sign, Medicine session of Yael');
    await page.getByText(`As ${part} I answer for`).first().waitFor();
    await page.getByRole('form', { name: `Sign as ${part}` }).getByRole('button').click();
    await page.getByRole('status').getByText(after).waitFor();
  };
  await one(attendant, 'attendant', 'The session is sealed when every part is');
  await one(guide, 'guide', 'The session is sealed when every part is');
  await one(doctor, 'prescriber', 'Every part is signed now, and the session is sealed');
  await attendant.goto(signing.replace('/sign', '/record'));
  const lines = attendant.getByRole('table', { name: 'Timeline of the session' });
  await lines.getByText('Corrected by a later entry; it does not count.').waitFor();
  await lines.getByText('Corrects an earlier entry.').waitFor();
  await lines.getByText('more than five seconds').first().waitFor();
  assert.match(await proved(await file(attendant, 'The record that proves itself (JSON)')), /3 signatures, 0 addenda.* 2 are there and 0 were taken away/);
  await leave(attendant);
});

test('their words are theirs: they take one away, and everything that was signed holds', limit, async () => {
  await client.goto('/space');
  await unfold(client, 'Your care, in writing');
  await client.getByRole('link', { name: 'What you said' }).click();
  await pageHeading(client, 'What you said');
  await client.getByText('The water is warm.').waitFor();
  await client.getByText('You took these words away.').waitFor();
  await client.getByText('you keep them').waitFor();
  none(await examine(client, '/space/said', { widths: [320, 390], crisis: true }));
  await client.getByRole('button', { name: /^Take them away/ }).click();
  await client.getByRole('status').getByText('These words are gone').waitFor();
  assert.equal(await client.getByText('The water is warm.').count(), 0);
  await guide.goto(record);
  assert.equal(await guide.getByText('The water is warm.').count(), 0);
  const json = await file(guide, 'The record that proves itself (JSON)');
  assert.match(await proved(json), /2 signatures, 2 addenda.* 0 are there and 2 were taken away/);
});
