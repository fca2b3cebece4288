// A medicine session of the demo that may begin, and a room that is open: what
// the tests of the room begin with. All of it goes through pages.
import assert from 'node:assert/strict';
import { leave, newPage } from './browser.mjs';
import { pageHeading } from './ask.mjs';
import { signIn } from './people.mjs';

const main = (page) => page.getByRole('main');
const press = (page, name) => page.getByRole('button', { name, exact: true }).click();

// book books a medicine session for this afternoon.
async function book(guide, name, day, time) {
  await guide.goto('/desk/people');
  await main(guide).getByRole('link', { name, exact: true }).click();
  await pageHeading(guide, name);
  const person = new URL(guide.url()).pathname;
  await main(guide).getByRole('link', { name: 'Book an appointment' }).click();
  await pageHeading(guide, 'Book an appointment');
  await guide.getByLabel('Offering').selectOption({ label: 'Medicine session, 2 hours 30 minutes' });
  await guide.getByLabel('Date', { exact: true }).fill(day);
  await press(guide, 'Show the times');
  await guide.getByText(/^Time on [A-Z]/).first().waitFor();
  await guide.getByRole('radio', { name: /^Another time on this date/ }).check();
  await guide.getByLabel('Another time', { exact: true }).fill(time);
  await guide.getByRole('radio', { name: new RegExp(`^${name}`) }).check();
  await press(guide, 'Book an appointment');
  await guide.waitForURL(/\/desk\/appointments\//);
  return { person, session: guide.url().match(/appointments\/([0-9a-f-]+)/)[1] };
}

// escorted names somebody who brings them home, who says yes.
async function escorted(held, client, session) {
  await client.goto(`/space/appointments/${session}/preparation`);
  const form = client.getByRole('form', { name: 'Somebody to bring you home' });
  await form.getByLabel('What may we call them?').fill('Ada');
  await form.getByLabel('How can they be reached?').fill('+351 21 555 0188');
  await form.getByLabel('By which name do they know you?').fill('Ilan');
  await form.getByLabel(/They are an adult/).check();
  await press(client, 'Ask them');
  await client.locator('.notice-kept').waitFor();
  const link = await client.locator('held-copy output').textContent();
  const guest = await newPage(held.url, { width: 390, js: false });
  await guest.goto(link);
  await press(guest, 'Yes, I can');
  await leave(guest);
}

export const vitals = { 'Systolic, mmHg': '122', 'Diastolic, mmHg': '76', 'Pulse, per minute': '68', 'Oxygen saturation, %': '98', 'Breathing, per minute': '14', 'Temperature, °C': '36.6', 'Age, years': '52' };

async function measured(page, readiness) {
  await page.goto(readiness);
  const form = page.getByRole('form', { name: 'Vitals of the day' });
  for (const [label, value] of Object.entries(vitals)) await form.getByLabel(label, { exact: true }).fill(value);
  await form.getByLabel('Sedation, MOAA/S').selectOption('5');
  await press(page, 'Keep the reading');
  await page.getByText(/122\/76/).first().waitFor();
}

// passed lets the prescriber go on without what the client did not answer.
async function passed(prescriber, readiness, what) {
  await prescriber.goto(readiness);
  const part = prescriber.locator('details').filter({ hasText: `Go on without it: ${what}` });
  await part.locator('summary').click();
  await part.getByRole('textbox').fill('Asked in person; nothing against it.');
  await part.getByRole('button').click();
  await prescriber.getByRole('status').first().waitFor();
}

// ready brings the demo's client to the door of the room, with both keys turned.
export async function ready(held, { time = '15:00' } = {}) {
  const [guide, prescriber, attendant, client] = [await signIn(held, 'owner'), await signIn(held, 'prescriber'), await signIn(held, 'attendant'), await signIn(held, 'client', { width: 390 })];
  const { person, session } = await book(guide, 'Ilan', held.now.toISOString().slice(0, 10), time);
  await guide.goto(person);
  if (!await guide.getByText('attendant, since').count()) {
    await guide.getByLabel('Add a colleague').selectOption({ label: 'Tomé, as attendant' });
    await press(guide, 'Add');
    await guide.getByText('attendant, since').waitFor();
  }
  const readiness = `/desk/appointments/${session}/readiness`;
  await escorted(held, client, session);
  await measured(attendant, readiness);
  await prescriber.goto(readiness);
  await press(prescriber, 'None is needed');
  await prescriber.getByRole('status').first().waitFor();
  for (const what of ['Day-of check-in', 'Fasting by protocol']) await passed(prescriber, readiness, what);
  await guide.goto(readiness);
  await press(guide, 'Attest as guide');
  await guide.getByText(/^Attested by Leonor/).waitFor();
  await prescriber.goto(readiness);
  await press(prescriber, 'Attest as prescriber');
  await prescriber.getByText(/^Attested by Amadeu/).waitFor();
  return { guide, prescriber, attendant, client, session, room: `/room/${session}` };
}

// tonight is the demo's own session of this evening, whose gate is open already.
export async function tonight(held) {
  const [guide, prescriber, attendant] = [await signIn(held, 'owner'), await signIn(held, 'prescriber'), await signIn(held, 'attendant')];
  await guide.goto('/desk');
  await main(guide).getByRole('link', { name: /19:30$/ }).first().click();
  const room = await main(guide).getByRole('link', { name: 'The medicine room' }).getAttribute('href');
  return { guide, prescriber, attendant, room, session: room.split('/').pop() };
}

// opened opens the room from its own page, as whoever is here does.
export async function opened(page, room) {
  await page.goto(room);
  await press(page, 'Open the room');
  await inside(page);
}

export const inside = (page) => page.getByRole('button', { name: 'Vitals', exact: true }).waitFor();

// sameClock gives a page the practice's clock, as a device has that is set right.
export async function sameClock(page, room, ahead = 0) {
  const { now } = await (await page.request.get(`${room}/clock`)).json();
  await page.clock.install({ time: new Date(new Date(now).getTime() + ahead) });
}

// pad types figures on the number pad with a finger.
export async function pad(page, figures) {
  const keys = page.getByRole('group', { name: 'Number pad' });
  for (const d of figures) await keys.getByRole('button', { name: d, exact: true }).click();
}

export const lines = (page) => page.getByRole('region', { name: 'Timeline' }).getByRole('listitem');

// line is one of the timeline, by its words.
export const line = (page, words) => lines(page).filter({ hasText: words });

// sent waits until nothing of a device is waiting.
export async function sent(page) {
  await page.getByText('Everything here is with the practice.').waitFor();
}

export async function unsent(page, n) {
  await page.getByText(`Waiting to be sent: ${n}.`).waitFor();
}

// counted gives how often words stand in the practice's own state of a room.
export async function kept(page, room, session, where) {
  const answer = await page.request.get(`${room}/state`);
  assert.equal(answer.status(), 200);
  const state = await answer.json();
  return state.seats.find((s) => s.session === session).entries.filter(where);
}
