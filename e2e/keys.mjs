// Walks by the Tab key alone and looks at every stop on the way.
import { until } from './until.mjs';

// stop tells what has the focus: its role and name, as they are heard, and
// what is wrong with it for somebody who sees where they are.
async function stop(page) {
  const at = page.locator(':focus');
  if (!await at.count()) return { heard: '', wrong: [] };
  const heard = (await at.ariaSnapshot()).split('\n')[0].replace(/^- /, '').replace(/:$/, '');
  const wrong = await at.evaluate((e) => {
    const look = getComputedStyle(e);
    const found = [];
    if (look.outlineStyle === 'none' || parseFloat(look.outlineWidth) < 2) found.push('its focus cannot be seen');
    const box = e.getBoundingClientRect();
    if (box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth) found.push('it is out of sight');
    return found;
  });
  return { heard, wrong: wrong.map((w) => `${heard}: ${w}`) };
}

// walker presses Tab from stop to stop; it keeps what was wrong and what was heard.
export function walker(page) {
  const found = [];
  const here = async () => {
    const { heard, wrong } = await stop(page);
    found.push(...wrong);
    return heard;
  };
  const tab = async () => {
    await page.keyboard.press('Tab');
    return here();
  };
  return {
    found,
    here,
    tab,
    // to walks on until a stop is heard as wanted, and gives the stops passed.
    async to(wanted, most = 120) {
      const passed = [];
      for (let i = 0; i < most; i++) {
        const heard = await tab();
        if (wanted.test(heard)) return passed;
        passed.push(heard);
      }
      throw new Error(`Tab does not lead to ${wanted}; it led past:\n  ${passed.join('\n  ')}`);
    },
    // press does what is meant to open another page, and waits until it is there.
    async press(key, heading) {
      await page.keyboard.press(key);
      await page.getByRole('heading', { level: 1, name: heading }).waitFor();
      await until('the focus to begin anew', () => page.evaluate(() => document.readyState === 'complete'));
    },
  };
}
