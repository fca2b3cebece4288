// Figures of the program as it is built: its size, and what a first visit of
// the site costs. Each is a line for the table that scripts/bench.sh draws.
import { stat } from 'node:fs/promises';
import { program, startDemo } from './program.mjs';
import { closeBrowser, leave, newPage } from './browser.mjs';
import { steady, watchShifts, weigh } from './checks.mjs';

const figure = (what, got, bar, ok) => console.log(['figure', what, got, '–', '', bar, ok ? 'ok' : 'SHORT'].join('\t'));
const kb = (n) => `${(n / 1000).toFixed(1)} kB`;

const size = (await stat(program)).size;
figure('the program, stripped, assets inside', `${(size / 1e6).toFixed(1)} MB`, '< 40 MB', size < 40e6);

const held = await startDemo();
try {
  const paths = ['/', '/articles', '/articles/what-a-consultation-is', '/book', '/book/consultation'];
  const all = [];
  for (const path of paths) {
    const visits = [await visit(path, 390), await visit(path, 1280)];
    const worst = (of) => Math.max(...visits.map((v) => v[of]));
    const first = `first visit of ${path}:`;
    figure(`${first} before fonts`, kb(worst('bytes')), '< 60 kB', worst('bytes') < 60_000);
    figure(`${first} requests before fonts`, worst('requests'), '≤ 6', worst('requests') <= 6);
    figure(`${first} fonts`, kb(worst('fonts')), '< 120 kB', worst('fonts') < 120_000);
    all.push(...visits);
  }
  const moved = all.filter((v) => v.moved).length;
  figure('first visits on which a part moved', moved, '0', moved === 0);
  const needed = all.filter((v) => !v.plain).length;
  figure('first visits that need a script', needed, '0', needed === 0);
} finally {
  await closeBrowser();
  await held.stop();
}

// visit opens a page as somebody who was never here before, on a telephone's
// or a laptop's width, and once more without scripts.
async function visit(path, width) {
  const page = await newPage(held.url, { width });
  await watchShifts(page);
  const { bytes, fonts, requests } = await weigh(page, path);
  const moved = (await steady(page)).length > 0;
  await leave(page);
  const bare = await newPage(held.url, { width, js: false });
  const answer = await bare.goto(path);
  const plain = answer.ok() && (await bare.getByRole('main').getByRole('link').count()) > 0;
  await leave(bare);
  return { bytes, fonts, requests, moved, plain };
}
