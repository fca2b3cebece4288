// What every page must be, whoever looks at it. Each check gives a list of
// findings, one sentence each; an empty list is a good page.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

const axe = await readFile(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

// colours are the rules that only a colour can break; the rest of a page is
// the same by day and by night.
export const colours = ['color-contrast', 'link-in-text-block'];

// none fails with every finding on a line of its own.
export function none(found) {
  assert.ok(!found.length, `${found.length} findings:\n  ${found.join('\n  ')}`);
}

// accessible gives axe's findings: by every rule, or by those that are named.
// axe is put into a page once and stays until the page is left.
export async function accessible(page, rules) {
  if (!await page.evaluate(() => 'axe' in window)) await page.evaluate(axe);
  return page.evaluate(async (runOnly) => {
    const { violations } = await window.axe.run({ runOnly, resultTypes: ['violations'] });
    return violations.flatMap((v) =>
      v.nodes.map((n) => `axe ${v.id}: ${v.help}: ${n.target.join(' ')}: ${(n.failureSummary ?? '').split('\n').slice(1, 3).join(' ').trim()}`));
  }, rules ? { type: 'rule', values: rules } : { type: 'tag', values: tags });
}

// shaped looks at a page's bones: one h1, one main, a title, a language,
// nothing inline (the policy would refuse it), nothing wider than the window.
export async function shaped(page) {
  const bones = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const within = (e) => { // something that scrolls or clips by itself
      for (let p = e.parentElement; p && p !== document.body; p = p.parentElement) {
        if (getComputedStyle(p).overflowX !== 'visible') return true;
      }
      return false;
    };
    const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
    return {
      h1: document.querySelectorAll('h1').length,
      main: document.querySelectorAll('main').length,
      title: document.title.trim(),
      lang: document.documentElement.lang,
      inline: document.querySelectorAll('[style], style, script:not([src])').length,
      sideways: document.documentElement.scrollWidth - width,
      wide: [...document.querySelectorAll('body *')]
        .filter((e) => e.getBoundingClientRect().right > width + 1 && !within(e))
        .slice(0, 3).map((e) => `${e.tagName.toLowerCase()}.${e.className}`),
      twice: ids.filter((id, i) => ids.indexOf(id) !== i),
    };
  });
  const found = [];
  if (bones.h1 !== 1) found.push(`${bones.h1} h1 headings; a page has one`);
  if (bones.main !== 1) found.push(`${bones.main} main landmarks; a page has one`);
  if (!bones.title) found.push('no title');
  if (!bones.lang) found.push('no language');
  if (bones.inline) found.push(`${bones.inline} inline styles or scripts`);
  if (bones.sideways > 0) found.push(`scrolls sideways by ${bones.sideways} px: ${bones.wide.join(', ')}`);
  if (bones.twice.length) found.push(`ids given twice: ${bones.twice.join(', ')}`);
  return found;
}

// supported looks for crisis support, on every page and in the same place.
export async function supported(page) {
  const link = page.getByRole('banner').getByRole('link', { name: 'Crisis support', exact: true });
  return (await link.count()) === 1 && (await link.isVisible()) ? [] : ['no “Crisis support” link in the page\'s head'];
}

// weigh opens a page as a first visit and gives its weight on the wire. Its
// page must be new, so that nothing is kept from before.
export async function weigh(page, path) {
  const requests = [];
  const note = (r) => requests.push(r);
  page.on('requestfinished', note);
  await page.goto(path, { waitUntil: 'load' });
  await page.evaluate(() => document.fonts.ready.then(() => true));
  page.off('requestfinished', note);
  const weight = { bytes: 0, fonts: 0, requests: 0, parts: [] };
  for (const r of requests) {
    const { responseBodySize, responseHeadersSize } = await r.sizes();
    const size = responseBodySize + responseHeadersSize;
    if (r.resourceType() === 'font') {
      weight.fonts += size;
      continue;
    }
    weight.bytes += size;
    weight.requests += 1;
    weight.parts.push(`${new URL(r.url()).pathname} ${size}`);
  }
  return weight;
}

// light holds the bars of a first visit: 60 kB and 6 requests before fonts,
// 120 kB of fonts.
export function light({ bytes, fonts, requests, parts }) {
  const found = [];
  if (bytes >= 60_000) found.push(`weighs ${bytes} bytes before fonts, the bar is 60000: ${parts.join(', ')}`);
  if (fonts >= 120_000) found.push(`fonts weigh ${fonts} bytes, the bar is 120000`);
  if (requests > 6) found.push(`${requests} requests before fonts, the bar is 6: ${parts.join(', ')}`);
  return found;
}

// steady gives how much a page's parts moved while it came together (fonts
// arriving must move nothing). The page must be watched from its start.
export async function watchShifts(page) {
  await page.addInitScript(() => {
    window.shifted = 0;
    new PerformanceObserver((list) => {
      for (const e of list.getEntries()) window.shifted += e.value;
    }).observe({ type: 'layout-shift', buffered: true });
  });
}

export async function steady(page) {
  await page.evaluate(() => document.fonts.ready.then(() => true));
  const shifted = await page.evaluate(() => window.shifted);
  return shifted > 0.02 ? [`its parts move while it loads (layout shift ${shifted.toFixed(3)})`] : [];
}

// uncut finds words that are cut off at the edge of their box.
export async function uncut(page) {
  return page.evaluate(() => [...document.querySelectorAll('body *')].filter((e) => {
    const look = getComputedStyle(e);
    if (look.overflowX !== 'hidden' && look.overflowX !== 'clip') return false;
    if (look.textOverflow === 'ellipsis') return false; // the beginning of what stands whole behind its link
    if (look.clipPath !== 'none' || !e.textContent.trim() || !e.checkVisibility()) return false; // for the ears
    return e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1;
  }).slice(0, 3).map((e) => `its words are cut off: ${e.tagName.toLowerCase()}.${e.className}: ${e.textContent.trim().slice(0, 40)}`));
}

// inked looks at a page as paper takes it: dark words on white, whatever the
// screen's colours were.
export async function inked(page) {
  return page.evaluate(() => {
    const light = (colour) => {
      const [r, g, b, a = 1] = colour.match(/[\d.]+/g).map(Number);
      return a === 0 ? 1 : (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
    };
    const found = [];
    for (const e of document.querySelectorAll('html, body, main, main *')) {
      if (!e.checkVisibility()) continue;
      const look = getComputedStyle(e);
      const said = `${e.tagName.toLowerCase()}.${e.className}`;
      if (light(look.backgroundColor) < 0.8 && !e.matches('svg, svg *')) found.push(`${said} would be printed on a dark ground (${look.backgroundColor})`);
      const words = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
      if (words && light(look.color) > 0.5) found.push(`${said} would be printed in light ink (${look.color})`);
    }
    return found.slice(0, 3);
  });
}

// bare finds what only leads elsewhere, and so has no business on paper.
export async function bare(page) {
  return page.evaluate(() => [...document.querySelectorAll('nav, [role="navigation"], a[href="#content"], form[role="search"]')]
    .filter((e) => e.checkVisibility())
    .slice(0, 3).map((e) => `${e.tagName.toLowerCase()}.${e.className} would be printed, and leads nowhere from paper`));
}

// apart finds words and fields that lie over others. A line's box is taller
// than what is seen of its letters, so its middle is what counts.
export async function apart(page) {
  return page.evaluate(() => {
    const unseen = new Map();
    const seen = (e) => {
      if (!e || e === document.documentElement) return true;
      if (!unseen.has(e)) unseen.set(e, getComputedStyle(e).clipPath === 'none' && seen(e.parentElement));
      return unseen.get(e);
    };
    const within = ({ left, top, right, bottom }, e) => { // what the boxes that scroll or clip leave to be seen
      for (let p = e; p && p !== document.body; p = p.parentElement) {
        if (getComputedStyle(p).overflowX === 'visible') continue;
        const box = p.getBoundingClientRect();
        [left, top, right, bottom] = [Math.max(left, box.left), Math.max(top, box.top), Math.min(right, box.right), Math.min(bottom, box.bottom)];
      }
      return { left, top, right, bottom, e };
    };
    const boxes = [];
    const add = (rect, e) => {
      const middle = rect.height / 4;
      const box = within({ left: rect.left, right: rect.right, top: rect.top + middle, bottom: rect.bottom - middle }, e);
      if (box.right - box.left > 3 && box.bottom - box.top > 1) boxes.push(box);
    };
    const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let n = words.nextNode(); n; n = words.nextNode()) {
      const e = n.parentElement;
      if (!n.data.trim() || e.closest('option, script, svg, textarea') || !e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || !seen(e)) continue;
      const range = document.createRange();
      range.selectNodeContents(n);
      for (const r of range.getClientRects()) add(r, e);
    }
    for (const e of document.querySelectorAll('input:not([type="hidden"]), select, textarea')) {
      if (e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && seen(e)) add(e.getBoundingClientRect(), e);
    }
    boxes.sort((a, b) => a.top - b.top);
    const name = (e) => `${e.tagName.toLowerCase()}.${e.className} “${(e.textContent.trim() || e.getAttribute('name') || '').slice(0, 30)}”`;
    const found = new Set();
    for (let i = 0; i < boxes.length; i++) {
      const a = boxes[i];
      for (let j = i + 1; j < boxes.length && boxes[j].top < a.bottom - 1; j++) {
        const b = boxes[j];
        if (a.e.contains(b.e) || b.e.contains(a.e)) continue;
        if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 3 && Math.min(a.bottom, b.bottom) - b.top > 1) found.add(`${name(a.e)} lies over ${name(b.e)}`);
      }
    }
    return [...found].slice(0, 3);
  });
}

// still finds what moves although the reader asked for less motion.
export async function still(page) {
  return page.evaluate(() => {
    const moving = (times) => times.split(',').some((t) => parseFloat(t) > 0.001);
    const found = [...document.querySelectorAll('body, body *')].filter((e) => {
      const look = getComputedStyle(e);
      return moving(look.transitionDuration) || look.animationName !== 'none' && moving(look.animationDuration) || look.scrollBehavior === 'smooth';
    });
    return found.slice(0, 3).map((e) => `${e.tagName.toLowerCase()}.${e.className} moves although less motion was asked for`);
  });
}
