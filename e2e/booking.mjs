// The visitor's steps of booking, by the names that people see. They work with
// and without scripts; each ends on the page that the step leads to.
import assert from 'node:assert/strict';
import { pageHeading } from './ask.mjs';

// chooseOffering goes from any page of the site to the times of an offering.
export async function chooseOffering(page, name) {
  await page.getByRole('link', { name: 'Book a consultation' }).first().click();
  if (await page.getByRole('heading', { level: 1, name: 'Book a time' }).count()) {
    const main = page.getByRole('main');
    const link = name ? main.getByRole('link', { name }) : main.locator('a[href^="/book/"]');
    await link.first().click();
  }
  await pageHeading(page, 'Choose a time');
}

// inZone shows the times in a zone.
export async function inZone(page, zone) {
  const field = page.getByLabel('Your time zone', { exact: true });
  if (await field.evaluate((e) => e.tagName === 'SELECT')) await field.selectOption(zone);
  else await field.fill(zone);
  await page.getByRole('button', { name: 'Show times in this zone' }).click();
  await pageHeading(page, 'Choose a time');
}

// A free time's button is named by its time and its date.
const timeName = /\b\d{1,2}:\d\d\b/;

export const freeTimes = (page) => page.getByRole('main').getByRole('button', { name: timeName });

// takeTime presses a free time, and the button behind it where there is one,
// and gives the accessible name of the time.
export async function takeTime(page, nth = 0) {
  const button = freeTimes(page).nth(nth);
  const name = (await button.textContent()).replace(/\s+/g, ' ').trim();
  await button.click();
  const hold = page.getByRole('button', { name: 'Hold this time' });
  if (await hold.count()) await hold.click();
  return name;
}

export async function fillBooking(page, { name, contact, note = '', discretion = 'Say what it is' }) {
  await page.getByLabel('What may we call you?').fill(name);
  await page.getByLabel('How can we reach you?').fill(contact);
  if (note) await page.getByLabel('Anything you want to say (optional)').fill(note);
  await page.getByRole('radio', { name: discretion }).check();
}

// waitFor walks from the site to a place on the waiting list.
export async function waitFor(page, who) {
  await chooseOffering(page);
  await page.getByRole('link', { name: 'Wait for a time' }).first().click();
  await pageHeading(page, 'Wait for a time');
  await page.getByLabel('What may we call you?').fill(who.name);
  await page.getByLabel('How can we reach you?').fill(who.contact);
  await page.getByRole('button', { name: 'Put me on the waiting list' }).click();
  await pageHeading(page, 'You are on the waiting list');
}

// cancel calls an appointment off by its link.
export async function cancel(page, link) {
  await page.goto(link);
  await page.getByRole('link', { name: 'Cancel the appointment' }).click();
  await pageHeading(page, 'Cancel this appointment?');
  await page.getByRole('button', { name: 'Yes, cancel it' }).click();
  await pageHeading(page, 'Your appointment is cancelled');
}

// book walks from the site to the confirmation and gives the chosen time.
export async function book(page, who, { zone, nth = 0, offering } = {}) {
  await chooseOffering(page, offering);
  if (zone) await inZone(page, zone);
  const time = await takeTime(page, nth);
  await pageHeading(page, /Your appointment/);
  await assertHeld(page);
  await fillBooking(page, who);
  await page.getByRole('button', { name: 'Book this time' }).click();
  await pageHeading(page, 'Your time is kept');
  return time;
}

async function assertHeld(page) {
  assert.match(await page.getByRole('main').textContent(), /This time is held for you until/);
}

// appointmentLink is the signed link in a letter.
export function appointmentLink(letter) {
  const link = letter.text.match(/https?:\/\/\S+\/appointments\/[^\s)>]+/)?.[0];
  assert.ok(link, `a letter with an appointment link, not:\n${letter.text}`);
  return link;
}

// offerLink is the link to an open time in a letter.
export function offerLink(letter) {
  const link = letter.text.match(/https?:\/\/\S+\/offers\/[^\s)>]+/)?.[0];
  assert.ok(link, `a letter with an offer, not:\n${letter.text}`);
  return link;
}

// invitation reads what a calendar would from a letter's iCalendar part.
export function invitation(letter) {
  const part = letter.attachments?.find((a) => /text\/calendar/.test(a.type));
  assert.ok(part, `an invitation in “${letter.subject}”; it has ${letter.attachments?.map((a) => a.type)}`);
  const text = part.body.replace(/\r?\n[ \t]/g, '');
  const field = (name) => text.match(new RegExp(`^${name}[^:\\r\\n]*:(.*?)\\r?$`, 'm'))?.[1];
  return {
    method: field('METHOD'), uid: field('UID'), sequence: Number(field('SEQUENCE') ?? 0),
    start: field('DTSTART'), status: field('STATUS'), summary: field('SUMMARY'),
  };
}

// inviting finds letters by what their invitation says.
export const inviting = (want) => (letter) => {
  if (!letter.attachments?.some((a) => /text\/calendar/.test(a.type))) return false;
  const got = invitation(letter);
  return Object.entries(want).every(([k, v]) => got[k] === v);
};
