// Somebody is invited at the desk and books by the link in their letter, on a
// phone with scripts off. Then the new pages in each of their states.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { startDemo } from './program.mjs';
import { closeBrowser, leave, newPage } from './browser.mjs';
import { signIn } from './people.mjs';
import { none, shaped, supported } from './checks.mjs';
import { examine } from './look.mjs';
import { pageHeading } from './ask.mjs';
import { appointmentLink, freeTimes, inZone, takeTime } from './booking.mjs';
import { go } from './desk.mjs';

const limit = { timeout: 4 * 60_000 };
const invited = 'Preparation session'; // by invitation only at the demo practice
let held, guide;
before(async () => {
  held = await startDemo();
  guide = await signIn(held, 'owner');
});
after(async () => {
  const faults = guide ? await leave(guide) : [];
  await closeBrowser();
  await held?.stop();
  none(faults);
});

// invite walks from somebody's page at the desk to the letter, and gives its link.
async function invite(name, contact, { offering, look = async () => {} } = {}) {
  await go(guide, 'People');
  await guide.getByLabel('Find by working name').fill(name);
  await guide.getByRole('button', { name: 'Find' }).click();
  await guide.getByRole('main').getByRole('link', { name, exact: true }).click();
  await pageHeading(guide, name);
  await guide.getByRole('link', { name: 'Invite them to book' }).click();
  await pageHeading(guide, 'Invite somebody to book');
  await look('the form that invites');
  const options = await guide.getByLabel('Offering').locator('option').allTextContents();
  await guide.getByLabel('Offering').selectOption({ label: options.find((o) => o.startsWith(offering)) });
  await guide.getByRole('radio', { name: '7 days' }).check();
  await guide.getByRole('button', { name: 'Send the invitation' }).click();
  await guide.getByText('The invitation is on its way.').waitFor();
  const letter = await held.letter({ to: contact, having: /\/invitations\// });
  return { letter, link: letter.text.match(/https?:\/\/\S+\/invitations\/[^\s)>]+/)[0] };
}

test('invited at the desk, booked on a phone with scripts off', limit, async () => {
  const phone = await newPage(held.url, { width: 390, js: false, zone: 'America/New_York' });
  const found = [];
  const whole = async (where) => { found.push(...[...await shaped(phone), ...await supported(phone)].map((w) => `${where}: ${w}`)); };
  const refused = await phone.goto('/book/preparation');
  assert.equal(refused.status(), 403, 'whoever is not invited is refused');

  const { letter, link } = await invite('Oriel', 'oriel@example.org', { offering: invited });
  assert.doesNotMatch(letter.subject + letter.text, /Preparation|ketamine|therap/i, 'a letter that says little');

  await phone.goto(link);
  await pageHeading(phone, 'Choose a time');
  await whole('times');
  await inZone(phone, 'Asia/Kathmandu');
  await phone.getByRole('link', { name: 'Later days' }).first().click();
  await phone.getByRole('link', { name: 'Earlier days' }).first().click();
  await freeTimes(phone).first().waitFor();
  await takeTime(phone, 1);
  await pageHeading(phone, 'Your appointment');
  await whole('the form');
  const main = phone.getByRole('main');
  assert.match(await main.textContent(), /You are invited as Oriel/);
  assert.match(await main.textContent(), /This time is held for you until/);
  assert.doesNotMatch(await main.textContent(), /oriel@example\.org/);
  assert.equal(await phone.getByLabel('What may we call you?').count(), 0, 'the name is not asked again');

  // A mistake, and the way back to the times: the invitation stays.
  await phone.getByLabel('Anything you want to say (optional)').fill('n'.repeat(2001));
  await phone.getByRole('button', { name: 'Book this time' }).click();
  await phone.getByRole('heading', { name: 'Please look at this again' }).waitFor();
  await whole('the form with a mistake');
  await phone.getByRole('button', { name: 'Choose another time' }).click();
  await pageHeading(phone, 'Choose a time');
  assert.match(await phone.getByRole('main').textContent(), /Kathmandu/);
  await takeTime(phone, 2);
  await phone.getByRole('button', { name: 'Book this time' }).click();
  await pageHeading(phone, 'Your time is kept');
  assert.match(await phone.getByRole('main').textContent(), /Oriel/);
  const confirmed = await held.letter({ to: 'oriel@example.org', having: /Your time is kept/, where: (l) => l.text.includes('/appointments/') });
  assert.ok(appointmentLink(confirmed));

  // Once is once.
  const again = await phone.goto(link);
  assert.equal(again.status(), 410);
  await pageHeading(phone, 'This invitation has been used');
  await whole('an invitation that was used');
  await phone.getByRole('link', { name: 'Your appointment' }).click();
  await pageHeading(phone, 'Your appointment');
  none([...found, ...await leave(phone)]);
});

test('a client finds their invitation in their space', limit, async () => {
  const client = await signIn(held, 'client', { width: 390 });
  const found = await examine(client, 'the space with an invitation', { widths: [320, 1280], crisis: true });
  await client.getByRole('link', { name: 'Choose a time' }).first().click();
  await pageHeading(client, 'Choose a time');
  found.push(...await examine(client, 'times for whoever is invited', { widths: [320, 1280], crisis: true }));
  await takeTime(client);
  await pageHeading(client, 'Your appointment');
  assert.match(await client.getByRole('main').textContent(), /You are invited as Ilan/);
  found.push(...await examine(client, 'the form for whoever is invited', { widths: [320, 1280], crisis: true }));
  none([...found, ...await leave(client)]);
});

test('invitations at the desk: the form, the list, taken back', limit, async () => {
  const found = [];
  const look = async (where) => { found.push(...await examine(guide, where, { widths: [320, 1280] })); };
  const { link } = await invite('Sefa', 'sefa@example.org', { offering: invited, look });
  await look('a page of somebody who is invited');
  await go(guide, 'Calendar');
  await guide.getByRole('link', { name: 'Invitations' }).click();
  await pageHeading(guide, 'Invitations');
  await look('the list of invitations');
  await guide.getByRole('button', { name: 'Take it back from Sefa' }).click();
  await pageHeading(guide, 'Invitations');
  assert.equal(await guide.getByRole('main').getByRole('link', { name: 'Sefa' }).count(), 0);

  // Sent as it is, the form says what it needs.
  await guide.getByRole('link', { name: 'Invite somebody to book' }).click();
  await guide.getByRole('button', { name: 'Send the invitation' }).click();
  await guide.getByRole('heading', { name: 'Please look at this again' }).waitFor();
  await look('the form that invites, with a mistake');
  await guide.setViewportSize({ width: 1280, height: 900 });

  const visitor = await newPage(held.url, { width: 390 });
  const gone = await visitor.goto(link);
  assert.equal(gone.status(), 410);
  await pageHeading(visitor, 'This invitation has ended');
  found.push(...await examine(visitor, 'an invitation that was taken back', { widths: [320, 1280], crisis: true }));
  const forged = await visitor.goto('/invitations/forged');
  assert.equal(forged.status(), 404);
  none([...found, ...await leave(visitor)]);
});
