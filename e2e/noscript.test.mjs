// Everything a visitor needs works with scripts off.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { startDemo } from './program.mjs';
import { closeBrowser, leave, newPage } from './browser.mjs';
import { site } from './people.mjs';
import { shaped, supported } from './checks.mjs';
import { crawl } from './crawl.mjs';
import { ask, pageHeading, readAnswer } from './ask.mjs';
import { book, chooseOffering, fillBooking, freeTimes, inZone, takeTime } from './booking.mjs';

let held;
before(async () => { held = await startDemo(); });
after(async () => {
  await closeBrowser();
  await held?.stop();
});

const phone = (options) => newPage(held.url, { width: 390, js: false, ...options });

test('every public page is whole', async () => {
  const page = await phone({ width: 320 });
  const found = [];
  await crawl(page, site.map((p) => held.url + p), {
    within: (path) => !path.startsWith('/desk') && !path.startsWith('/space'),
    visit: async ({ path }) => { found.push(...[...await shaped(page), ...await supported(page)].map((w) => `${path}: ${w}`)); },
  });
  assert.deepEqual([...found, ...await leave(page)], []);
});

test('a question is asked and its page found again by code', async () => {
  const page = await phone();
  await page.goto('/');
  const code = await ask(page, 'How long does a first conversation take?');
  assert.match(await (await readAnswer(page, code)).textContent(), /first conversation/);
  assert.deepEqual(await leave(page), []);
});

test('a time is booked from Kathmandu, a zone between the hours', async () => {
  const page = await phone({ zone: 'Asia/Kathmandu' });
  await page.goto('/');
  await book(page, { name: 'Ash', contact: 'ash@noscript.example', discretion: 'Say little' }, { zone: 'Asia/Kathmandu', nth: 3 });
  assert.match(await page.getByRole('main').textContent(), /Kathmandu/);
  const letter = await held.letter({ to: 'ash@noscript.example' });
  assert.match(letter.text, /Kathmandu/);
  assert.deepEqual(await leave(page), []);
});

test('days are turned forward and back', async () => {
  const page = await phone();
  await page.goto('/');
  await chooseOffering(page);
  await page.getByRole('link', { name: 'Later days' }).first().click();
  await pageHeading(page, 'Choose a time');
  await page.getByRole('link', { name: 'Earlier days' }).first().click();
  await freeTimes(page).first().waitFor();
  assert.deepEqual(await leave(page), []);
});

test('a form with a mistake comes back with what was typed', async () => {
  const page = await phone();
  await page.goto('/');
  await chooseOffering(page);
  await inZone(page, 'Europe/Berlin');
  await takeTime(page, 5);
  await fillBooking(page, { name: 'Ash', contact: '', note: 'A long sentence that nobody wants to write twice.', discretion: 'Say little' });
  await page.getByRole('button', { name: 'Book this time' }).click();
  await page.getByRole('heading', { name: 'Please look at this again' }).waitFor();
  assert.equal(await page.getByLabel('What may we call you?').inputValue(), 'Ash');
  assert.match(await page.getByLabel('Anything you want to say (optional)').inputValue(), /nobody wants to write twice/);
  assert.ok(await page.getByRole('radio', { name: 'Say little' }).isChecked());
  const field = page.getByLabel('How can we reach you?');
  assert.equal(await field.getAttribute('aria-invalid'), 'true');
  assert.ok(await field.getAttribute('aria-describedby'), 'the mistake is told beside its field');
  await field.fill('ash@noscript.example');
  await page.getByRole('button', { name: 'Book this time' }).click();
  await pageHeading(page, 'Your time is kept');
  assert.deepEqual(await leave(page), []);
});

test('two people want the same time: the second is told, offered others, and keeps what was typed', async () => {
  const one = await phone();
  const two = await phone();
  for (const page of [one, two]) {
    await page.goto('/');
    await chooseOffering(page);
  }
  // Both see the same first time; each presses it.
  const name = (await freeTimes(two).first().textContent()).trim();
  assert.equal((await freeTimes(one).first().textContent()).trim(), name);
  await takeTime(one);
  await pageHeading(one, /Your appointment/);
  await takeTime(two);
  await two.getByRole('heading', { name: 'This time has just been taken' }).waitFor();
  await freeTimes(two).first().waitFor();
  assert.deepEqual([...await leave(one), ...await leave(two)], []);
});
