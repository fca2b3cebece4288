// What a visitor's pages look like in each state that is not met by links
// alone: sent back, sent, answered, taken, changed, cancelled, offered, gone.
import { after, before, test } from 'node:test';
import { startDemo } from './program.mjs';
import { closeBrowser, leave, newPage } from './browser.mjs';
import { signIn } from './people.mjs';
import { none } from './checks.mjs';
import { examine } from './look.mjs';
import { refuse, told } from './refused.mjs';
import { ask, pageHeading, readAnswer } from './ask.mjs';
import { answer } from './desk.mjs';
import { appointmentLink, book, cancel, chooseOffering, fillBooking, freeTimes, offerLink, takeTime, waitFor } from './booking.mjs';

const limit = { timeout: 4 * 60_000 };
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

// visit walks as a visitor and looks where it is told to.
async function visit(walk, options) {
  const page = await newPage(held.url, options);
  const found = [];
  const look = async (where, heading) => {
    if (heading) await pageHeading(page, heading);
    found.push(...await examine(page, where, { widths: [320, 1280], crisis: true }));
  };
  await walk(page, look, found);
  none([...found, ...await leave(page)]);
}

test('a question: refused, sent, waiting, answered, closed, not found', limit, () => visit(async (page, look, found) => {
  found.push(...await refuse(page, `${held.url}/questions`));
  await page.goto('/questions/AAAA-BBBB-CCCC-DDDD');
  await look('a code that nobody was given', 'Nothing is here');
  await page.goto('/');
  const code = await ask(page, 'Is the house quiet in the evening?');
  await look('a question that was sent');
  await readAnswer(page, code);
  await look('a question that waits');
  found.push(...await refuse(page, page.url()));
  await answer(guide, /quiet in the evening/, 'Yes. The street sleeps at eight.');
  await readAnswer(page, code);
  await look('a question with its answer');
  await page.getByRole('button', { name: 'Close the question' }).click();
  await page.getByText('This question is closed').waitFor();
  await look('a question that is closed');
}));

test('signing in: refused, sent, by a link, by a link that was used', limit, () => visit(async (page, look, found) => {
  found.push(...await refuse(page, `${held.url}/sign-in`));
  await page.getByLabel('Your e-mail address').fill('house@example.org');
  await page.getByRole('button', { name: 'Send me a link' }).click();
  await look('a link was sent', 'Look in your mail');
  await page.goto('/sign-in/0123456789abcdefghijklmnopqrstuv');
  await look('a sign-in link that is used up', 'This has ended');
}));

test('booking: an unknown zone, a mistake, taken before the form, taken behind it, kept, changed, cancelled', limit, () => visit(async (page, look, found) => {
  const robin = { name: 'Robin', contact: 'robin@states.example' };
  await page.goto('/');
  await chooseOffering(page);
  const times = page.url().replace(/\?.*/, '');
  await page.goto(`${times}?zone=Nowhere/Atlantis`);
  await look('times in a zone that is not known', 'Choose a time');

  // Two want one time: who presses second is shown others.
  await page.goto(times);
  const other = await newPage(held.url);
  await other.goto(times);
  await takeTime(page);
  await pageHeading(page, 'Your appointment');
  await look('the booking form');
  await takeTime(other);
  await pageHeading(other, 'This time has just been taken');
  found.push(...await examine(other, 'a time that was taken', { crisis: true }));

  await page.getByRole('button', { name: 'Book this time' }).click();
  await page.getByRole('heading', { name: 'Please look at this again' }).waitFor();
  found.push(...await told(page, 'an empty booking'));
  await look('an empty booking');

  // The time is given back elsewhere and booked by somebody else meanwhile.
  await fillBooking(page, robin);
  const elsewhere = await page.context().newPage();
  await elsewhere.goto(times);
  await page.goBack();
  const form = page.url();
  await elsewhere.goto(form);
  await elsewhere.getByRole('button', { name: 'Choose another time' }).click();
  await pageHeading(elsewhere, 'Choose a time');
  await page.goto(form);
  await page.getByText('not held for you at the moment').waitFor();
  await look('a form whose time is not held any more', 'Your appointment');
  await other.goto('/');
  await book(other, { name: 'Quicker', contact: 'quick@states.example' });
  await fillBooking(page, robin);
  await page.getByRole('button', { name: 'Book this time' }).click();
  await look('a form whose time was taken', 'This time has just been taken');
  await page.getByRole('group', { name: 'Free times near it' }).getByRole('radio').first().check();
  await page.getByRole('button', { name: 'Book this time' }).click();
  await look('the confirmation', 'Your time is kept');

  const link = appointmentLink(await held.letter({ to: robin.contact }));
  await page.goto(link);
  await look('the appointment', 'Your appointment');
  await page.getByRole('link', { name: 'Change the time' }).click();
  await look('choosing another time', 'Choose a time');
  await freeTimes(page).nth(1).click();
  await page.getByText('The time was changed.').waitFor();
  await look('the changed appointment', 'Your appointment');
  await page.getByRole('link', { name: 'Cancel the appointment' }).click();
  await look('asking once more', 'Cancel this appointment?');
  await page.getByRole('button', { name: 'Yes, cancel it' }).click();
  await look('the cancelled appointment', 'Your appointment is cancelled');
  found.push(...await leave(other));
}, { zone: 'Asia/Kolkata' }));

test('the waiting list: refused, waiting, offered, let go, gone, left', limit, () => visit(async (page, look, found) => {
  await page.goto('/');
  await chooseOffering(page);
  found.push(...await refuse(page, page.url().replace(/\?.*/, '/wait')));
  await page.goto('/');
  const wren = { name: 'Wren', contact: 'wren@states.example' };
  await waitFor(page, wren);
  await look('a place on the list', 'You are on the waiting list');
  const place = page.url();

  const quick = await newPage(held.url);
  await quick.goto('/');
  await book(quick, { name: 'Tern', contact: 'tern@states.example' });
  await cancel(quick, appointmentLink(await held.letter({ to: 'tern@states.example' })));
  const offer = offerLink(await held.letter({ to: wren.contact, having: /\/offers\// }));
  await page.goto(offer);
  await look('an offer', 'A time has opened');
  await page.getByRole('button', { name: 'Let it go' }).click();
  await look('an offer that was let go', 'You let this time go');
  await page.goto(place);
  await page.getByRole('button', { name: 'Leave the waiting list' }).click();
  await look('somebody who left', 'You have left the waiting list');
  found.push(...await leave(quick));
}));

test('what is refused: no such page, a forged link, a door that is not open', limit, () => visit(async (page, look, found) => {
  for (const path of ['/nothing-here', '/articles/nothing', '/book/nothing', '/appointments/forged', '/offers/forged', '/wait/forged']) {
    const answer = await page.goto(path);
    if (![404, 410].includes(answer.status())) found.push(`${path} answers ${answer.status()}`);
    await look(path);
  }
  const client = await signIn(held, 'client');
  const closed = await client.goto('/desk');
  if (closed.status() !== 403) found.push(`the desk answers a client ${closed.status()}`);
  found.push(...await examine(client, 'the desk, to a client', { crisis: true }), ...await leave(client));
}));

test('an appointment that can no longer be changed by its link', limit, () => visit(async (page, look) => {
  await guide.goto('/desk/settings/practice');
  const policy = guide.getByRole('form', { name: 'Policy for changes' });
  await policy.getByLabel('Can be changed until, in hours before').fill('720');
  await policy.getByLabel('Can be cancelled until, in hours before').fill('720');
  await policy.getByRole('button', { name: 'Save' }).click();
  await guide.getByText('Saved').first().waitFor();
  await page.goto('/');
  await book(page, { name: 'Late', contact: '+351 900 000 000' }, { nth: 1 });
  await look('a time that is kept and cannot be changed by its link', 'Your time is kept');
}));
