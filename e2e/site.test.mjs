// Every public page, as a visitor reaches it by links: at each width, by day
// and by night, in large letters, on paper; and what a first visit weighs.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { startDemo } from './program.mjs';
import { closeBrowser, leave, newPage } from './browser.mjs';
import { site } from './people.mjs';
import { light, none, steady, watchShifts, weigh } from './checks.mjs';
import { everyWidth, examine, glance } from './look.mjs';
import { crawl } from './crawl.mjs';

let held;
before(async () => { held = await startDemo(); });
after(async () => {
  await closeBrowser();
  await held?.stop();
});

const behindTheDoor = /^\/(desk|space|account)(\/|$)/;

test('every public page', { timeout: 15 * 60_000 }, async () => {
  const page = await newPage(held.url);
  const found = [];
  const known = new Set();
  const pages = await crawl(page, [...site, '/nothing-here'].map((p) => held.url + p), {
    within: (path) => !behindTheDoor.test(path),
    visit: async ({ path, kind }) => {
      if (known.has(kind)) found.push(...await glance(page, path, { widths: [320], crisis: true }));
      else found.push(...await examine(page, path, { widths: everyWidth, crisis: true }));
      known.add(kind);
    },
  });
  found.push(...await leave(page));
  none(found);
  const kinds = new Set(pages.map((p) => p.kind));
  for (const want of ['/articles/*', '/book/*', '/support', '/privacy']) assert.ok([...kinds].some((k) => k.startsWith(want)), `${want} can be reached by links`);
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
  none(found);
});
