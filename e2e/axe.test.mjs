// Every page that each person can reach, at each width, by day and by night:
// nothing for axe to find, and what every page must be besides.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { startDemo } from './program.mjs';
import { closeBrowser, leave, newPage } from './browser.mjs';
import { begins, signIn, site, staff } from './people.mjs';
import { accessible, light, shaped, steady, supported, watchShifts, weigh } from './checks.mjs';
import { crawl } from './crawl.mjs';
import { pageHeading } from './ask.mjs';
import { chooseOffering, takeTime } from './booking.mjs';

let held;
before(async () => { held = await startDemo(); });
after(async () => {
  await closeBrowser();
  await held?.stop();
});

const heights = { 320: 640, 390: 844, 1280: 900 };

// examine looks at the page that is open in each width and light.
async function examine(page, where, { widths, schemes = ['light', 'dark'], crisis = false }) {
  const found = [];
  for (const scheme of schemes) {
    await page.emulateMedia({ colorScheme: scheme });
    for (const width of widths) {
      await page.setViewportSize({ width, height: heights[width] });
      const what = [...await shaped(page), ...await accessible(page), ...(crisis ? await supported(page) : [])];
      found.push(...what.map((w) => `${where} at ${width} ${scheme}: ${w}`));
    }
  }
  return found;
}

test('the public pages', { timeout: 15 * 60_000 }, async () => {
  const page = await newPage(held.url);
  const found = [];
  const pages = await crawl(page, [...site, '/nothing-here'].map((p) => held.url + p), {
    within: (path) => !path.startsWith('/desk') && !path.startsWith('/space'),
    visit: async ({ path }) => { found.push(...await examine(page, path, { widths: [320, 390, 1280], crisis: true })); },
  });
  found.push(...await leave(page));
  assert.deepEqual(found, []);
  const kinds = new Set(pages.map((p) => p.kind));
  for (const want of ['/articles/*', '/book/*', '/support', '/privacy']) assert.ok([...kinds].some((k) => k.startsWith(want)), `${want} can be reached by links`);
});

test('the public forms when they are sent back', { timeout: 5 * 60_000 }, async () => {
  const page = await newPage(held.url);
  const found = [];
  const look = async (where) => { found.push(...await examine(page, where, { widths: [320, 1280], crisis: true })); };
  const mistakes = () => page.getByRole('heading', { name: 'Please look at this again' }).waitFor();

  await page.goto('/questions');
  await page.getByRole('button', { name: 'Send the question' }).click();
  await mistakes();
  await look('an empty question');

  await page.goto('/sign-in');
  await page.getByRole('button', { name: 'Send me a link' }).click();
  await mistakes();
  await look('an empty sign-in');
  await page.getByLabel('Your e-mail address').fill('nobody@walk.example');
  await page.getByRole('button', { name: 'Send me a link' }).click();
  await pageHeading(page, 'Look in your mail');
  await look('after signing in');

  await page.goto('/');
  await chooseOffering(page);
  await takeTime(page, 1);
  await pageHeading(page, /Your appointment/);
  await look('the booking form');
  await page.getByRole('button', { name: 'Book this time' }).click();
  await mistakes();
  await look('an empty booking');

  found.push(...await leave(page));
  assert.deepEqual(found, []);
});

describe('the pages behind the door', () => {
  const known = new Set(); // a kind of page is looked at in full once
  for (const who of [...staff, 'client']) {
    test(`of the ${who}`, { timeout: 15 * 60_000 }, async () => {
      const page = await signIn(held, who);
      const found = [];
      const pages = await crawl(page, begins(who).map((p) => held.url + p), {
        within: (path) => begins(who).some((b) => path.startsWith(b)),
        visit: async ({ path, kind, status }) => {
          if (status >= 400) found.push(`${path}: a link leads to ${status}`);
          const often = known.has(kind);
          known.add(kind);
          found.push(...await examine(page, path, often ? { widths: [1280], schemes: ['light'] } : { widths: [390, 1280], crisis: who === 'client' }));
        },
      });
      found.push(...await leave(page));
      assert.deepEqual(found, []);
      assert.ok(pages.length >= (who === 'client' ? 1 : 4), `${who} reached ${pages.map((p) => p.path)}`);
    });
  }
});

test('a first visit is light and steady', { timeout: 5 * 60_000 }, async () => {
  const found = [];
  for (const path of site.filter((p) => !p.startsWith('/demo'))) {
    for (const width of [390, 1280]) {
      const page = await newPage(held.url, { width });
      await watchShifts(page);
      const what = [...light(await weigh(page, path)), ...await steady(page)];
      found.push(...[...what, ...await leave(page)].map((w) => `${path} at ${width}: ${w}`));
    }
  }
  assert.deepEqual(found, []);
});
