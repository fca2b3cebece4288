// Who looks: the demo practice's people, and what each of them begins with.
import { newPage } from './browser.mjs';

export const site = ['/', '/how', '/people', '/fees', '/articles', '/privacy', '/questions', '/book', '/support', '/sign-in', '/demo', '/demo/mail'];

const buttons = {
  owner: 'Sign in as the owner',
  prescriber: 'Sign in as the prescriber',
  coordinator: 'Sign in as the coordinator',
  attendant: 'Sign in as the attendant',
  client: 'Sign in as a client',
};

export const staff = ['owner', 'prescriber', 'coordinator', 'attendant'];

export const begins = (who) => (who === 'client' ? ['/space'] : ['/desk']);

// signIn opens a page and signs in with the demo's one click.
export async function signIn(held, who, options) {
  const page = await newPage(held.url, options);
  await page.goto('/demo');
  try {
    await page.getByRole('button', { name: buttons[who], exact: true }).click();
    await page.waitForURL((u) => u.pathname.startsWith(begins(who)[0]));
  } catch (e) {
    throw new Error(`nobody could sign in as ${who}; the program stood here:\n${await held.stacks()}`, { cause: e });
  }
  return page;
}
