// The whole path to a medicine session, through pages alone and with nothing set
// behind them: a client fills in everything on a phone over two days, with a lost
// connection in the middle; the prescriber clears; consent is signed; an escort
// says yes by a link; two people turn both keys. Then a new medication closes the
// gate, and everybody reads why.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { nextMonday, startDemo } from './program.mjs';
import { closeBrowser, leave, listen, newPage } from './browser.mjs';
import { signIn } from './people.mjs';
import { none } from './checks.mjs';
import { examine } from './look.mjs';
import { pageHeading } from './ask.mjs';
import { until } from './until.mjs';

const limit = { timeout: 4 * 60_000 };
const who = { name: 'M.', email: 'm.nine@example.org' }; // at screening: nothing is decided, signed or booked
let held, guide, prescriber, attendant, phone, person, chart, session;
before(async () => {
  held = await startDemo({ now: nextMonday().replace('T08:', 'T13:') }); // the session is at three: the hours of fasting have begun
  guide = await signIn(held, 'owner');
  prescriber = await signIn(held, 'prescriber');
});
after(async () => {
  const faults = [];
  for (const page of [guide, prescriber, attendant, phone]) if (page) faults.push(...await leave(page));
  await closeBrowser();
  await held?.stop();
  none(faults);
});

const main = (page) => page.getByRole('main');
const press = (page, name) => page.getByRole('button', { name, exact: true }).click();
const open = (page, summary) => page.getByText(summary, { exact: true }).click();
const narrow = () => phone.setViewportSize({ width: 390, height: 844 });
const today = () => held.now.toISOString().slice(0, 10);

// comesIn signs the client in as they do at home: by a link in their mail.
async function comesIn() {
  const page = await newPage(held.url, { width: 390 });
  await page.goto('/sign-in');
  await page.getByLabel('Your e-mail address').fill(who.email);
  await press(page, 'Send me a link');
  await pageHeading(page, 'Look in your mail');
  const letter = await held.letter({ to: who.email, having: /Your sign-in link/ });
  await page.goto(letter.text.match(/https?:\/\/\S+/)[0]);
  await main(page).getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL((u) => u.pathname.startsWith('/space'));
  return page;
}

const forms = {
  body: 'Your health and your medicines', mind: 'Your mind and its history', substances: 'What you take, and have taken',
  home: 'Safety, and support at home', likes: 'What helps you, and what does not',
};

test('the guide gives the forms', limit, async () => {
  await guide.goto('/desk/people');
  await main(guide).getByRole('link', { name: who.name, exact: true }).click();
  await pageHeading(guide, who.name);
  person = new URL(guide.url()).pathname;
  for (const form of Object.values(forms)) {
    const giving = guide.getByRole('form', { name: 'Give a form' });
    await giving.getByLabel('Give a form to fill in').selectOption({ label: form });
    await giving.getByRole('button', { name: 'Give it' }).click();
    await guide.getByRole('listitem').filter({ hasText: form }).filter({ hasText: 'waiting' }).first().waitFor();
  }
});

// What the client answers where it is not “No”.
const answers = [
  [/^How old are you/, '18 to 64'], [/Do you drink alcohol/, 'No, or hardly ever'],
  [/adult who could bring you home/, 'Yes'], [/be with you, or near/, 'Yes'], [/Do you take any medicines/, 'Yes'],
  [/^Touch in a session/, 'Only when I ask for it'], [/^How much would you like/, 'Now and then, softly'], [/^Music$/, 'Silence'],
  [/stretches of silence/, 'Either is fine'], [/^Light$/, 'Dim'],
];

// answersPart answers every question with choices that stands in the part which is open.
async function answersPart() {
  const groups = main(phone).getByRole('group').filter({ has: phone.getByRole('radio') });
  for (let i = 0; i < await groups.count(); i++) {
    const group = groups.nth(i);
    if (await group.getByRole('group').count() || !await group.isVisible()) continue;
    const asked = (await group.locator('legend').first().textContent()).trim();
    const said = answers.find(([q]) => q.test(asked))?.[1] ?? 'No';
    await group.getByRole('radio', { name: said, exact: true }).check();
  }
}

const begin = async (form) => {
  await phone.goto('/space/forms');
  await phone.getByRole('link', { name: new RegExp(`^(Begin|Go on): ${form}$`) }).first().click();
  await pageHeading(phone, form);
};

// finishes walks through the parts that are left, looks all of it over and sends it.
async function finishes(form, more = async () => {}) {
  for (;;) {
    await answersPart();
    await more();
    if (await phone.getByRole('button', { name: 'Look it over', exact: true }).count()) break;
    const loaded = phone.waitForEvent('load');
    await press(phone, 'Next');
    await loaded;
  }
  await press(phone, 'Look it over');
  await pageHeading(phone, `Look it over: ${form}`);
  await press(phone, 'Send it');
  await phone.getByRole('status').filter({ hasText: 'It was sent' }).waitFor();
}

test('the client fills in everything on a phone over two days, the connection lost in the middle', limit, async () => {
  phone = await comesIn();
  await begin(forms.substances);
  await finishes(forms.substances);
  await begin(forms.mind);
  await finishes(forms.mind);

  // In the middle of the next one the connection is lost; what is answered stays on the phone.
  await begin(forms.body);
  const address = phone.url();
  await phone.getByRole('group', { name: /blood pressure is high/ }).getByRole('radio', { name: 'No', exact: true }).check();
  await phone.locator('[data-said]').filter({ hasText: 'Kept.' }).waitFor();
  await phone.context().setOffline(true);
  await phone.getByRole('group', { name: /heart condition/ }).getByRole('radio', { name: 'No', exact: true }).check();
  await phone.locator('[data-said]').filter({ hasText: 'there is no connection' }).waitFor();

  // The tab is closed; on the next day another one is opened, and there is a connection.
  const context = phone.context();
  const faults = phone.faults.filter((f) => !/ERR_INTERNET_DISCONNECTED/.test(f));
  await phone.close();
  await context.setOffline(false);
  phone = await context.newPage();
  phone.faults = faults;
  listen(phone, held.url);
  await phone.goto(address);
  await until('the kept answer to be sent', async () => (await phone.locator('[data-said]').textContent()).includes('Kept.'));
  await phone.getByText('Part 1 of 6').waitFor();
  assert.ok(await phone.getByRole('group', { name: /heart condition/ }).getByRole('radio', { name: 'No', exact: true }).isChecked());
  let told = false;
  await finishes(forms.body, async () => {
    if (told || !await phone.getByRole('group', { name: /take any medicines/ }).count()) return;
    const name = phone.getByLabel('Name, as it stands on the box').first();
    await name.waitFor();
    told = true;
    await name.fill('Sertraline 50 mg');
    await phone.getByLabel('How much').first().fill('one tablet');
    await phone.getByLabel('How often').first().fill('every morning');
    await phone.getByLabel('Since when').first().fill('two years');
  });
  assert.ok(told, 'the medicine was asked for');
  for (const form of [forms.home, forms.likes]) {
    await begin(form);
    await finishes(form);
  }
  const waits = (await phone.getByRole('link', { name: /^(Begin|Go on): / }).allTextContents()).filter((link) => Object.values(forms).some((form) => link.endsWith(form)));
  assert.deepEqual(waits, [], 'nothing of it waits any more');
});

test('the prescriber reads the worklist and the chart', limit, async () => {
  await prescriber.goto('/desk/screening');
  const row = prescriber.getByRole('row').filter({ has: prescriber.getByRole('link', { name: who.name, exact: true }) });
  await row.getByText('answers to be read, and a decision').waitFor();
  assert.match(await row.textContent(), /Blood pressure at rest was not recorded.*Weight was not recorded/);
  await row.getByRole('link', { name: who.name, exact: true }).click();
  await pageHeading(prescriber, `Screening of ${who.name}`);
  await prescriber.getByText(/Protocol in force: version 2\./).waitFor(); // it opens on the medicine that has one
  assert.equal(await prescriber.getByLabel('Read the rules for').locator('option:checked').textContent(), 'Ketamine, IM');
  await prescriber.getByRole('rowheader', { name: 'Sertraline 50 mg' }).waitFor();
  chart = new URL(prescriber.url()).pathname;
});

// record opens one of the chart's forms and sends it.
async function record(summary, form, fields, part) {
  await open(prescriber, summary);
  const f = prescriber.getByRole('form', { name: form, exact: true });
  for (const [label, value] of Object.entries(fields)) await f.getByLabel(label, { exact: true }).fill(value);
  if (part) await f.getByLabel('Part of the protocol').selectOption({ label: part });
  await f.getByRole('button', { name: 'Record' }).click();
}

test('what is missing is recorded, and what was asked is answered', limit, async () => {
  await record('Record a blood pressure at rest', 'Record a blood pressure', { 'Systolic, mmHg': '124', 'Diastolic, mmHg': '78' });
  await prescriber.getByText('Blood pressure at rest 124/78 mmHg').first().waitFor();
  await record('Record a weight', 'Record a weight', { 'Weight, kg': '71.5' });
  await prescriber.getByText(/71\.5 kg/).first().waitFor();
  await record('Record the value of ALT and AST', 'ALT and AST', { 'Value, as the laboratory wrote it': '22 and 19', Unit: 'U/l' });
  await prescriber.getByText(/22 and 19/).first().waitFor();

  await phone.goto('/space/screening');
  const question = phone.getByRole('article', { name: 'A question from your prescriber' });
  await question.getByRole('textbox', { name: 'Your answer' }).fill('I have asked my aunt: nobody that she knows of.');
  await question.getByRole('button', { name: 'Send your answer' }).click();
  await phone.getByText('nobody that she knows of').waitFor();
  await phone.getByRole('article', { name: /^May we ask/ }).getByRole('button', { name: 'I’d rather not', exact: true }).click();
  await phone.getByText('You would rather not. That is kept, and is fine.').waitFor();
  await prescriber.reload();
  assert.match(await prescriber.getByRole('region', { name: 'Missing' }).textContent(), /^Missing\s*Nothing/);
});

test('the prescriber clears until a date, and the client reads it', limit, async () => {
  await prescriber.getByRole('link', { name: 'Clear until a date' }).click();
  await pageHeading(prescriber, `Clear ${who.name} until a date`);
  const last = new Date(held.now);
  last.setUTCDate(last.getUTCDate() + 60);
  await prescriber.getByLabel('Holds through').fill(last.toISOString().slice(0, 10));
  await prescriber.getByLabel('Conditions').fill('No alcohol from the day before.');
  await prescriber.getByLabel('Why, for the chart').fill('Nothing speaks against it; blood pressure is watched.');
  await press(prescriber, 'Sign the clearance');
  await prescriber.getByRole('status').getByText('Signed.').waitFor();
  await press(prescriber, 'Send the letter');
  await prescriber.getByRole('status').getByText('The letter is in their space').waitFor();

  await phone.goto('/space/screening');
  assert.match(await main(phone).textContent(), /we can go on towards the session with medicine.*No alcohol from the day before.*It holds through/s);
  await guide.goto(person);
  assert.match(await guide.getByRole('region', { name: 'Clearance' }).textContent(), /Cleared: Ketamine, IM.*No alcohol from the day before/s);
});

let papers;
test('the client reads what they agree to, document by document, and signs', limit, async () => {
  await phone.goto('/space/consent/electronic');
  await phone.getByLabel('Your name').fill('M.');
  await press(phone, 'I agree to sign electronically');
  await phone.goto('/space/consent');
  const asked = phone.locator('section').filter({ has: phone.getByRole('heading', { name: 'Before a session' }) });
  papers = await asked.getByRole('link').allTextContents();
  assert.equal(papers.length, 3);
  for (const paper of papers) {
    await phone.goto('/space/consent');
    await asked.getByRole('link', { name: paper, exact: true }).click();
    await pageHeading(phone, paper);
    await phone.getByRole('heading', { name: 'The full text' }).waitFor();
    const form = phone.getByRole('form', { name: 'Sign it' });
    await form.getByLabel('Your name').fill('M.');
    await form.getByRole('checkbox').check();
    await form.getByRole('button', { name: 'Sign', exact: true }).click();
    await phone.getByRole('status').getByText('Signed.').waitFor();
  }
});

test('the guide writes the talks down and signs too', limit, async () => {
  await guide.goto(person);
  await guide.getByRole('link', { name: 'What they signed, and what waits' }).click();
  await pageHeading(guide, `Consent of ${who.name}`);
  const morning = held.now.toLocaleString('sv-SE', { timeZone: 'Europe/Lisbon' }).slice(0, 16).replace(' ', 'T');
  for (const paper of papers) {
    const part = guide.getByRole('region', { name: paper, exact: true });
    await part.getByText('The second signature is missing').waitFor();
    await part.getByLabel('When').fill(morning);
    await part.getByLabel('What was asked, and answered').fill('What it says about the hours afterwards.');
    await part.getByRole('button', { name: 'Keep the talk' }).click();
    await guide.getByRole('status').getByText('The talk stands in the record').waitFor();
    const second = guide.getByRole('form', { name: `Second signature under ${paper}` });
    await second.getByRole('checkbox').check();
    await second.getByRole('button', { name: 'Sign' }).click();
    await part.getByText('Signed by both').waitFor();
  }
});

test('the medicine session is booked for this afternoon', limit, async () => {
  await guide.goto(person);
  await main(guide).getByRole('link', { name: 'Book an appointment' }).click();
  await pageHeading(guide, 'Book an appointment');
  await guide.getByLabel('Offering').selectOption({ label: 'Medicine session, 2 hours 30 minutes' });
  await guide.getByLabel('Date', { exact: true }).fill(today());
  await press(guide, 'Show the times');
  await guide.getByText('Time on Monday').waitFor();
  await guide.getByRole('radio', { name: /^Another time on this date/ }).check();
  await guide.getByLabel('Another time', { exact: true }).fill('15:00');
  await guide.getByRole('radio', { name: new RegExp(`^${who.name.replace('.', '\\.')}`) }).check();
  await press(guide, 'Book an appointment');
  // The client would rather not meet somebody who would be here: that is talked about first.
  await guide.getByRole('radio', { name: 'We have talked; it stays' }).check();
  await press(guide, 'Book an appointment');
  await guide.waitForURL(/\/desk\/appointments\//);
  session = guide.url().match(/appointments\/([0-9a-f-]+)/)[1];
});

const readiness = () => `/desk/appointments/${session}/readiness`;

test('the client prepares: somebody to bring them home, and the questions of the day', limit, async () => {
  await phone.goto('/space');
  await main(phone).getByRole('link', { name: /^Prepare for/ }).first().click();
  await pageHeading(phone, 'Preparing');
  const form = phone.getByRole('form', { name: 'Somebody to bring you home' });
  await form.getByLabel('What may we call them?').fill('Ada');
  await form.getByLabel('How can they be reached?').fill('ada@path.example');
  await form.getByLabel('By which name do they know you?').fill('Mafalda');
  await form.getByLabel(/They are an adult/).check();
  await form.getByRole('button', { name: 'Ask them' }).click();
  await phone.getByText('Ada: we wait for their answer.').waitFor();

  const letter = await held.letter({ to: 'ada@path.example', having: /\/escort\// });
  const guest = await newPage(held.url, { width: 390, js: false });
  await guest.goto(letter.text.match(/https?:\/\/\S+\/escort\/[^\s)>]+/)[0]);
  await pageHeading(guest, 'Bringing somebody home');
  assert.doesNotMatch(letter.subject + letter.text + await guest.content(), /Slack Water|ketamine|medicine|therap/i);
  await press(guest, 'Yes, I can');
  await guest.getByText('You said yes. Thank you.').waitFor();
  none(await leave(guest));
  await phone.reload();
  await phone.getByText('Ada: they said yes.').waitFor();
  assert.doesNotMatch(await main(phone).innerText(), / [.,]/, 'a space before a full stop');

  await phone.getByRole('link', { name: 'On the day', exact: true }).click();
  await pageHeading(phone, 'A few questions for today');
  const asked = { 'eating and drinking': 'Yes', 'changed in what you take': 'No', 'alcohol, cannabis': 'No', 'Are you ill': 'No', 'sleep enough': 'Yes', 'be pregnant': 'No', 'ending your life': 'No', 'still coming': 'Yes', 'still want': 'Yes' };
  for (const [question, answer] of Object.entries(asked)) {
    await phone.getByRole('group', { name: new RegExp(question) }).getByRole('radio', { name: answer, exact: true }).check();
  }
  await press(phone, 'Send the answers');
  await pageHeading(phone, 'Preparing');
  await phone.getByText(/On the day \(answered/).waitFor();
});

test('the prescriber says what is to be paused, and the attendant measures', limit, async () => {
  await prescriber.goto(readiness());
  await press(prescriber, 'None is needed');
  await prescriber.getByText(/None is needed\. Amadeu/).waitFor();
  assert.equal(await prescriber.getByRole('button', { name: /^Attest/ }).count(), 0, 'no key before everything is settled');

  await guide.goto(person);
  await guide.getByLabel('Add a colleague').selectOption({ label: 'Tomé, as attendant' });
  await press(guide, 'Add');
  await guide.getByText('attendant, since').waitFor();
  attendant = await signIn(held, 'attendant');
  await attendant.goto(readiness());
  const form = attendant.getByRole('form', { name: 'Vitals of the day' });
  const vitals = { 'Systolic, mmHg': '122', 'Diastolic, mmHg': '76', 'Pulse, per minute': '68', 'Oxygen saturation, %': '98', 'Breathing, per minute': '14', 'Temperature, °C': '36.6', 'Age, years': '52' };
  for (const [label, value] of Object.entries(vitals)) await form.getByLabel(label, { exact: true }).fill(value);
  await form.getByLabel('Sedation, MOAA/S').selectOption('5');
  await form.getByRole('button', { name: 'Keep the reading' }).click();
  await attendant.getByText(/122\/76.*Tomé/).waitFor();
  assert.equal(await attendant.getByRole('button', { name: /^Attest/ }).count(), 0, 'an attendant holds no key');
});

test('two people turn both keys, and all three read that it may begin', limit, async () => {
  await guide.goto(readiness());
  await main(guide).getByText('Every condition is settled or passed. What is missing is a key.').waitFor();
  assert.equal(await guide.getByRole('button', { name: 'Attest as prescriber' }).count(), 0, 'each turns their own');
  await press(guide, 'Attest as guide');
  await guide.getByText(/^Attested by Leonor/).waitFor();
  await guide.getByRole('heading', { name: 'The session may not begin' }).waitFor();
  await prescriber.goto(readiness());
  await press(prescriber, 'Attest as prescriber');
  await prescriber.getByText(/^Attested by Amadeu/).waitFor();

  const found = [];
  for (const page of [prescriber, guide, attendant]) {
    await page.goto(readiness());
    await page.getByRole('heading', { name: 'The session may begin', exact: true }).waitFor();
    assert.match(await main(page).textContent(), /both keys are turned over them as they stand.*Attested by Amadeu.*Attested by Leonor/s);
  }
  found.push(...await examine(prescriber, 'an open gate, to the prescriber'));
  await phone.goto(`/space/appointments/${session}/readiness`);
  assert.match(await main(phone).textContent(), /Everything is settled, and your prescriber and your guide have both said yes.*Amadeu has said yes.*Leonor has said yes/s);
  found.push(...await examine(phone, 'an open gate, to the client', { crisis: true }));
  await narrow();
  none(found);
});

test('a new medication closes the gate, and everybody sees why', limit, async () => {
  const news = 'Since this morning a tablet for my blood pressure.';
  await phone.getByRole('link', { name: 'Preparing' }).click();
  await phone.getByLabel('What has changed').fill(news);
  await press(phone, 'Tell us');
  await phone.getByText('Your prescriber has not looked at it yet.').waitFor();
  for (const email of ['amadeu@example.org', 'leonor@example.org']) {
    const letter = await held.letter({ to: email, having: /waits for your eyes/, where: (l) => l.text.includes(readiness()) });
    assert.doesNotMatch(letter.subject + letter.text, /tablet|blood pressure|ketamine/i, 'a letter says only that something is there');
  }

  const found = [];
  for (const [page, why] of [[prescriber, 'waits for your review'], [guide, 'The prescriber has not looked at it yet'], [attendant, 'The prescriber has not looked at it yet']]) {
    await page.reload();
    await page.getByRole('heading', { name: 'The session may not begin' }).waitFor();
    const said = await main(page).textContent();
    for (const words of [news, why, 'Amadeu attested on', 'Leonor attested on', 'It counts no more, because of']) assert.ok(said.includes(words), `“${words}” in ${said}`);
    assert.equal(await page.getByRole('button', { name: /^Attest/ }).count(), 0, 'no key is turned over it');
  }
  found.push(...await examine(prescriber, 'a closed gate, to the prescriber'), ...await examine(guide, 'a closed gate, to the guide'));
  await phone.getByRole('link', { name: 'What still has to be settled' }).click();
  await pageHeading(phone, 'What still has to be settled');
  const own = await main(phone).innerText();
  assert.doesNotMatch(own, / [.,]/, 'a space before a full stop');
  for (const words of ['You told us of a change', 'Amadeu had said yes. Something has changed since, so they look again: What you told us has changed', 'Leonor had said yes.']) assert.ok(own.includes(words), `“${words}” in ${own}`);
  found.push(...await examine(phone, 'a closed gate, to the client', { crisis: true }));
  none(found);
});
