// A real Chromium, and pages in it that remember everything that went wrong.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

// Each visitor is a context of their own, and a whole Chromium opens a window
// around each, with its own interface drawn in it. Without windows the same
// engine of the same build draws the same pages for less of the machine's work. It
// has no device around it either: nobody is asked for a microphone, there are no
// notices, no screen is kept on. Whatever needs those, and what is measured,
// takes the whole one, as people have it.
const whole = '/usr/bin/chromium';
const windowless = '/usr/bin/chromium-headless-shell';
const first = (...paths) => process.env.CHROMIUM || paths.find(existsSync) || whole;
export const wholeChromium = () => first(whole);

let browser;

async function launch(executablePath, more) {
  return chromium.launch({
    executablePath,
    args: [
      '--disable-dev-shm-usage', // containers give little of it
      ...more,
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), // Chromium has no sandbox for root
    ],
  });
}

// openBrowser starts it once; whoever comes first may ask for more.
export async function openBrowser(more = []) {
  browser ??= await launch(first(windowless, whole), more);
  return browser;
}

// openWhole is for what a device does; it comes before the first page.
export async function openWhole(more = []) {
  if (browser) throw new Error('a browser is open already, perhaps not the whole one');
  browser = await launch(wholeChromium(), more);
  return browser;
}

export async function closeBrowser() {
  await browser?.close();
  browser = undefined;
}

// newPage opens a page of its own, as one visitor: width, with or without
// scripts, in a zone, by day or by night. page.faults lists what no page may
// do: ask another host, fail to load a part, complain in the console.
export async function newPage(base, { width = 1280, js = true, zone = 'Europe/Lisbon', scheme = 'light' } = {}) {
  const context = await (await openBrowser()).newContext({
    baseURL: base,
    viewport: { width, height: width < 700 ? 844 : 900 },
    deviceScaleFactor: 1,
    isMobile: width < 700,
    hasTouch: width < 700,
    javaScriptEnabled: js,
    timezoneId: zone,
    locale: 'en-GB',
    colorScheme: scheme,
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  page.faults = [];
  for (const owner of [page, context]) answering(owner, page);
  listen(page, new URL(base).origin);
  return page;
}

// answering lets a test answer in the server's place until its page is left: who
// is still fetching then has nobody to answer, and that is no fault of the page.
function answering(owner, page) {
  const route = owner.route.bind(owner);
  owner.route = (url, handler, options) => route(url, async (r) => {
    try {
      await handler(r);
    } catch (e) {
      if (!page.left) throw e;
    }
  }, options);
}

// listen notes on a page what goes wrong there; newPage has done so already.
export function listen(page, origin) {
  const note = (what) => page.faults.push(`${what} (on ${page.url()})`);
  page.on('pageerror', (e) => note(`script error: ${e.message}`));
  page.on('console', (m) => {
    // A page answered with 404 or 422 is an answer; the browser says so as an
    // error. Parts of a page that fail are noted below.
    if (m.type() !== 'error' && m.type() !== 'warning') return;
    if (m.text().startsWith('Failed to load resource')) return;
    note(`console ${m.type()}: ${m.text()}`);
  });
  page.on('request', (r) => {
    const to = new URL(r.url());
    if (to.protocol.startsWith('http') && to.origin !== origin) note(`third-party request: ${to.href}`);
  });
  page.on('requestfailed', (r) => {
    // A page left before its parts came, and a download, end a request early.
    if (r.failure()?.errorText !== 'net::ERR_ABORTED') note(`request failed: ${r.url()} ${r.failure()?.errorText}`);
  });
  page.on('response', (r) => {
    if (r.status() >= 400 && !r.request().isNavigationRequest()) note(`${r.status()} for ${r.url()}`);
    if (r.status() >= 500) note(`the server failed: ${r.status()} for ${r.url()}`);
  });
}

// leave closes a page and its context and tells what went wrong on it.
export async function leave(page) {
  const faults = page.faults;
  page.left = true;
  await page.context().close();
  return faults;
}
