// Every page behind the door, as each person of the demo practice reaches it by
// links; and every form there, sent back with what it needs left out.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { startDemo } from './program.mjs';
import { closeBrowser, leave } from './browser.mjs';
import { begins, signIn, staff } from './people.mjs';
import { none } from './checks.mjs';
import { examine, glance } from './look.mjs';
import { refuse } from './refused.mjs';
import { crawl } from './crawl.mjs';

let held;
before(async () => { held = await startDemo(); });
after(async () => {
  await closeBrowser();
  await held?.stop();
});

describe('the pages behind the door', () => {
  const known = new Set(); // a kind of page is looked at in full once
  for (const who of [...staff, 'client']) {
    test(`of the ${who}`, { timeout: 15 * 60_000 }, async () => {
      const page = await signIn(held, who);
      const found = [];
      const forms = new Map(); // the first page on which a form stands
      const pages = await crawl(page, [...begins(who), '/account'].map((p) => held.url + p), {
        within: (path) => begins(who).some((b) => path.startsWith(b)),
        visit: async ({ href, path, kind, status }) => {
          if (status >= 400) found.push(`${path}: a link leads to ${status}`);
          found.push(...await (known.has(kind) ? glance : examine)(page, path, { crisis: who === 'client' }));
          if (!known.has(kind)) forms.set(kind, href);
          known.add(kind);
        },
      });
      for (const href of forms.values()) found.push(...await refuse(page, href));
      found.push(...await leave(page));
      none(found);
      assert.ok(pages.length >= (who === 'client' ? 3 : 4), `${who} reached ${pages.map((p) => p.path)}`);
    });
  }
});
