// Forms: given at the desk, filled in on a phone with a lost connection in the
// middle, without scripts too, read by whom they are for; and what another
// renderer makes of them.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { writeFile, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDemo } from './program.mjs';
import { closeBrowser, leave, newPage } from './browser.mjs';
import { signIn } from './people.mjs';
import { none } from './checks.mjs';
import { examine } from './look.mjs';
import { pageHeading } from './ask.mjs';
import { fhir, serve } from './lforms.mjs';
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

// give gives the demo's client a form, and tells its page.
async function give(form) {
  await owner.goto('/desk/people?q=Ilan');
  await owner.getByRole('row').getByRole('link', { name: 'Ilan', exact: true }).click();
  const giving = owner.getByRole('form', { name: 'Give a form' });
  await giving.getByLabel('Give a form to fill in').selectOption({ label: form });
  await giving.getByRole('checkbox', { name: 'Also when the same one waits already' }).check();
  await giving.getByRole('button', { name: 'Give it' }).click();
  await owner.getByRole('listitem').filter({ hasText: form }).filter({ hasText: 'waiting' }).first().waitFor();
}

const begin = (page, form) => page.getByRole('link', { name: `Begin: ${form}` }).first().click();
const said = (page, words) => page.locator('[data-said]').filter({ hasText: words }).waitFor();

test('a form is filled in on a phone, with a lost connection in the middle', limit, async () => {
  await give('Who brings you home');
  const phone = await signIn(held, 'client', { width: 390 });
  await phone.goto('/space/forms');
  none(await examine(phone, 'the list of forms', { crisis: true }));
  await phone.setViewportSize({ width: 390, height: 844 });
  await begin(phone, 'Who brings you home');
  await pageHeading(phone, 'Who brings you home');
  assert.ok(!await phone.getByLabel('What shall we call them?').isVisible(), 'asked before it is asked for');
  await phone.getByRole('radio', { name: 'Yes' }).first().check();
  await phone.getByLabel('What shall we call them?').waitFor();
  await said(phone, 'Kept.');
  none(await examine(phone, 'a page of a form', { crisis: true }));
  await phone.setViewportSize({ width: 390, height: 844 });
  const address = phone.url();

  await phone.context().setOffline(true);
  await phone.getByLabel('What shall we call them?').fill('Noa');
  await phone.getByLabel('How do we reach them on the day?').fill('+351 21 000 0000');
  await phone.getByLabel('How do we reach them on the day?').blur();
  await said(phone, 'there is no connection');
  const kept = await phone.evaluate(async () => {
    const [db] = (await indexedDB.databases()).filter((d) => d.name.startsWith('held-answers-'));
    const open = await new Promise((yes) => { const r = indexedDB.open(db.name); r.onsuccess = () => yes(r.result); });
    const all = await new Promise((yes) => { const r = open.transaction('answers').objectStore('answers').getAll(); r.onsuccess = () => yes(r.result); });
    const text = all.map((a) => new TextDecoder('latin1').decode(a.sealed)).join();
    open.close();
    return { count: all.length, clear: /Noa|351/.test(text) };
  });
  assert.equal(kept.count, 2, 'what was not sent is on the device');
  assert.ok(!kept.clear, 'and not in the clear');

  // The tab is closed, and the next day another one is opened, with a connection.
  const context = phone.context();
  phone.faults.splice(0); // the lost connection
  await phone.close();
  await context.setOffline(false);
  const again = await context.newPage();
  await again.goto(`${address}?part=1`);
  await until('the kept answers to be sent', async () => (await again.locator('[data-said]').textContent()).includes('Kept.'));
  assert.equal(await again.getByLabel('What shall we call them?').inputValue(), 'Noa');

  // On another device everything is there.
  const laptop = await signIn(held, 'client');
  await laptop.goto(`${address}?part=1`);
  assert.equal(await laptop.getByLabel('How do we reach them on the day?').inputValue(), '+351 21 000 0000');
  await laptop.goto(`${new URL(address).pathname}?part=all`);
  await laptop.getByLabel('How long does it take, about? (minutes)').fill('soon');
  await laptop.getByRole('button', { name: 'Look it over' }).click();
  await laptop.getByRole('alert').getByRole('link', { name: /whole number/ }).waitFor();
  await laptop.getByLabel('How long does it take, about? (minutes)').fill('25');
  await laptop.getByRole('button', { name: 'Look it over' }).click();
  await pageHeading(laptop, 'Look it over: Who brings you home');
  none(await examine(laptop, 'looking it over', { crisis: true }));
  await laptop.getByRole('button', { name: 'Send it' }).click();
  await laptop.getByRole('status').filter({ hasText: 'It was sent' }).waitFor();

  await owner.reload();
  await owner.getByRole('link', { name: 'Who brings you home' }).first().click();
  await owner.getByText('+351 21 000 0000').waitFor();
  none(await examine(owner, 'what was answered, at the desk'));
  laptop.faults = laptop.faults.filter((f) => !f.includes('422'));
  none(await leave(laptop));
  await context.close();
});

test('a form works with scripts off, asks more where an answer asks for it, and can be corrected', limit, async () => {
  await give('In your own words');
  const page = await signIn(held, 'client', { width: 390, js: false });
  await page.goto('/space/forms');
  await begin(page, 'In your own words');
  await page.getByLabel('What brings you here, in your own words?').fill('The waiting.');
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByText('Part 2 of 4').waitFor();
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByRole('radio', { name: 'Yes, elsewhere' }).check();
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByText('A few more questions follow').waitFor();
  await page.getByLabel('What was it like?').fill('Wide.');
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByRole('button', { name: 'Look it over' }).click();
  await page.getByText('Wide.').waitFor();
  await page.getByRole('button', { name: 'Send it' }).click();
  await page.getByText('It was sent').waitFor();
  await page.getByRole('link', { name: 'In your own words' }).first().click();
  await page.getByRole('button', { name: 'Correct it' }).click();
  await page.getByLabel('What brings you here, in your own words?').fill('The waiting, and the stairs.');
  await page.getByRole('button', { name: 'Keep it and pause' }).click();
  await page.getByText('Being corrected').waitFor();
  await page.getByRole('link', { name: 'Go on: In your own words' }).click();
  await page.goto(`${new URL(page.url()).pathname}?part=review`);
  await page.getByRole('button', { name: 'Send it' }).click();
  await page.getByRole('link', { name: 'In your own words' }).first().click();
  await page.getByText('The waiting, and the stairs.').waitFor();
  await page.getByText('As you sent it before').waitFor();
  none(await leave(page));
});

test('a guide writes a form, sees how it will look and publishes it; a bad file is refused with the place', limit, async () => {
  await owner.goto('/desk/forms');
  none(await examine(owner, 'the library of forms'));
  const dir = await mkdtemp(join(tmpdir(), 'held-forms-'));
  const bad = join(dir, 'bad.json');
  await writeFile(bad, JSON.stringify({ resourceType: 'Questionnaire', status: 'draft', title: 'X', item: [{ linkId: 'a', type: 'choice', text: 'A', enableWhen: [{ question: 'b', operator: '=', answerString: 'x' }] }] }));
  const form = owner.getByRole('form', { name: 'Bring a form in' });
  await form.getByLabel('File').setInputFiles(bad);
  await form.getByRole('button', { name: 'Bring it in' }).click();
  await owner.getByText('item[0].enableWhen[0].question').waitFor();
  await owner.getByRole('form', { name: 'Write a new form' }).getByLabel('Title').fill('Before the next time');
  await owner.getByRole('button', { name: 'Begin' }).click();
  await pageHeading(owner, 'Edit: Before the next time');
  await owner.getByRole('button', { name: /^Add a question/ }).first().click();
  await owner.getByLabel('Words', { exact: true }).fill('How did you sleep?');
  await owner.getByLabel('Kind').selectOption('choice');
  await owner.getByLabel('Choices').fill('Well | well | 0\nNot, and I am afraid of what I might do | afraid | 2 | danger');
  none(await examine(owner, 'the editor'));
  await owner.getByRole('form', { name: 'Change the item' }).getByRole('button', { name: 'Save' }).click();
  await owner.getByRole('link', { name: 'Preview' }).click();
  await owner.getByRole('radio', { name: /I am afraid/ }).waitFor();
  await owner.goBack();
  await owner.getByRole('link', { name: 'Back to the form' }).click();
  await owner.getByRole('button', { name: 'Publish the draft' }).click();
  await owner.getByRole('link', { name: 'Preview of version 1' }).waitFor();
  none(await examine(owner, 'a form in the library'));
  owner.faults = owner.faults.filter((f) => !f.includes('422'));
  await give('Before the next time');

  // An answer that may mean danger brings support at once, before anything is sent.
  const phone = await signIn(held, 'client', { width: 390 });
  await phone.goto('/space/forms');
  await begin(phone, 'Before the next time');
  assert.ok(!await phone.getByText('You do not have to carry this alone').isVisible());
  await phone.getByRole('radio', { name: /I am afraid/ }).check();
  await phone.getByText('You do not have to carry this alone').waitFor();
  await phone.getByRole('link', { name: 'People to talk to now' }).waitFor();
  none(await examine(phone, 'support beside a form', { crisis: true }));
  none(await leave(phone));
});

test('another renderer shows our forms, and answers made there come in', limit, async () => {
  const lhc = await serve();
  try {
    await give('What helps you, and what does not');
    const client = await signIn(held, 'client');
    await client.goto('/space/forms');
    await begin(client, 'What helps you, and what does not');
    const mine = new URL(client.url()).pathname;
    const form = await (await client.request.get(`${mine}/questionnaire.json`)).json();
    assert.equal(form.resourceType, 'Questionnaire');

    const there = await newPage(lhc.url);
    await there.goto('/');
    await until('LHC-Forms to be there', () => there.evaluate(() => Boolean(window.LForms?.Util?.addFormToPage)));
    await there.addScriptTag({ url: fhir });
    await there.evaluate((q) => window.LForms.Util.addFormToPage(q, 'form', { fhirVersion: 'R4' }), form);
    await there.getByText('A word or sign by which everybody stops').waitFor();
    for (const group of form.item) await there.getByText(group.text, { exact: true }).first().waitFor();
    await there.getByRole('textbox', { name: 'A word or sign by which everybody stops' }).fill('Lighthouse');
    await there.getByRole('textbox', { name: 'What would you like to be called in the room?' }).fill('Il');
    await there.getByRole('textbox', { name: 'What would you like to be called in the room?' }).blur();
    const answers = await there.evaluate(() => window.LForms.Util.getFormFHIRData('QuestionnaireResponse', 'R4'));
    const dir = await mkdtemp(join(tmpdir(), 'held-lhc-'));
    const file = join(dir, 'answers.json');
    await writeFile(file, JSON.stringify(answers));
    await there.context().close();

    await client.getByText('You have the answers in a file?').click();
    await client.getByLabel(/QuestionnaireResponse/).setInputFiles(file);
    await client.getByRole('button', { name: 'Bring the answers in' }).click();
    await client.getByText('The answers from the file were put in').waitFor();
    assert.equal(await client.getByLabel('A word or sign by which everybody stops').inputValue(), 'Lighthouse');
    await client.goto(`${mine}?part=2`);
    assert.equal(await client.getByLabel('What would you like to be called in the room?').inputValue(), 'Il');
    none(await leave(client));
  } finally {
    lhc.stop();
  }
});
