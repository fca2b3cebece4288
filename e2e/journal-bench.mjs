// Figures of a journal with 5,000 entries: each is a line for the table that
// scripts/bench.sh draws.
import { execFileSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, startDemo } from './program.mjs';
import { closeBrowser, openBrowser } from './browser.mjs';
import { signIn } from './people.mjs';
import { begin, heading, unlock } from './journal.mjs';

const entries = 5000;
const figure = (what, got, bar, ok) => console.log(['figure', what, got, '–', '', bar, ok ? 'ok' : 'SHORT'].join('\t'));
const ms = (n) => `${n.toFixed(0)} ms`;

// sealing is the journal's own code, built for this program.
async function sealing() {
  const folder = await mkdtemp(join(tmpdir(), 'held-sealing-'));
  const source = join(root, 'sealing-for-bench.ts');
  try {
    await writeFile(source, 'export { keysOf, openRing, openSheet } from "./assets/ts/journal/keys";\nexport { sealEntry } from "./assets/ts/journal/seal";\n');
    execFileSync('go', ['tool', 'esbuild', source, '--bundle', '--format=esm', '--platform=node', `--outfile=${join(folder, 'sealing.mjs')}`, '--log-level=error'], { cwd: root });
    return await import(join(folder, 'sealing.mjs'));
  } finally {
    await rm(source, { force: true });
    await rm(folder, { recursive: true, force: true });
  }
}

// renderer is the largest of the browser's processes that draw pages, in MB.
async function renderer() {
  const devtools = await (await openBrowser()).newBrowserCDPSession();
  const { processInfo } = await devtools.send('SystemInfo.getProcessInfo');
  const sizes = await Promise.all(processInfo.filter((p) => p.type === 'renderer').map(async ({ id }) => {
    const status = await readFile(`/proc/${id}/status`, 'utf8');
    const kB = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
    return (kB('RssAnon') + kB('VmSwap')) / 1024;
  }));
  return Math.max(...sizes);
}

const held = await startDemo();
try {
  const page = await signIn(held, 'client');
  const words = await begin(page, { passkey: false });
  const { keysOf, openRing, openSheet, sealEntry } = await sealing();
  const ring = await page.evaluate(async () => (await fetch('/account/keyring')).json());
  const keys = await keysOf(await openRing(Buffer.from(ring.keyring, 'base64'), await openSheet(Buffer.from(ring.recovery, 'base64'), words)));
  const put = async (i) => {
    const id = crypto.randomUUID();
    const day = new Date(Date.UTC(2020, 0, 1) + i * 86_400_000 / 3).toISOString().slice(0, 10);
    const entry = {
      id, revision: 1, day, written: `${day}T20:00:00Z`, author: '', title: `Evening ${i}`, before: '', after: '', open: false, stamp: false, themes: i % 3 ? [] : ['the sea'],
      session: '', colour: '', image: '', pieces: [], words: `Number ${i}. The room felt wide and slow, and somebody had left a lamp. `.repeat(8),
    };
    const answer = await page.request.post(`/space/journal/files/${id}?revision=1&upload=${crypto.randomUUID()}&part=0&of=1`, { data: Buffer.from(await sealEntry(keys, entry)), headers: { 'Content-Type': 'application/octet-stream' } });
    if (!answer.ok()) throw new Error(await answer.text());
  };
  let next = 0;
  await Promise.all(Array.from({ length: 8 }, async () => { while (next < entries) await put(next++); }));

  // A device that has nothing fetches and opens all of it, once.
  const fresh = await signIn(held, 'client');
  fresh.context().setDefaultTimeout(120_000);
  await fresh.goto('/space/journal');
  const began = Date.now();
  await unlock(fresh, words);
  await fresh.getByRole('link', { name: `Evening ${entries - 1}`, exact: true }).waitFor();
  await fresh.waitForFunction(() => navigator.locks.query().then((l) => !l.held.length), undefined, { polling: 200 });
  figure('5,000 entries: first time on a device', ms(Date.now() - began), '–', true);

  const opens = [];
  for (let i = 0; i < 5; i++) {
    await fresh.goto('/space/journal');
    await heading(fresh, 'What you have written').waitFor();
    opens.push(await fresh.evaluate(() => performance.getEntriesByName('held-journal-open')[0]?.startTime ?? NaN));
  }
  const open = opens.sort((a, b) => a - b)[2];
  figure('5,000 entries: from the address to the list', ms(open), '< 1,000 ms', open < 1000);

  const search = await fresh.getByLabel('Search in what you wrote').evaluate((input) => {
    const took = [];
    for (const typed of ['r', 'ro', 'roo', 'room', 'room w', 'room wide', 'number 49', 'évening 4999', 'nothing like this']) {
      input.value = typed;
      const from = performance.now();
      input.dispatchEvent(new Event('input', { bubbles: true }));
      document.body.getBoundingClientRect();
      took.push(performance.now() - from);
    }
    return Math.max(...took);
  });
  figure('5,000 entries: a letter typed into the search, slowest', ms(search), '< 50 ms', search < 50);

  // From when an entry is sealed on this device to when the practice has it: the
  // mark that every page reads tells of both.
  await fresh.evaluate(() => {
    const { setItem, removeItem } = Storage.prototype;
    Storage.prototype.setItem = function (name, value) {
      if (name.startsWith('held-unsent-')) window.kept ??= performance.now();
      setItem.call(this, name, value);
    };
    Storage.prototype.removeItem = function (name) {
      if (name.startsWith('held-unsent-') && window.kept) window.gone ??= performance.now();
      removeItem.call(this, name);
    };
  });
  const syncs = [];
  for (let i = 0; i < 5; i++) {
    await fresh.evaluate(() => { window.kept = window.gone = undefined; location.hash = 'write'; });
    await fresh.getByLabel('What is there?').fill(`One more, ${i}.`);
    await fresh.getByRole('button', { name: 'Keep', exact: true }).click();
    await fresh.waitForFunction(() => window.gone, undefined, { polling: 20 });
    syncs.push(await fresh.evaluate(() => window.gone - window.kept));
    await heading(fresh, `One more, ${i}.`).waitFor();
  }
  const sync = syncs.sort((a, b) => a - b)[2];
  figure('5,000 entries: one entry sent', ms(sync), '< 300 ms', sync < 300);

  // The whole process that draws the page, as Chromium itself counts it: what is
  // its own, in memory or swapped out. The list was searched and written in.
  await page.context().close();
  await fresh.goto('/space/journal#');
  await heading(fresh, 'What you have written').waitFor();
  const devtools = await fresh.context().newCDPSession(fresh);
  await devtools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devtools.send('Runtime.getHeapUsage');
  figure('5,000 entries: of it, what scripts hold', `${(usedSize / 1e6).toFixed(0)} MB`, '–', true);
  const whole = await renderer();
  figure('5,000 entries: memory of the page, its whole process', `${whole.toFixed(0)} MB`, '< 150 MB', whole < 150);

  const dist = join(root, 'assets/dist');
  const name = (await readdir(dist)).find((f) => /^journal-[0-9A-Z]+\.js$/.test(f));
  const script = gzipSync(await readFile(join(dist, name)), { level: 9 }).length;
  figure('script of the journal, compressed', `${(script / 1000).toFixed(1)} kB`, '< 120 kB', script < 120_000);
} finally {
  await closeBrowser();
  await held.stop();
}
