// Looks at the page that is open: in each width by day, its colours by night;
// and, on every page, at four times the size, with letters twice as large, on
// paper, and without motion. Gives what it found, with where.
import { accessible, apart, bare, colours, inked, shaped, still, supported, uncut } from './checks.mjs';

const heights = { 320: 640, 390: 844, 1280: 900 };

export const everyWidth = [320, 390, 1280];

// examine leaves the page as it found it but for its size, which is the laptop's.
// Without "large" letters stay as they are.
export async function examine(page, where, { widths = [390, 1280], night = true, crisis = false, large = true } = {}) {
  const found = [];
  const note = (how, what) => found.push(...what.map((w) => `${where} ${how}: ${w}`));
  for (const width of widths) {
    await page.setViewportSize({ width, height: heights[width] });
    note(`at ${width}`, [...await shaped(page), ...await accessible(page), ...(crisis ? await supported(page) : [])]);
    if (!night) continue;
    await page.emulateMedia({ colorScheme: 'dark' });
    note(`at ${width} by night`, await accessible(page, colours));
    await page.emulateMedia({ colorScheme: 'light' });
  }
  note('at four times the size', await zoomed(page));
  if (large) note('in large letters', await inLargeLetters(page));
  note('on paper', await onPaper(page, night));
  note('without motion', await still(page));
  return found;
}

// glance is for a page of a kind that was examined before: other words stand
// on it, the template is the same.
export const glance = (page, where, options) => examine(page, where, { widths: [1280], night: false, ...options });

const whole = async (page) => (await Promise.all([shaped(page), uncut(page), apart(page)])).flat();

// zoomed is a laptop's window of 1280 × 900 at 400 %.
async function zoomed(page) {
  await page.setViewportSize({ width: 320, height: 225 });
  return whole(page);
}

// inLargeLetters doubles the size of letters as a reader's own setting does, on
// a telephone and on a laptop.
async function inLargeLetters(page) {
  const browser = await page.context().newCDPSession(page);
  try {
    await browser.send('Page.setFontSizes', { fontSizes: { standard: 32, fixed: 26 } });
    const found = [];
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: heights[width] });
      found.push(...await whole(page));
    }
    return found;
  } finally {
    await browser.send('Page.setFontSizes', { fontSizes: { standard: 16, fixed: 13 } });
    await browser.detach();
  }
}

// onPaper prints from a dark screen, the harder case, as wide as a sheet of A4
// within its margins.
async function onPaper(page, withAxe) {
  await page.setViewportSize({ width: 642, height: 900 });
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  try {
    return [...await whole(page), ...await inked(page), ...await bare(page), ...(withAxe ? await accessible(page, colours) : [])];
  } finally {
    await page.emulateMedia({ media: 'screen', colorScheme: 'light' });
    await page.setViewportSize({ width: 1280, height: heights[1280] });
  }
}
