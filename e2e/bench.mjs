// Figures of the program as it is built: size, first visit, memory. Each is
// printed beside its bar from the design; nothing is asserted here.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { root, startDemo } from './program.mjs';
import { closeBrowser, leave, newPage } from './browser.mjs';
import { weigh } from './checks.mjs';

const row = (what, got, bar) => console.log(`   ${what.padEnd(48)} ${String(got).padStart(14)}   bar ${bar}`);
const mb = (n) => `${n.toFixed(1)} MB`;

row('the program, assets inside', mb((await stat(join(root, 'bin/held'))).size / 1e6), '< 40 MB');

const started = performance.now();
const held = await startDemo();
try {
  row('demo practice made and first request answered', `${Math.round(performance.now() - started)} ms`, '–');
  for (const path of ['/', '/articles', '/book']) {
    const page = await newPage(held.url, { width: 390 });
    const { bytes, fonts, requests } = await weigh(page, path);
    row(`first visit of ${path}: before fonts`, `${(bytes / 1000).toFixed(1)} kB`, '< 60 kB');
    row(`first visit of ${path}: fonts`, `${(fonts / 1000).toFixed(1)} kB`, '< 120 kB');
    row(`first visit of ${path}: requests before fonts`, requests, '≤ 6');
    await leave(page);
  }
  await closeBrowser();
  row('memory, idle after those visits', mb(await held.memory()), '< 60 MB');
  await click(held, await cookies(held, 200));
  row('memory after 200 signed-in people clicked', mb(await held.memory()), '< 150 MB');
} finally {
  await closeBrowser();
  await held.stop();
}

// cookies signs n people in, as a browser would, and keeps their cookies.
async function cookies(demo, n) {
  const roles = ['owner', 'prescriber', 'coordinator', 'attendant', 'client'];
  const all = [];
  for (let i = 0; i < n; i++) {
    const as = roles[i % roles.length];
    const answer = await fetch(`${demo.url}/demo/sign-in`, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ as }), headers: { 'Sec-Fetch-Site': 'same-origin' } });
    all.push({ as, cookie: answer.headers.getSetCookie().map((c) => c.split(';')[0]).join('; ') });
  }
  return all;
}

// click opens five pages as each of them, all at once.
async function click(demo, people) {
  const desk = ['/desk', '/desk/calendar', '/desk/questions', '/desk/inquiries', '/desk/people'];
  let refused = 0;
  await Promise.all(people.map(async ({ as, cookie }) => {
    for (const path of as === 'client' ? ['/space', '/', '/articles', '/book', '/support'] : desk) {
      const answer = await fetch(demo.url + path, { headers: { cookie } });
      await answer.arrayBuffer();
      if (!answer.ok && answer.status !== 403) refused++;
    }
  }));
  if (refused) row('requests refused meanwhile', refused, '0');
}
