// The first page of a space: what is for today stands before everything else,
// for whoever has come far and for whoever has just begun; the rest lies in groups
// that open by finger, by keyboard and without scripts.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { startDemo } from './program.mjs';
import { closeBrowser, leave, newPage } from './browser.mjs';
import { invitationOf, invite, signIn } from './people.mjs';
import { pageHeading, unfold } from './ask.mjs';
import { none } from './checks.mjs';
import { examine } from './look.mjs';

const limit = { timeout: 4 * 60_000 };
const today = ['Your next held time', 'For you now', 'An open invitation'];
const email = 'sorrel@space.example';
let held, far, begun;

before(async () => {
  held = await startDemo();
  far = await signIn(held, 'client', { width: 390 });
  const owner = await signIn(held, 'owner');
  await invite(owner, 'space', { name: 'Sorrel', email });
  begun = await newPage(held.url, { width: 390 });
  await begun.goto(await invitationOf(held, email));
  await begun.getByRole('button', { name: 'Accept' }).click();
  await begun.getByRole('link', { name: 'Open your space' }).click();
  none(await leave(owner));
});
after(async () => {
  const faults = [];
  for (const page of [far, begun]) if (page) faults.push(...await leave(page));
  await closeBrowser();
  await held?.stop();
  none(faults);
});

const headings = (page) => page.locator('main h2').allTextContents().then((all) => all.map((h) => h.trim()));
const high = (page) => page.evaluate(() => document.documentElement.scrollHeight);

test('what is for today stands first, and the page is short', limit, async () => {
  for (const page of [far, begun]) {
    await page.goto('/space');
    await pageHeading(page, 'Your space');
    const all = await headings(page);
    assert.deepEqual(all.slice(0, 3), today);
    assert.equal(all.at(-1), 'Also in your space');
    assert.ok(await high(page) < 3 * 844, `${await high(page)} px: three screens of a telephone are enough`);
    assert.equal(await page.locator('details.fold[open]').count(), 0);
    none(await page.locator('main summary').allTextContents().then((all) => all.filter((words) => /\d/.test(words)).map((w) => `a group counts: ${w}`)));
  }
  await begun.getByText('Nothing is arranged at the moment').waitFor();
});

test('the path is a quiet line with the next step on it, and opens', limit, async () => {
  const line = far.locator('summary', { hasText: 'Where you are' });
  await line.getByText('Letting it settle; next: What changes in your work').waitFor();
  await unfold(far, 'Where you are');
  await far.getByRole('list', { name: 'Your path here' }).getByText('You are here').waitFor();
});

test('the keyboard goes through it in the order of reading, and opens a group', limit, async () => {
  await far.goto('/space');
  const order = await far.evaluate(() => [...document.querySelectorAll('main a[href], main summary, main button')]
    .filter((e) => e.checkVisibility() && !e.closest('details:not([open]) > :not(summary)'))
    .map((e) => e.textContent.trim().replace(/\s+/g, ' ')));
  const first = order[0];
  await far.locator('main').getByRole('link', { name: first, exact: true }).first().focus();
  for (const words of order.slice(1)) {
    await far.keyboard.press('Tab');
    assert.equal(await far.evaluate(() => document.activeElement.textContent.trim().replace(/\s+/g, ' ')), words);
  }
  await far.locator('summary', { hasText: 'Messages' }).focus();
  await far.keyboard.press('Enter');
  await far.getByRole('group', { name: 'How much may our messages say?' }).waitFor();
});

test('closed and open it is for everybody, in every width', limit, async () => {
  for (const page of [far, begun]) {
    await page.goto('/space');
    none(await examine(page, 'the space, closed', { widths: [320, 390, 1280], crisis: true }));
    await page.setViewportSize({ width: 390, height: 844 });
    for (const name of await page.locator('summary h3').allTextContents()) await unfold(page, name);
    none(await examine(page, 'the space, open', { widths: [320, 390, 1280], crisis: true }));
    await page.setViewportSize({ width: 390, height: 844 });
  }
});

test('without scripts the groups open, and what is saved there is shown', limit, async () => {
  const plain = await signIn(held, 'client', { width: 390, js: false });
  await plain.goto('/space');
  await unfold(plain, 'Messages');
  await plain.getByRole('radio', { name: 'Say what it is' }).check();
  await plain.getByRole('form', { name: 'Messages' }).getByRole('button', { name: 'Save' }).click();
  await plain.getByText('Saved. Messages follow it from now on.').waitFor();
  assert.equal(await plain.getByRole('radio', { name: 'Say what it is' }).isChecked(), true);
  await unfold(plain, 'What is yours');
  await plain.getByRole('link', { name: 'Your circle' }).click();
  await pageHeading(plain, 'Your circle');
  none(await leave(plain));
});
