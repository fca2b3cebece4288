// A page with nothing on it but the journal's parts, built as the program's own
// scripts are and sent with the policy of the journal's pages.
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { leave, newPage } from './browser.mjs';
import { accessible, apart, colours, none, shaped } from './checks.mjs';
import { root } from './program.mjs';

const run = promisify(execFile);

// The policy of the journal's pages; it must not be wider here.
export const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src blob:; font-src 'self'; " +
  "connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'; " +
  "require-trusted-types-for 'script'; trusted-types held-worker";

const page = (body) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Parts of the journal</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"><link rel="stylesheet" href="/site.css"><script type="module" src="/parts.js"></script></head>
<body data-surface="space"><header class="top"><a class="brand" href="/">Held</a></header><main class="page" id="content"><h1>Parts of the journal</h1>${body}</main></body></html>`;

const entry = `
import { define } from "${root}assets/ts/journal/parts/index";
import { readCalendar } from "${root}assets/ts/journal/ics";
import { seen } from "${root}assets/ts/journal/names";
import { lab, hexFrom, named, polar, rgb } from "${root}assets/ts/journal/parts/palette";
Object.assign(window, { readCalendar, seen, lab, hexFrom, named, polar, rgb });
define();
`;

const types = { '.js': 'text/javascript', '.css': 'text/css', '.woff2': 'font/woff2' };
const options = ['--bundle', '--minify', '--format=esm', '--charset=utf8', '--target=chrome111,firefox115,safari16.4', '--log-level=error'];
const esbuild = (...args) => run('go', ['tool', 'esbuild', ...options, ...args], { cwd: root, maxBuffer: 16 << 20 });

// serveParts builds and serves the page; /NAME has the one element <NAME>, and
// / has all of them.
export async function serveParts() {
  const folder = await mkdtemp(join(tmpdir(), 'held-parts-'));
  await writeFile(join(folder, 'entry.ts'), entry);
  await esbuild(join(folder, 'entry.ts'), `--outfile=${join(folder, 'parts.js')}`);
  await esbuild('assets/css/site.css', '--loader:.woff2=file', '--asset-names=[name]', '--public-path=/', `--outdir=${folder}`);
  await esbuild('assets/ts/journal/parts/index.ts', `--outfile=${join(folder, 'index.js')}`);
  const files = Object.fromEntries(await Promise.all((await readdir(folder)).map(async (f) => [`/${f}`, await readFile(join(folder, f))])));
  const size = gzipSync(files['/index.js'], { level: 9 }).length;
  await rm(folder, { recursive: true, force: true });

  const server = createServer((ask, answer) => {
    const path = new URL(ask.url, 'http://x').pathname;
    answer.setHeader('Content-Security-Policy', policy);
    answer.setHeader('Permissions-Policy', 'camera=(self), microphone=(self)');
    if (files[path]) return answer.setHeader('Content-Type', types[extname(path)]).end(files[path]);
    const name = path.slice(1);
    if (name && !/^held-[a-z-]+$/.test(name)) return answer.writeHead(404).end();
    answer.setHeader('Content-Type', 'text/html; charset=utf-8');
    answer.end(page((name ? [name] : everyPart).map((n) => `<section><h2>${n.replaceAll('-', ' ')}</h2><${n}></${n}></section>`).join('')));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`, size,
    stop: () => { server.closeAllConnections(); server.close(); },
  };
}

export const everyPart = [
  'held-part-voice', 'held-part-drawing', 'held-part-body', 'held-part-photo', 'held-part-colour',
  'held-themes', 'held-themes-picture', 'held-guard', 'held-names-guard',
];

// visit opens one element's page, gives it to the walk, and holds that nothing
// went wrong and nothing was asked of anybody.
export async function visit(served, name, walk, options) {
  const page = await newPage(served.url, options);
  await page.goto(`/${name}`);
  await page.evaluate((n) => {
    window.part = document.querySelector(n);
    window.changes = 0;
    document.addEventListener('change', (e) => { if (e.target === window.part) window.changes++; });
  }, name);
  const asked = [];
  page.on('request', (r) => { if (!/^(blob|data):|\.woff2$/.test(r.url())) asked.push(r.url()); });
  await walk(page);
  none([...asked.map((u) => `asked for ${u}`), ...await leave(page)]);
}

// What a test asks of the part that is open, which is window.part.
export const value = (page) => page.evaluate(async () => {
  const v = window.part.value;
  if (!v?.blob) return v;
  return { type: v.type, alt: v.alt, seconds: v.seconds, size: v.blob.size, text: v.type.includes('svg') ? await v.blob.text() : '' };
});
export const changes = (page) => page.evaluate(() => window.changes);
export const button = (page, name) => page.getByRole('button', { name, exact: true });
export const said = (page, words) => page.getByRole('status').filter({ hasText: words }).waitFor();

// again closes the part and opens a new one with what was kept.
export const again = (page, name) => page.evaluate((n) => {
  const next = document.createElement(n);
  next.value = window.part.value;
  window.part.replaceWith(next);
  window.part = next;
}, name);

// looked examines the state in which a part stands, on a small telephone, by day
// and by night.
export async function looked(page, where) {
  await page.setViewportSize({ width: 320, height: 640 });
  const found = [...await shaped(page), ...await accessible(page), ...await apart(page)];
  await page.emulateMedia({ colorScheme: 'dark' });
  found.push(...await accessible(page, colours));
  await page.emulateMedia({ colorScheme: 'light' });
  none(found.map((f) => `${where}: ${f}`));
}
