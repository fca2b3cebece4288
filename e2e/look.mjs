// Looks at the page that is open: in each width by day, its colours by night,
// with letters twice as large, and on paper. Gives what it found, with where.
import { accessible, colours, inked, shaped, supported, uncut } from './checks.mjs';

const heights = { 320: 640, 390: 844, 1280: 900 };

export const everyWidth = [320, 390, 1280];

// examine leaves the page as it found it but for its width, which is the last.
export async function examine(page, where, { widths = [390, 1280], night = true, large = true, paper = true, crisis = false } = {}) {
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
  if (large) note('in large letters', await inLargeLetters(page));
  if (paper) note('on paper', await onPaper(page));
  return found;
}

// glance is for a page of a kind that was examined before: other words stand
// on it, the template is the same.
export const glance = (page, where, options) => examine(page, where, { widths: [1280], night: false, large: false, paper: false, ...options });

// inLargeLetters doubles the size of letters as a reader's own setting does.
async function inLargeLetters(page) {
  const browser = await page.context().newCDPSession(page);
  try {
    await browser.send('Page.setFontSizes', { fontSizes: { standard: 32, fixed: 26 } });
    return [...await shaped(page), ...await uncut(page)];
  } finally {
    await browser.send('Page.setFontSizes', { fontSizes: { standard: 16, fixed: 13 } });
    await browser.detach();
  }
}

// onPaper prints from a dark screen, the harder case.
async function onPaper(page) {
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  try {
    return [...await shaped(page), ...await inked(page), ...await accessible(page, colours)];
  } finally {
    await page.emulateMedia({ media: 'screen', colorScheme: 'light' });
  }
}
