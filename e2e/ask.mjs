// The asker's steps, and what a heading, a group or a reply code is on a page.
import assert from 'node:assert/strict';

// pageHeading waits for the page whose one h1 has this name.
export async function pageHeading(page, name) {
  const exact = typeof name === 'string';
  await page.getByRole('heading', { level: 1, name, exact }).waitFor();
}

// unfold opens a group of the space that is closed.
export async function unfold(page, name) {
  const group = page.locator('details.fold').filter({ has: page.locator('summary', { hasText: name }) });
  await group.waitFor();
  if (await group.getAttribute('open') === null) await group.locator('summary').click();
}

export async function ask(page, text, { contact } = {}) {
  await page.getByRole('navigation', { name: 'Site' }).getByRole('link', { name: 'Questions' }).click();
  await pageHeading(page, 'Ask a question');
  await page.getByLabel('What would you like to ask?').fill(text);
  if (contact) await page.getByLabel('An address, if you want a note when there is a reply (optional)').fill(contact);
  await page.getByRole('button', { name: 'Send the question' }).click();
  await pageHeading(page, 'Your question is with us');
  const code = (await page.getByLabel('Your reply code').first().textContent()).trim();
  assert.ok(code.length >= 6, `a reply code, not “${code}”`);
  return code;
}

export async function readAnswer(page, code) {
  await page.goto('/questions');
  const form = page.getByRole('form', { name: 'Read an answer' });
  await form.getByLabel('Reply code').fill(code);
  await form.getByRole('button', { name: 'Show the answer' }).click();
  await pageHeading(page, 'Your question');
  return page.getByRole('main');
}
