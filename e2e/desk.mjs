// The guide's steps at the desk.
import { pageHeading } from './ask.mjs';

export async function go(page, name) {
  await page.getByRole('navigation', { name: 'Desk' }).getByRole('link', { name, exact: true }).click();
  await pageHeading(page, name);
  return page.getByRole('main');
}

// answer opens the question that has this text and answers it.
export async function answer(page, text, reply) {
  const main = await go(page, 'Questions');
  await main.getByRole('link', { name: text }).first().click();
  await page.getByLabel('Your answer').fill(reply);
  await page.getByRole('button', { name: 'Send the answer' }).click();
}

// weekShowing walks the calendar from week to week until a text is on it.
export async function weekShowing(page, text, { weeks = 8 } = {}) {
  await go(page, 'Calendar');
  for (let i = 0; i < weeks; i++) {
    const found = page.getByRole('main').getByText(text);
    if (await found.count()) return found.first();
    await page.getByRole('main').getByRole('link', { name: 'Next week' }).click();
    await pageHeading(page, 'Calendar');
  }
  throw new Error(`“${text}” stands in none of the next ${weeks} weeks`);
}
