// Who looks: the demo practice's people, and what each of them begins with.
import { newPage } from './browser.mjs';

export const site = ['/', '/how', '/people', '/fees', '/articles', '/privacy', '/questions', '/book', '/support', '/sign-in', '/demo', '/demo/mail'];

export const buttons = {
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

// invite fills in the form of one of the two lists of invitations.
export async function invite(page, to, { name, email, words = '', roles = [], style }) {
  await page.goto(`/desk/welcome/${to}`);
  const form = page.getByRole('form', { name: to === 'work' ? 'Invitations to work here' : 'Invitations to a space' });
  await form.getByLabel('Name', { exact: true }).fill(name);
  await form.getByLabel('E-mail address').fill(email);
  for (const role of roles) await form.getByRole('checkbox', { name: new RegExp(`^${role}`, 'i') }).check();
  if (style) await form.getByRole('radio', { name: new RegExp(`^${style}`) }).check();
  await form.getByLabel('A few words of yours').fill(words);
  await form.getByRole('button', { name: 'Invite' }).click();
  await page.getByRole('status').waitFor();
}

// invitationOf gives the link in the newest letter to an address.
export async function invitationOf(held, email) {
  const letter = await held.letter({ to: email, having: /\/welcome\// });
  return letter.text.match(/https?:\/\/\S+\/welcome\/\S+/)[0];
}
