// A document is published anew; a client reads, asks, signs; the guide writes
// down the talk and signs too; the copy opens, the record is proved by the
// program itself, and what was signed is withdrawn with one button.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { program, startDemo } from './program.mjs';
import { closeBrowser, leave } from './browser.mjs';
import { signIn } from './people.mjs';
import { accessible, none, shaped } from './checks.mjs';
import { pageHeading } from './ask.mjs';

const limit = { timeout: 4 * 60_000 };
const run = promisify(execFile);
let held, owner, client;
before(async () => {
  held = await startDemo();
  owner = await signIn(held, 'owner');
  client = await signIn(held, 'client', { width: 390, js: false });
});
after(async () => {
  const faults = [];
  for (const page of [owner, client]) if (page) faults.push(...await leave(page));
  await closeBrowser();
  await held?.stop();
  none(faults);
});

const touch = 'Touch';

async function ofIlan() {
  await owner.goto('/desk/people?q=Ilan');
  await owner.getByRole('main').getByRole('link', { name: 'Ilan', exact: true }).click();
  await owner.getByRole('link', { name: 'What they signed, and what waits' }).click();
  await pageHeading(owner, 'Consent of Ilan');
}

const paper = (name) => owner.getByRole('region', { name, exact: true });

test('a new version is published, and asks whoever signed an earlier one', limit, async () => {
  await owner.goto('/desk/consent');
  await owner.getByRole('main').getByRole('link', { name: touch, exact: true }).click();
  await pageHeading(owner, touch);
  const form = owner.getByRole('form', { name: 'The document' });
  const text = await form.getByLabel('The full text').inputValue();
  await form.getByLabel('The full text').fill(`${text}\n\n## The sign\n\nA raised hand.\n`);
  await form.getByRole('button', { name: 'Preview' }).click();
  await owner.getByText('This is a preview').waitFor();
  await form.getByLabel('What changed').fill('The sign for stopping is a raised hand.');
  await form.getByRole('button', { name: 'Publish' }).click();
  await owner.getByRole('alert').getByText('Please say whether').waitFor();
  await form.getByRole('radio', { name: 'signs this one before their next session' }).check();
  await form.getByRole('button', { name: 'Publish' }).click();
  await owner.getByRole('status').getByText('Published').waitFor();
  await owner.getByRole('link', { name: 'Version 2' }).waitFor();
});

test('the client reads it again, asks, and signs; on a phone with scripts off', limit, async () => {
  await client.goto('/space');
  await client.getByText('please read again').waitFor();
  await client.getByRole('link', { name: touch, exact: true }).click();
  await pageHeading(client, touch);
  await client.getByText('The sign for stopping is a raised hand.').first().waitFor();
  const asks = client.getByRole('form', { name: 'To think about' });
  await asks.getByRole('checkbox', { name: 'Let us talk about it' }).check();
  await asks.getByRole('button', { name: 'Keep what I chose' }).click();
  await client.getByText('You are asked again before each session').waitFor();
  const form = client.getByRole('form', { name: 'Sign it' });
  await form.getByLabel('Your name').fill('Ilan');
  await form.getByRole('button', { name: 'Sign', exact: true }).click();
  await client.getByRole('alert').getByText('Nothing is signed without it').waitFor();
  assert.equal(await form.getByLabel('Your name').inputValue(), 'Ilan');
  await form.getByRole('checkbox').check();
  await form.getByRole('button', { name: 'Sign', exact: true }).click();
  await client.getByRole('status').getByText('Signed.').waitFor();
});

test('the guide sees the point for the talk, writes the talk down and signs', limit, async () => {
  await ofIlan();
  const part = paper(touch);
  await part.getByText('The second signature is missing').waitFor();
  await part.getByText('What is true of you today?').waitFor();
  const signed = await part.locator('ol.trail time').last().getAttribute('datetime');
  const civil = new Date(signed).toLocaleString('sv-SE', { timeZone: 'Europe/Lisbon' }).slice(0, 16).replace(' ', 'T');
  await part.getByLabel('When').fill(civil);
  await part.getByLabel('What was asked, and answered').fill('The raised hand was practised.');
  await part.getByRole('button', { name: 'Keep the talk' }).click();
  await owner.getByRole('status').getByText('The talk stands in the record').waitFor();
  const second = owner.getByRole('form', { name: `Second signature under ${touch}` });
  await second.getByRole('checkbox').check();
  await second.getByRole('button', { name: 'Sign' }).click();
  await paper(touch).getByText('Signed by both, version 2').waitFor();
  const letter = await held.letter({ to: 'ilan@example.org', having: /\/space\/consent/ });
  assert.doesNotMatch(letter.subject + letter.text, /touch|ketamine/i);
  assert.equal((letter.attachments ?? []).length, 0);
});

test('the copy is a PDF, and the program proves the records', limit, async () => {
  await client.goto('/space/consent');
  await client.getByRole('link', { name: touch, exact: true }).click();
  const file = async (name) => {
    const [download] = await Promise.all([client.waitForEvent('download'), client.getByRole('link', { name }).click()]);
    return download.path();
  };
  const pdf = await readFile(await file('Your copy (PDF)'));
  assert.equal(pdf.subarray(0, 5).toString(), '%PDF-');
  const record = await file('The records that prove it (JSON)');
  const { stdout } = await run(program, ['consent', 'verify', '--file', record]);
  assert.match(stdout, /The file holds: .* 2 signatures of clients and 2 second signatures/);
});

test('withdrawing is one button, and the desk sees it at once', limit, async () => {
  await client.getByRole('button', { name: 'Withdraw', exact: true }).click();
  await client.getByRole('status').getByText('Withdrawn').waitFor();
  await ofIlan();
  await paper(touch).getByText('Withdrawn by the client').waitFor();
});

test('the front desk finds neither documents nor what was signed', limit, async () => {
  const front = await signIn(held, 'coordinator');
  for (const path of ['/desk/consent', new URL(owner.url()).pathname]) assert.equal((await front.request.get(held.url + path)).status(), 403);
  none(await leave(front));
});

test('the pages can be read by everybody, at the width of a telephone and of a laptop', limit, async () => {
  const found = [];
  const papers = async (page) => page.locator('.entries a').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
  for (const width of [390, 1280]) {
    const me = await signIn(held, 'client', { width });
    await me.goto('/space/consent');
    for (const path of ['/space/consent', '/space/consent/electronic', ...(await papers(me)).slice(0, 3)]) {
      await me.goto(path);
      found.push(...await accessible(me), ...await shaped(me));
    }
    const guide = await signIn(held, 'owner', { width });
    await guide.goto('/desk/consent');
    for (const path of ['/desk/consent', (await papers(guide))[0], `${(await papers(guide))[0]}/versions/1`, new URL(owner.url()).pathname]) {
      await guide.goto(path);
      found.push(...await accessible(guide), ...await shaped(guide));
    }
    none(await leave(me));
    none(await leave(guide));
  }
  none(found);
});
