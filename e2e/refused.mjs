// Sends the forms of a page back with their needed fields left empty and looks
// at each answer: the form again, its mistakes listed and told beside the fields.
import { examine } from './look.mjs';

const needing = 'main form[method="post"]:has([required]:not([type="radio"]))';

// refuse gives what is wrong with the refusals of the page at href.
export async function refuse(page, href) {
  const found = [];
  await unfolded(page, href);
  const forms = await page.locator(needing).count();
  for (let i = 0; i < forms; i++) {
    if (i) await unfolded(page, href);
    const form = page.locator(needing).nth(i);
    const where = `${new URL(href).pathname}, ${await form.getAttribute('aria-label')} without what it needs`;
    await form.evaluate((f) => { for (let d = f.closest('details'); d; d = d.parentElement.closest('details')) d.open = true; });
    const fields = form.locator('[required]:not([type="radio"], [type="checkbox"], select)');
    for (const field of await fields.all()) await field.fill('');
    const answered = page.waitForResponse((r) => r.request().method() === 'POST' && r.request().isNavigationRequest());
    const main = form.locator('button:not(.button-quiet, .button-text)'); // not one that only makes room
    await (await main.count() ? main : form.getByRole('button')).last().click();
    const status = (await answered).status();
    await page.waitForLoadState();
    if (status !== 422) {
      found.push(`${where}: answered ${status}, not 422`);
      continue;
    }
    found.push(...await told(page, where), ...await examine(page, where, { widths: [390] }));
  }
  return found;
}

// unfolded opens a page with everything on it in sight.
async function unfolded(page, href) {
  await page.goto(href);
  await page.locator('main details').evaluateAll((all) => all.forEach((d) => { d.open = true; }));
}

// told finds whether each mistake is listed above the form, with a link to its
// field, and told beside the field.
export async function told(page, where) {
  const found = [];
  const list = page.getByRole('heading', { name: 'Please look at this again' });
  if (await list.count() !== 1) return [`${where}: no list of mistakes`];
  const wrong = page.locator('main [aria-invalid="true"]');
  if (!await wrong.count()) found.push(`${where}: no field is marked`);
  for (const field of await wrong.all()) {
    const [id, about] = [await field.getAttribute('id'), await field.getAttribute('aria-describedby')];
    if (!await page.locator(`main a[href="#${id}"]`).count()) found.push(`${where}: nothing in the list leads to ${id}`);
    const told = (about ?? '').split(' ').filter(Boolean).map((a) => page.locator(`[id="${a}"]`).textContent());
    if (!(await Promise.all(told)).some((t) => t.trim())) found.push(`${where}: the mistake is not told beside ${id}`);
  }
  return found;
}
