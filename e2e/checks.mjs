// What every page must be, whoever looks at it. Each check gives a list of
// findings, one sentence each; an empty list is a good page.
import { AxeBuilder } from '@axe-core/playwright';

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

// accessible gives axe's findings.
export async function accessible(page) {
  const { violations } = await new AxeBuilder({ page }).withTags(tags).analyze();
  return violations.flatMap((v) =>
    v.nodes.map((n) => `axe ${v.id}: ${v.help}: ${n.target.join(' ')}: ${(n.failureSummary ?? '').split('\n').slice(1, 3).join(' ').trim()}`));
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
  await page.goto(path, { waitUntil: 'networkidle' });
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
