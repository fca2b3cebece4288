// Finds the pages that somebody can reach by links, one or two of each kind.

// kind is an address with what is particular left out: ids, codes, dates,
// numbers and the values of queries. Two pages of one kind are made by one
// template; the calendar of every week for ever is one kind.
export function kind(href) {
  const u = new URL(href);
  const parts = u.pathname.split('/').map((p, i, all) => {
    if (/^\d+$/.test(p) || /^\d{4}-\d\d-\d\d/.test(p) || /[0-9a-f]{8}-/.test(p) || /[\w-]{24,}/.test(p)) return '*';
    return i > 1 && ['articles', 'book', 'questions', 'appointments', 'forms', 'instruments', 'part'].includes(all[i - 1]) ? '*' : p;
  });
  const keys = [...u.searchParams.keys()].sort();
  return parts.join('/') + (keys.length ? `?${keys}` : '');
}

const notPages = /\.(ics|atom|xml|txt|json|csv|pdf|png|svg|woff2)$/;

// crawl opens pages from the given (whole) addresses on, following links on this site.
// visit is called with each page opened; it may look at it as it likes.
export async function crawl(page, starts, { perKind = 2, within = () => true, visit = async () => {} } = {}) {
  const origin = new URL(starts[0]).origin;
  const seen = new Map(); // kind -> how many
  const done = new Set();
  const queue = [...starts];
  const pages = [];
  while (queue.length) {
    const href = queue.shift();
    if (done.has(href)) continue;
    done.add(href);
    const k = kind(href);
    if ((seen.get(k) ?? 0) >= perKind) continue;
    seen.set(k, (seen.get(k) ?? 0) + 1);
    const answer = await page.goto(href);
    if (!(answer.headers()['content-type'] ?? '').startsWith('text/html')) continue;
    const found = { href, kind: k, status: answer.status(), path: href.slice(origin.length) };
    pages.push(found);
    await visit(found);
    const links = await page.locator('a[href]').evaluateAll((all) => all.filter((a) => !a.hasAttribute('download')).map((a) => a.href));
    for (const link of links) {
      const to = new URL(link);
      to.hash = '';
      if (to.origin === origin && !notPages.test(to.pathname) && within(to.pathname)) queue.push(to.href);
    }
  }
  return pages;
}
