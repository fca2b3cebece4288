// Five instruments on a phone, with a thumb: how many taps and pages it takes,
// at 320 pixels and twice the size of text.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { startDemo } from './program.mjs';
import { closeBrowser, leave } from './browser.mjs';
import { signIn } from './people.mjs';
import { none } from './checks.mjs';

const limit = { timeout: 5 * 60_000 };
const five = ['PHQ-9', 'GAD-7', 'WHO-5', 'AUDIT-C', 'PHQ-4'];
const aTap = 2, aPage = 4; // seconds: to read a line and tap it; to see a page come
let held;
before(async () => {
  held = await startDemo();
});
after(async () => {
  await closeBrowser();
  await held?.stop();
});

test('five instruments take under four minutes of tapping on a small phone', limit, async () => {
  const owner = await signIn(held, 'owner');
  await owner.goto('/desk/people?q=Ilan');
  await owner.getByRole('row').getByRole('link', { name: 'Ilan', exact: true }).click();
  await owner.getByRole('link', { name: 'Measures over time' }).click();
  for (const what of five) {
    const ask = owner.getByRole('form', { name: 'Ask now' });
    await ask.getByRole('combobox').selectOption({ label: what });
    await ask.getByLabel('For how many days it can be answered').fill('7');
    await ask.getByRole('button', { name: 'Ask' }).click();
    await owner.waitForLoadState();
  }
  none(await leave(owner));

  const phone = await signIn(held, 'client', { width: 320, js: false });
  let taps = 0, pages = 0;
  const tap = async (control) => {
    await control.click();
    taps++;
  };
  const wide = () => {
    return phone.evaluate(() => {
      document.documentElement.style.fontSize = '200%';
      return document.documentElement.scrollWidth - innerWidth;
    });
  };
  for (const what of five) {
    await phone.goto('/space/check-ins');
    pages++;
    await tap(phone.getByRole('link', { name: `Begin ${what}`, exact: true }).first());
    for (;;) {
      pages++;
      assert.ok(await wide() <= 0, `${what} scrolls sideways with large letters`);
      for (const group of await phone.getByRole('main').locator('form fieldset.choice:visible').all()) await tap(group.getByRole('radio').first());
      const next = phone.getByRole('main').getByRole('button', { name: /^(Next|Look it over)$/ }).last();
      const last = (await next.textContent()).includes('Look it over');
      await tap(next);
      if (last) break;
    }
    pages++;
    await tap(phone.getByRole('button', { name: /Send/ }).first());
  }
  const seconds = taps * aTap + pages * aPage;
  console.log(`# five instruments: ${taps} taps on ${pages} pages, about ${seconds} seconds of tapping`);
  assert.ok(taps > 30 && seconds < 240, `${taps} taps, ${pages} pages`);
  none(await leave(phone));
});
