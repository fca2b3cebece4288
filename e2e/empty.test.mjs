// A practice on its first day: founded by `held init`, served by `held serve`.
// Nobody has asked, nothing is booked, nothing was written; every page says
// what belongs on it and how to begin.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { startEmpty } from './program.mjs';
import { closeBrowser, leave, newPage } from './browser.mjs';
import { site } from './people.mjs';
import { none } from './checks.mjs';
import { examine } from './look.mjs';
import { crawl } from './crawl.mjs';
import { pageHeading } from './ask.mjs';

let held;
before(async () => { held = await startEmpty(); });
after(async () => {
  await closeBrowser();
  await held?.stop();
});

const open = site.filter((p) => !p.startsWith('/demo'));
const behindTheDoor = (path) => path.startsWith('/desk');

// look walks from the starts by links and examines each kind of page once.
async function look(page, starts, within, options) {
  const found = [];
  const pages = await crawl(page, starts.map((p) => held.url + p), {
    perKind: 1, within,
    visit: async ({ path, status }) => {
      if (status >= 400) found.push(`${path}: a link leads to ${status}`);
      found.push(...await examine(page, path, { night: false, ...options }));
    },
  });
  return { found, pages };
}

test('its site', { timeout: 8 * 60_000 }, async () => {
  const page = await newPage(held.url);
  const { found } = await look(page, open, (path) => !behindTheDoor(path), { widths: [320, 1280], crisis: true });
  none([...found, ...await leave(page)]);
});

test('its desk, by the link that the operator gives the owner', { timeout: 8 * 60_000 }, async () => {
  const page = await newPage(held.url);
  await page.goto(await held.link());
  await page.getByRole('button', { name: 'Sign in' }).click();
  await pageHeading(page, 'Today');
  // Nobody stands before a bare desk: what is left out is said, and how to begin.
  await page.getByText('You came in by a link alone').waitFor();
  await page.getByRole('region', { name: 'To begin' }).getByRole('link', { name: 'Offerings' }).waitFor();
  const { found, pages } = await look(page, ['/desk', '/account'], behindTheDoor);
  none([...found, ...await leave(page)]);
  assert.ok(pages.length > 15, `the owner reached ${pages.map((p) => p.path)}`);
});
