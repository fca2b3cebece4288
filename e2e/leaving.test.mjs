// Somebody comes home from a medicine session: the attendant answers on a
// tablet, the prescriber reads it live and signs, the client has their sheet.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { startDemo } from './program.mjs';
import { closeBrowser, leave } from './browser.mjs';
import { signIn } from './people.mjs';
import { pageHeading } from './ask.mjs';
import { none } from './checks.mjs';
import { examine } from './look.mjs';
import { ready } from './room.mjs';

const limit = { timeout: 4 * 60_000 };
const main = (page) => page.getByRole('main');
const press = (page, name) => page.getByRole('button', { name, exact: true }).click();

// sends is an entry of a device in the room, taken some minutes ago.
async function sends(page, held, session, device, seq, kind, body, minutes) {
  const room = `${held.url}/room/${session}`;
  const { now } = await (await page.request.get(`${room}/clock`)).json();
  const taken = new Date(new Date(now).getTime() - minutes * 60_000).toISOString();
  const answer = await page.request.post(`${room}/entries`, {
    headers: { Origin: held.url },
    data: { device, sent: now, entries: [{ id: randomUUID(), session, device, seq, kind, taken, entered: now, offset: 0, backdated: true, body }] },
  });
  assert.equal(answer.status(), 200);
  assert.deepEqual((await answer.json()).refused, []);
}

describe('going home', () => {
  let held, w, session, leaving;
  const device = randomUUID();
  before(async () => {
    held = await startDemo();
    w = await ready(held);
    session = w.session;
    leaving = `/room/${session}/leaving`;
    const opened = await w.attendant.request.post(`${held.url}/room/${session}/open`, { headers: { Origin: held.url }, form: {} });
    assert.equal(opened.status(), 200);
  });
  after(async () => {
    const faults = [];
    for (const page of w ? [w.guide, w.prescriber, w.attendant, w.client] : []) faults.push(...await leave(page));
    await closeBrowser();
    await held?.stop();
    none(faults);
  });

  const condition = (page, name) => main(page).getByRole('listitem').filter({ has: page.getByRole('heading', { name, exact: true }) });
  const stands = (page, name, words) => condition(page, name).getByText(words, { exact: true }).waitFor();

  test('without a dose there is nobody to discharge', limit, async () => {
    await w.prescriber.goto(leaving);
    await pageHeading(w.prescriber, 'Ilan, going home');
    assert.match(await main(w.prescriber).textContent(), /No dose was given[^]*nobody to discharge[^]*No medicine was given/);
    assert.equal(await w.prescriber.getByRole('button', { name: 'Sign the discharge' }).count(), 0);
  });

  test('every condition stands by itself, and what nobody answered is not answered', limit, async () => {
    await sends(w.attendant, held, session, device, 1, 'dose', { medicine: 'ketamine_im', route: 'im', mg: 34 }, 125);
    await w.attendant.setViewportSize({ width: 810, height: 1080 });
    await w.attendant.goto(leaving);
    await stands(w.attendant, 'At least 120 minutes since the dose', 'Met');
    await stands(w.attendant, 'Walks unaided', 'Not answered');
    none(await examine(w.attendant, '/room/*/leaving', {}));
    await w.attendant.setViewportSize({ width: 810, height: 1080 });
    await press(w.attendant, 'Recovery begins');
    await w.attendant.getByText('Recovery has begun.').waitFor();
  });

  test('what is typed wrong stands there again, and a reading answers its conditions', limit, async () => {
    const form = w.attendant.getByRole('form', { name: 'Enter a reading' });
    for (const [label, value] of [['Systolic, mmHg', '166'], ['Diastolic, mmHg', '98'], ['Pulse, a minute', 'fast'], ['Oxygen saturation, %', '97'], ['Breathing, a minute', '14'], ['MOAA/S, 0 to 5', '5'], ['Dissociation, 0 to 3', '0']]) {
      await form.getByLabel(label, { exact: true }).fill(value);
    }
    await press(w.attendant, 'Keep the reading');
    await w.attendant.getByRole('link', { name: /This is no pulse/ }).waitFor();
    assert.equal(await form.getByLabel('Systolic, mmHg').inputValue(), '166');
    await form.getByLabel('Pulse, a minute').fill('76');
    await press(w.attendant, 'Keep the reading');
    await stands(w.attendant, 'Pulse 50 to 110', 'Met');
    assert.match(await condition(w.attendant, 'Pulse 50 to 110').textContent(), /76 a minute, \d\d:\d\d, Tomé/);
  });

  test('the prescriber reads each answer as it is given, and accepts the blood pressure', limit, async () => {
    await w.prescriber.goto(leaving);
    await stands(w.prescriber, 'Walks unaided', 'Not answered');
    await condition(w.attendant, 'Walks unaided').getByRole('button', { name: /^Yes/ }).click();
    await stands(w.prescriber, 'Walks unaided', 'Met'); // nobody has loaded it again
    await w.prescriber.getByRole('link', { name: 'Load the page again before you sign' }).click();
    assert.equal(await w.attendant.getByText('Accept the blood pressure').count(), 0, 'the attendant does not');
    await w.prescriber.getByText('Accept the blood pressure').first().click();
    const form = w.prescriber.getByRole('form', { name: 'Accept the blood pressure' });
    await form.getByLabel('Why it is accepted').fill('A white-coat rise that I know; no symptom.');
    await form.getByRole('button', { name: 'Accept it' }).click();
    assert.match(await main(w.prescriber).textContent(), /accepted by the prescriber: “A white-coat rise/);
  });

  test('without scripts the attendant answers all the rest', limit, async () => {
    const plain = await signIn(held, 'attendant', { width: 810, js: false });
    await plain.goto(leaving);
    for (const name of ['Nausea is controlled', 'Tolerates fluids']) await condition(plain, name).getByRole('button', { name: /^Yes/ }).click();
    await condition(plain, 'Oriented: at least 4 of 4').getByRole('button', { name: /^4/ }).click();
    const score = plain.getByRole('form', { name: 'Modified Aldrete' });
    for (const item of ['Activity', 'Respiration', 'Circulation (BP against before)', 'Consciousness', 'SpO₂']) await score.getByRole('group', { name: item, exact: true }).getByRole('radio').first().check();
    await press(plain, 'Keep the score');
    assert.match(await main(plain).textContent(), /10 \(2 \+ 2 \+ 2 \+ 2 \+ 2\)/);
    await press(plain, 'They are here, in person');
    await stands(plain, 'A responsible adult is there, by name', 'Met');
    none(await leave(plain));
  });

  test('an intent is support first, and closes the way until the prescriber has asked again', limit, async () => {
    await w.attendant.reload();
    await w.attendant.locator('summary').filter({ hasText: 'Asked: there is intent' }).click();
    const form = w.attendant.getByRole('form', { name: 'Asked: there is intent' });
    await form.getByLabel('What they said').fill('I would rather not be here tomorrow.');
    await form.getByRole('button').click();
    await w.attendant.getByRole('heading', { name: 'Support first' }).waitFor();
    none(await examine(w.attendant, '/room/*/leaving, with an intent', { widths: [390] }));
    await w.guide.goto('/desk/alerts');
    assert.match(await main(w.guide).textContent(), /Ilan/);
    await w.prescriber.goto(leaving);
    assert.equal(await w.prescriber.getByRole('button', { name: 'Sign the discharge' }).count(), 0);
    await w.prescriber.getByLabel('What was done, and what they say now').fill('We talked for long. Ada stays the night; a plan is written; I call tomorrow at nine.');
    await press(w.prescriber, 'Asked again: none');
    await stands(w.prescriber, 'Asked: no acute suicidal intent', 'Met');
  });

  test('the sheet has the practice’s text and their own words, in their space and as a file', limit, async () => {
    await w.client.goto(`/space/appointments/${session}/preparation`);
    await w.client.getByRole('link', { name: 'what you take home' }).click();
    await pageHeading(w.client, 'Afterwards');
    await w.client.getByLabel('What would you like to be reminded of?').fill('That I wanted to call my sister.');
    await w.client.getByRole('button', { name: 'Keep it', exact: true }).click();
    await w.client.locator('.notice-kept').waitFor();
    await w.guide.goto(leaving);
    assert.equal(await w.guide.getByLabel('What they ask to be reminded of').inputValue(), 'That I wanted to call my sister.');
    assert.equal(await w.guide.getByRole('button', { name: 'Keep the reading' }).count(), 0, 'the guide reads');
    await w.attendant.goto(leaving);
    await press(w.attendant, 'Hand the sheet over');
    await stands(w.attendant, 'Written instructions and crisis contact were given', 'Met');
    await w.client.goto('/space');
    await main(w.client).getByRole('link', { name: /^After your session/ }).first().click();
    assert.match(await main(w.client).textContent(), /until tomorrow[^]*call my sister[^]*Your next held times[^]*calendar is free/);
    none(await examine(w.client, '/space/appointments/*/after', { crisis: true }));
    const file = await w.client.request.get(`${held.url}/space/appointments/${session}/after.pdf`);
    assert.equal(file.headers()['content-type'], 'application/pdf');
    assert.match((await file.body()).toString('latin1'), /^%PDF-/);
    const letter = await held.letter({ to: 'ilan@example.org', having: /There is something for you/ });
    assert.doesNotMatch(letter.text, /https?:/);
  });

  test('nobody signs over what they have not read; then the prescriber signs, and it is over', limit, async () => {
    await w.prescriber.goto(leaving);
    await w.prescriber.getByRole('heading', { name: 'Every condition is met' }).waitFor();
    await sends(w.attendant, held, session, device, 2, 'check', { item: 'fluids', value: true, words: 'a glass of water' }, 0);
    await press(w.prescriber, 'Sign the discharge');
    await w.prescriber.getByText(/Something has changed since you read the conditions/).first().waitFor();
    none(await examine(w.prescriber, '/room/*/leaving, to be signed', { widths: [1280] }));
    await press(w.prescriber, 'Sign the discharge');
    await w.prescriber.getByRole('heading', { name: 'Discharged' }).waitFor();
    await w.prescriber.locator('summary').click();
    assert.match(await main(w.prescriber).textContent(), /Signed by Amadeu, prescriber[^]*SHA-256/);
    none(await examine(w.prescriber, '/room/*/leaving, over', {}));
    await w.attendant.goto(leaving);
    await press(w.attendant, 'They have left');
    assert.match(await main(w.attendant).textContent(), /Ilan left at \d\d:\d\d, with Ada\./);
  });

  test('who has no part in it reads nothing of it', limit, async () => {
    for (const who of ['coordinator', 'client']) {
      const page = await signIn(held, who);
      const answer = await page.goto(leaving);
      assert.equal(answer.status(), 403, who);
      await leave(page); // the browser names the refused page
    }
  });

  test('the practice’s text is written for one version of the protocol', limit, async () => {
    await w.guide.goto('/desk/settings');
    await main(w.guide).getByRole('link', { name: 'After-care' }).click();
    none(await examine(w.guide, '/desk/after-care', {}));
    await main(w.guide).getByRole('link', { name: 'Ketamine, IM' }).click();
    none(await examine(w.guide, '/desk/after-care/*', {}));
    assert.match(await main(w.guide).textContent(), /For version 2[^]*What others have published/);
    await w.guide.getByLabel('What people are to know and do afterwards').fill('');
    await press(w.guide, 'Save for version 2');
    await w.guide.getByRole('link', { name: /Please write what people are to know/ }).waitFor();
  });
});
