// People are invited: to a space, and to work here. Somebody is both, and has
// two views; one who is silent gets no mail; one invitation is taken back.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { startDemo } from './program.mjs';
import { closeBrowser, leave, newPage } from './browser.mjs';
import { invitationOf, invite, signIn } from './people.mjs';
import { none } from './checks.mjs';
import { examine } from './look.mjs';
import { pageHeading } from './ask.mjs';
import { until } from './until.mjs';

const limit = { timeout: 4 * 60_000 };
let held, owner;
before(async () => {
  held = await startDemo();
  owner = await signIn(held, 'owner');
});
after(async () => {
  const faults = owner ? await leave(owner) : [];
  await closeBrowser();
  await held?.stop();
  none(faults);
});

const landed = (page, path) => page.waitForURL((u) => u.pathname === path);

// device gives a page's browser something that keeps passkeys.
async function device(page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable', { enableUI: false });
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
}

const row = (name) => owner.getByRole('row').filter({ hasText: name });

test('a client is invited, then to work here too: one person, two views', limit, async () => {
  const email = 'alder@welcome.example';
  await invite(owner, 'space', { name: 'Alder', email, words: 'We spoke on Tuesday.' });
  const page = await newPage(held.url);
  await device(page);
  const first = await invitationOf(held, email);
  await page.goto(first);
  await pageHeading(page, 'An invitation');
  await page.getByText('We spoke on Tuesday.').waitFor();
  await page.getByRole('button', { name: 'Accept' }).click();
  await pageHeading(page, 'You are welcome here');
  await page.getByRole('link', { name: 'Open your space' }).click();
  await landed(page, '/space');

  await invite(owner, 'work', { name: 'Alder', email, roles: ['Guide'] });
  const second = await until('the second invitation', async () => {
    const all = (await held.letters()).filter((l) => l.to.includes(email)).map((l) => l.text.match(/https?:\/\/\S+\/welcome\/\S+/)?.[0]);
    return all.find((l) => l && l !== first);
  });
  await page.goto(second);
  await page.getByText(/invites you to work at/).waitFor();
  await page.getByRole('button', { name: 'Accept' }).click();
  await pageHeading(page, 'You are welcome here');
  await page.getByRole('link', { name: 'Set up a passkey or an app' }).click();
  await pageHeading(page, 'More than a link');
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await landed(page, '/desk');
  await page.getByRole('link', { name: 'Your space' }).click();
  await landed(page, '/space');
  await page.getByRole('link', { name: 'Desk', exact: true }).click();
  await landed(page, '/desk');
  none(await leave(page));

  // The front reads of a colleague only that they work here.
  const front = await signIn(held, 'coordinator');
  await front.goto('/desk/people?q=Alder');
  const cells = await front.getByRole('row').filter({ hasText: 'Alder' }).textContent();
  assert.doesNotMatch(cells, /client/);
  none(await leave(front));
});

test('who wants no mail is handed the link; with scripts off', limit, async () => {
  await invite(owner, 'space', { name: 'Sorrel', email: 'sorrel@welcome.example', style: 'No letter' });
  await row('Sorrel').getByRole('button', { name: /Show the link/ }).click();
  const link = (await owner.locator('held-copy output').textContent()).trim();
  assert.equal((await held.letters()).filter((l) => l.to.includes('sorrel@welcome.example')).length, 0);
  const phone = await newPage(held.url, { width: 390, js: false });
  await phone.goto(link);
  await phone.getByLabel('What shall we call you?').fill('Sorrel B.');
  await phone.getByRole('button', { name: 'Accept' }).click();
  await pageHeading(phone, 'You are welcome here');
  await phone.getByRole('main').getByRole('link', { name: 'Sign in', exact: true }).click();
  await phone.getByLabel('Your e-mail address').fill('sorrel@welcome.example');
  await phone.getByRole('button', { name: 'Send me a link' }).click();
  const letter = await held.letter({ to: 'sorrel@welcome.example', having: /sign-in\// });
  await phone.goto(letter.text.match(/https?:\/\/\S+/)[0]);
  await phone.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
  await landed(phone, '/space');
  none(await leave(phone));
});

test('an invitation is taken back, and its link says so; the pages are looked at', limit, async () => {
  const email = 'linden@welcome.example';
  await invite(owner, 'work', { name: 'Linden', email, roles: ['Attendant', 'Coordinator'], words: 'Come and see the room.' });
  const link = await invitationOf(held, email);
  const found = [...await examine(owner, 'invitations to work here', { widths: [320, 1280] })];
  const page = await newPage(held.url);
  await page.goto(link);
  found.push(...await examine(page, 'an invitation', { widths: [320, 1280] }));
  await row('Linden').getByRole('button', { name: /Take it back/ }).click();
  await owner.getByText('The invitation is taken back.').waitFor();
  await page.goto(link);
  await page.getByText('This invitation was taken back.').waitFor();
  await owner.goto('/desk/welcome/space');
  found.push(...await examine(owner, 'invitations to a space', { widths: [320, 1280] }));
  none([...found, ...await leave(page)]);
});
