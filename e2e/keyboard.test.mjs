// Booking and the calendar by the keys alone, and what is heard on the way: the
// pages of booking as a screen reader has them are kept in goldens/.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { oneMonday, startDemo } from './program.mjs';
import { closeBrowser, leave, newPage } from './browser.mjs';
import { signIn } from './people.mjs';
import { none } from './checks.mjs';
import { golden, transcript } from './golden.mjs';
import { walker } from './keys.mjs';

let held;
before(async () => { held = await startDemo({ now: oneMonday }); });
after(async () => {
  await closeBrowser();
  await held?.stop();
});

// What no two runs have in common: the hold's end and the signed link.
const changing = [
  [/(held for you until\n +- time: )"?\d\d:\d\d"?/g, '$1‹ten minutes on›'],
  [/\/appointments\/[\w-]+/g, '/appointments/‹token›'],
];
const heard = async (page, name, part) => golden(`${name}.yml`, await transcript(page, part), changing);

test('a time is booked, and cancelled again, by the keys alone', { timeout: 3 * 60_000 }, async () => {
  const page = await newPage(held.url);
  const keys = walker(page);
  await page.goto('/');
  assert.match(await keys.tab(), /^link "Skip to the content"/);
  await page.keyboard.press('Enter');
  assert.ok(await page.evaluate(() => document.activeElement.id === 'content'), 'the first link leads to the content');
  await keys.to(/^link "Book a consultation"/);
  await keys.press('Enter', /Book a time|Choose a time/);
  if (await page.getByRole('heading', { level: 1, name: 'Book a time' }).count()) {
    await keys.to(/^link "Consultation"/);
    await keys.press('Enter', 'Choose a time');
  }
  await heard(page, 'choose-a-time');
  await keys.to(/^button "10:00/);
  await keys.press('Enter', 'Your appointment');
  await heard(page, 'your-appointment', 'body');

  // Nothing filled in: the list of mistakes has the focus and leads to each field.
  await keys.to(/^button "Book this time"/);
  await keys.press('Enter', 'Your appointment');
  await page.getByRole('heading', { name: 'Please look at this again' }).waitFor();
  await heard(page, 'your-appointment-again');
  assert.match(await keys.here(), /^alert/);
  assert.match(await keys.tab(), /^link "Please tell us what we may call you/);
  await page.keyboard.press('Enter');
  assert.match(await keys.here(), /^textbox "What may we call you\?"/);
  await page.keyboard.type('Robin');
  assert.match(await keys.tab(), /^textbox "How can we reach you\?"/);
  await page.keyboard.type('robin@keys.example');
  assert.match(await keys.tab(), /^textbox "Anything you want to say/);
  await page.keyboard.type('I hear this page rather than see it.');
  assert.match(await keys.tab(), /^link "Who can see this\?"/);
  assert.match(await keys.tab(), /^radio "Say little".*\[checked\]/);
  await page.keyboard.press('ArrowUp');
  assert.match(await keys.here(), /^radio "Say what it is".*\[checked\]/);
  assert.match(await keys.tab(), /^button "Book this time"/);
  await keys.press('Enter', 'Your time is kept');
  await heard(page, 'your-time-is-kept');

  await keys.to(/^link "Cancel the appointment"/);
  await keys.press('Enter', 'Cancel this appointment?');
  await heard(page, 'cancel-this-appointment');
  await keys.to(/^button "Yes, cancel it"/);
  await keys.press('Space', 'Your appointment is cancelled');
  none([...keys.found, ...await leave(page)]);
});

test('an appointment is found in the week and changed by the keys alone', { timeout: 3 * 60_000 }, async () => {
  const page = await signIn(held, 'owner');
  const keys = walker(page);
  await keys.to(/^link "Calendar"/);
  await keys.press('Enter', 'Calendar');
  await keys.to(/^link "\d\d:\d\d–/);
  await inWeek(page, keys, /Tamsin|Ilan|J\. P\./);
  await keys.press('Enter', /Tamsin|Ilan|J\. P\./);
  await keys.to(/^link "Change the time"/);
  await keys.press('Enter', 'Change the time');
  await keys.to(/^(radio|combobox)/);
  await page.keyboard.press('ArrowDown');
  await keys.to(/^button "Change the time"/);
  await keys.press('Enter', /Tamsin|Ilan|J\. P\./);
  await page.getByText('The time is changed').waitFor();
  none([...keys.found, ...await leave(page)]);
});

// inWeek goes by the arrow keys through every day of the week until an entry
// is heard as wanted; the week is one stop of the Tab key.
async function inWeek(page, keys, wanted) {
  for (let day = 0; day < 7; day++) {
    await page.keyboard.press('Home');
    for (let entry = '', last = null; entry !== last;) {
      [last, entry] = [entry, await keys.here()];
      if (wanted.test(entry)) return;
      await page.keyboard.press('ArrowDown');
    }
    await page.keyboard.press('ArrowRight');
  }
  throw new Error(`the arrow keys do not lead to ${wanted}`);
}
