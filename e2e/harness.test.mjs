// Shows that the checks see what they are for: each is given a bad page.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { newPage, leave, closeBrowser } from './browser.mjs';
import { accessible, apart, bare, inked, light, shaped, steady, still, supported, uncut, watchShifts, weigh } from './checks.mjs';
import { examine } from './look.mjs';
import { crawl, kind } from './crawl.mjs';
import { until } from './until.mjs';
import { nextMonday } from './program.mjs';

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; require-trusted-types-for 'script'";
const whole = (body, head = '') => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title><meta name="viewport" content="width=device-width">${head}</head><body>${body}</body></html>`;
const good = whole('<header><a href="/support">Crisis support</a></header><main><h1>Good</h1><p><a href="/book/a?zone=x">The first of the times</a></p><p><a href="/book/b?zone=y">Another of the times</a></p><p><a href="/book/c?zone=z">The last of the times</a></p><p><a href="/file.ics">A file, not a page</a></p></main>');

const pages = {
  '/good': good,
  '/support': good,
  '/book/a': good, '/book/b': good, '/book/c': good,
  '/bare': '<!doctype html><html><body><div>Nothing has its place</div></body></html>',
  '/inline': whole('<main><h1 style="color:red">Inline</h1><h1>Twice</h1><p id="a"></p><p id="a"></p></main>'),
  '/script': whole('<main><h1>Script</h1></main><script>document.title = "ran"</script>'),
  '/wide': whole('<main><h1>Wide</h1><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" alt="" width="2000" height="10"></main>'),
  '/night': whole('<main><h1>Night</h1><p>Soft words</p></main>', '<link rel="stylesheet" href="/night.css">'),
  '/pixels': whole('<main><h1>Pixels</h1><p class="box">Words in a box of so many pixels</p><p class="line">Onewordthatcannotbreakanywhereatall</p></main>', '<link rel="stylesheet" href="/pixels.css">'),
  '/phone': whole('<main><h1>Phone</h1><p class="soft">Soft words</p><p class="near"><a href="/good">One</a> <a href="/support">Two</a></p><p class="field"><input></p></main>', '<link rel="stylesheet" href="/phone.css">'),
  '/over': whole('<main><h1>Over</h1><p>One line of words</p><p class="up">Another line of words</p><p><label>Name <input class="up"></label></p></main>', '<link rel="stylesheet" href="/over.css">'),
  '/moving': whole('<nav><a href="/good">Away from here</a></nav><main><h1>Moving</h1><p class="fade">Words</p></main>', '<link rel="stylesheet" href="/over.css">'),
  '/heavy': whole(`<main><h1>Heavy</h1><p>${'weight '.repeat(10_000)}</p></main>`),
  '/many': whole(`<main><h1>Many</h1>${[1, 2, 3, 4, 5, 6, 7].map((n) => `<img src="/pic${n}.svg" alt="">`).join('')}</main>`),
  '/third': whole('<main><h1>Third</h1><img src="http://127.0.0.2:9/x.png" alt=""></main>'),
  '/missing': whole('<main><h1>Missing</h1><img src="/gone.png" alt=""></main>'),
  '/shift': whole('<main><div id="late"></div><h1>Shift</h1><p>Text that is pushed down</p></main>', '<script src="/shift.js" defer></script>'),
};

const styles = {
  '/over.css': '.up { margin-top: -2.2em } .fade { transition: opacity 2s }',
  '/night.css': '@media (prefers-color-scheme: dark) { body { background: #111; color: #eee } p { color: #333 } }',
  '/phone.css': '@media (prefers-color-scheme: dark) { body { background: #111; color: #eee } a { color: #9cf } } a { display: inline-block; min-width: 48px; min-height: 48px } .field { display: none }'
    + ' @media (width < 600px) { .near { font-size: 8px; line-height: 8px } a { display: inline; min-width: 0 } .field { display: block } } @media (width < 600px) and (prefers-color-scheme: dark) { .soft { color: #333 } }',
  '/pixels.css': 'html { font-size: 100% } .box { width: 30em; height: 30px; overflow: hidden; font-size: 1rem } .line { font-size: 3rem; white-space: nowrap }',
};

const server = createServer((ask, answer) => {
  const path = new URL(ask.url, 'http://x').pathname;
  answer.setHeader('Content-Security-Policy', policy);
  if (path.startsWith('/pic')) return answer.setHeader('Content-Type', 'image/svg+xml').end('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
  if (path === '/shift.js') {
    return answer.setHeader('Content-Type', 'text/javascript').end('requestAnimationFrame(() => requestAnimationFrame(() => { document.getElementById("late").style.height = "400px"; }))');
  }
  if (styles[path]) return answer.setHeader('Content-Type', 'text/css').end(styles[path]);
  if (path === '/never') return undefined;
  if (path === '/favicon.ico') return answer.writeHead(204).end();
  answer.setHeader('Content-Type', 'text/html; charset=utf-8');
  return pages[path] ? answer.end(pages[path]) : answer.writeHead(404).end(good);
});
let base;

before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${server.address().port}`;
});
after(async () => {
  await closeBrowser();
  server.closeAllConnections();
  server.close();
});

const open = async (path, options) => {
  const page = await newPage(base, options);
  await page.goto(path);
  return page;
};

const finds = (list, pattern) => assert.ok(list.some((l) => pattern.test(l)), `wanted ${pattern} in ${JSON.stringify(list)}`);

test('a good page passes every check', async () => {
  const page = await newPage(base, { width: 320 });
  await watchShifts(page);
  const weight = await weigh(page, '/good');
  assert.deepEqual([...await accessible(page), ...await shaped(page), ...await supported(page), ...light(weight), ...await steady(page)], []);
  assert.ok(weight.bytes > 300, 'its weight is seen');
  assert.deepEqual(await leave(page), []);
});

test('a page may be left while a test is still answering for the server', async () => {
  const page = await open('/good');
  const asked = new Promise((yes) => {
    page.route('**/never', async (route) => { yes(); await route.fulfill({ response: await route.fetch() }); });
  });
  await page.evaluate(() => { void fetch('/never').catch(() => {}); });
  await asked;
  assert.deepEqual(await leave(page), []); // and the file of tests does not fail afterwards
});

test('axe and the bones of a page', async () => {
  const page = await open('/bare');
  finds(await accessible(page), /axe document-title/);
  const bones = await shaped(page);
  for (const want of [/0 h1/, /0 main/, /no title/, /no language/]) finds(bones, want);
  finds(await supported(page), /Crisis support/);
  await leave(page);
});

test('what shows only by night, on paper, or in large letters', async () => {
  const page = await open('/night');
  assert.deepEqual(await accessible(page), [], 'by day it is a good page');
  const dark = await examine(page, '/night', { widths: [1280] });
  finds(dark, /\/night at 1280 by night: axe color-contrast/);
  finds(dark, /\/night on paper: body\. would be printed on a dark ground/);
  finds(dark, /\/night on paper: h1\. would be printed in light ink/);
  await page.goto('/pixels');
  assert.deepEqual([...await shaped(page), ...await uncut(page)], [], 'in letters of the usual size it is whole');
  const large = await examine(page, '/pixels', { widths: [1280], night: false });
  finds(large, /in large letters: scrolls sideways/);
  finds(large, /in large letters: its words are cut off: p\.box/);
  await leave(page);
});

test('what shows only on a telephone, and there only by night', async () => {
  const page = await open('/phone');
  const found = await examine(page, '/phone', { widths: [390, 1280] });
  for (const want of [/at 390: axe label:/, /at 390: axe target-size:/, /at 390 by night: axe color-contrast:.*\.soft/]) finds(found, want);
  assert.deepEqual(found.filter((f) => /at 1280|at 390: axe color/.test(f)), [], 'by day, and on a laptop, it is a good page');
  await leave(page);
});

test('words that lie over others, what moves, and what leads nowhere from paper', async () => {
  const page = await open('/good');
  assert.deepEqual([...await apart(page), ...await still(page), ...await bare(page)], []);
  await page.goto('/over');
  finds(await apart(page), /p\.up “Another line of words” lies over p\. “One line of words”/);
  await page.goto('/moving');
  finds(await still(page), /p\.fade moves although/);
  finds(await bare(page), /nav\. would be printed/);
  const all = await examine(page, '/moving', { widths: [1280], night: false });
  for (const want of [/on paper: nav\./, /without motion: p\.fade/]) finds(all, want);
  await page.goto('/wide');
  finds(await examine(page, '/wide', { widths: [1280], night: false }), /at four times the size: scrolls sideways/);
  await leave(page);
});

test('what the policy refuses', async () => {
  const page = await open('/inline');
  const bones = await shaped(page);
  for (const want of [/2 h1/, /1 inline/, /given twice: a/]) finds(bones, want);
  finds(await leave(page), /console error: .*Content Security Policy/);
  finds(await leave(await open('/script')), /console error: .*Content Security Policy/);
});

test('pages that are too wide, too heavy, too many, or move', async () => {
  const wide = await open('/wide', { width: 320 });
  finds(await shaped(wide), /scrolls sideways by \d+ px: img/);
  await leave(wide);
  for (const [path, want] of [['/heavy', /weighs \d+ bytes/], ['/many', /8 requests/]]) {
    const page = await newPage(base);
    finds(light(await weigh(page, path)), want);
    await leave(page);
  }
  const page = await newPage(base);
  await watchShifts(page);
  await page.goto('/shift');
  finds(await until('the shift to be seen', async () => { const s = await steady(page); return s.length ? s : null; }), /layout shift/);
  await leave(page);
});

test('requests that leave or fail', async () => {
  finds(await leave(await open('/third')), /third-party request|Content Security Policy/);
  finds(await leave(await open('/missing')), /404 for .*gone\.png/);
});

test('an answer of 404 is an answer', async () => {
  assert.deepEqual(await leave(await open('/nowhere')), []);
});

test('without scripts a page can still be looked at', async () => {
  const page = await open('/good', { js: false });
  assert.deepEqual(await shaped(page), []);
  await leave(page);
});

test('the crawl opens one or two pages of each kind', async () => {
  const page = await newPage(base);
  const found = await crawl(page, [`${base}/good`]);
  assert.deepEqual(found.map((f) => f.kind).sort(), ['/book/*?zone', '/book/*?zone', '/good', '/support']);
  await leave(page);
  assert.equal(kind('http://x/desk/people/0190a3c2-7b1d-7c11-9c44-1f2e3d4c5b6a?from=2027-01-01&a=1'), '/desk/people/*?a,from');
});

test('demo practices stand on a Monday morning ahead', () => {
  assert.equal(nextMonday(new Date('2026-03-01T23:00:00Z')), '2026-03-02T08:00:00Z');
  assert.equal(nextMonday(new Date('2026-03-02T07:00:00Z')), '2026-03-09T08:00:00Z');
});
