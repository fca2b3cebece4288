// Screenshots of every page, phone and laptop, by day:
//   node e2e/pictures.mjs FOLDER
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startDemo } from './program.mjs';
import { closeBrowser, leave, newPage } from './browser.mjs';
import { begins, signIn, site, staff } from './people.mjs';
import { crawl } from './crawl.mjs';

const folder = process.argv[2];
if (!folder) {
  console.error('usage: node e2e/pictures.mjs FOLDER');
  process.exit(2);
}

const widths = { phone: { width: 390, height: 844 }, laptop: { width: 1280, height: 900 } };

// name makes a file's name of an address: /desk/people/* is desk-people-one.
const name = (kind) => kind.replace(/\?.*$/, '').split('/').filter(Boolean).map((p) => (p === '*' ? 'one' : p)).join('-') || 'home';

// shown are the pages that the README shows: what a screen holds of them is kept beside the whole.
const shown = { home: ['laptop'], 'book-one': ['phone'], questions: ['phone'], space: ['phone'], 'desk-week': ['laptop'], 'desk-inquiries': ['laptop'] };

async function photograph(page, file) {
  for (const [device, size] of Object.entries(widths)) {
    await page.setViewportSize(size);
    await page.evaluate(() => document.fonts.ready.then(() => true));
    await page.screenshot({ path: join(folder, `${file}-${device}.png`), fullPage: true, animations: 'disabled', caret: 'hide' });
    if (shown[file]?.includes(device)) await page.screenshot({ path: join(folder, `readme-${file}.png`), animations: 'disabled', caret: 'hide' });
  }
}

const held = await startDemo();
try {
  await mkdir(folder, { recursive: true });
  const taken = new Set();
  const visit = (page) => async ({ kind }) => {
    const file = name(kind);
    if (taken.has(file)) return; // a template is photographed once
    taken.add(file);
    await photograph(page, file);
  };
  const visitor = await newPage(held.url);
  await crawl(visitor, site.map((p) => held.url + p), { perKind: 1, visit: visit(visitor) });
  await leave(visitor);
  for (const who of [...staff, 'client']) {
    const page = await signIn(held, who);
    await crawl(page, begins(who).map((p) => held.url + p), {
      perKind: 1, within: (path) => begins(who).some((b) => path.startsWith(b)), visit: visit(page),
    });
    await leave(page);
  }
  console.log(`pictures: ${taken.size} pages in two widths in ${folder}`);
} finally {
  await closeBrowser();
  await held.stop();
}
