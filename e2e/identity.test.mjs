// Signing in as people do it: with a passkey (Chromium's virtual authenticator),
// by a link, with an app's code, with what is left when all that is lost; and
// the sessions, ended and locked.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { startDemo } from './program.mjs';
import { closeBrowser, leave, newPage } from './browser.mjs';
import { invitationOf, invite, signIn } from './people.mjs';
import { none, shaped } from './checks.mjs';
import { examine } from './look.mjs';
import { pageHeading, unfold } from './ask.mjs';
import { until } from './until.mjs';

const limit = { timeout: 4 * 60_000 };
let held, owner, started;
before(async () => {
  started = Date.now();
  held = await startDemo();
  owner = await signIn(held, 'owner');
});
after(async () => {
  const faults = owner ? await leave(owner) : [];
  await closeBrowser();
  await held?.stop();
  none(faults);
});

// authenticator gives a page's browser a device that keeps passkeys; its owner
// is always there to show a finger.
async function authenticator(page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable', { enableUI: false });
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  return {
    kept: async () => (await devtools.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
    lose: () => devtools.send('WebAuthn.clearCredentials', { authenticatorId }),
    finger: (isUserVerified) => devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }),
    touch: (enabled) => devtools.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled }),
  };
}

// colleague lets somebody work here who has nothing but their mail.
async function colleague(name) {
  const email = `${name.toLowerCase()}@identity.example`;
  await invite(owner, 'work', { name, email, roles: ['Guide'] });
  const page = await newPage(held.url);
  await page.goto(await invitationOf(held, email));
  await page.getByRole('button', { name: 'Accept' }).click();
  await pageHeading(page, 'You are welcome here');
  await signOut(page);
  none(await leave(page));
  return email;
}

// byLink comes in by a mailed link, as far as it leads.
async function byLink(page, email) {
  const before = (await held.letters()).filter((l) => l.to.includes(email)).length;
  await page.goto('/sign-in');
  await page.getByLabel('Your e-mail address').fill(email);
  await page.getByRole('button', { name: 'Send me a link' }).click();
  await pageHeading(page, 'Look in your mail');
  const letter = await until('a new link', async () => {
    const mine = (await held.letters()).filter((l) => l.to.includes(email));
    return mine.length > before && mine.find((l) => l.subject === 'Your sign-in link');
  });
  await page.goto(letter.text.match(/https?:\/\/\S+/)[0]);
  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
}

const told = (email, having) => held.letter({ to: email, having });
const landed = (page, path) => page.waitForURL((u) => u.pathname === path);
const signOut = async (page) => {
  await page.goto('/account');
  await page.getByRole('main').getByRole('button', { name: 'Sign out', exact: true }).click();
  await landed(page, '/');
};

// visit walks with a device of one's own and looks where it is told to.
async function visit(walk, options) {
  const page = await newPage(held.url, options);
  const found = [];
  // Where a virtual device is plugged in, letters stay as they are: making them
  // large opens and closes the browser's tools, and the device goes with them.
  const look = async (where, large = true) => found.push(...await examine(page, where, { widths: [320, 1280], large }));
  await walk(page, look, found);
  none([...found, ...await leave(page)]);
}

test('a passkey is set up, signs in, is lost; a recovery code proves who comes back', limit, () => visit(async (page, look) => {
  const email = await colleague('Iris');
  const device = await authenticator(page);
  await byLink(page, email);
  await landed(page, '/desk');
  await page.goto('/account/second?next=/desk/week');
  await pageHeading(page, 'More than a link');
  await look('more than a link', false);
  await page.getByLabel('Name of the passkey (optional)').fill('the blue telephone');
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await landed(page, '/desk/week');
  const kept = await device.kept();
  assert.equal(kept.length, 1);
  assert.ok(kept[0].isResidentCredential, 'it can be found without an address');
  assert.equal(kept[0].rpId, 'localhost');
  await told(email, /A passkey was added/);

  await page.goto('/account');
  await page.getByRole('heading', { name: 'the blue telephone' }).waitFor();
  await page.getByRole('button', { name: 'Make new recovery codes' }).click();
  await pageHeading(page, 'Your recovery codes');
  const codes = await page.getByRole('main').locator('code').allTextContents();
  assert.equal(new Set(codes).size, 10);
  await look('recovery codes', false);
  await page.getByRole('link', { name: 'I have kept them' }).click();
  await page.locator('summary', { hasText: 'the blue telephone' }).click();
  await look('your sign-in with a passkey', false);
  await signOut(page);

  // Without an address: the device alone.
  await device.touch(false); // or it would answer before it is asked by the button
  await page.goto('/sign-in?next=/desk/people');
  await look('sign in', false);
  await device.touch(true);
  if (new URL(page.url()).pathname === '/sign-in') await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await landed(page, '/desk/people');

  // A finger that does not fit opens nothing, and says so.
  await signOut(page);
  await device.finger(false);
  await page.goto('/sign-in');
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await page.getByText(/No passkey was given/).waitFor();
  await device.finger(true);

  // Lost: by link one is in, and no further.
  await device.lose();
  await byLink(page, email);
  await landed(page, '/desk');
  await page.goto('/account/second');
  await look('more than a link, for who has a passkey', false);
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await page.getByText(/No passkey was given/).waitFor();
  // What is pressed too early waits while a code is given, and is sent again.
  await page.goto('/account');
  await page.locator('summary', { hasText: 'the blue telephone' }).click();
  await page.getByRole('button', { name: 'Remove the blue telephone' }).click();
  await pageHeading(page, 'Show that it is you');
  await page.getByText('What you sent has not been lost').waitFor();
  await look('show that it is you, with a form that waits', false);
  await page.getByLabel('Code from your app, or a recovery code').fill(codes[2]);
  await page.getByRole('button', { name: 'Confirm' }).click();
  await pageHeading(page, 'Send it again');
  await page.getByRole('button', { name: 'Send it now' }).click();
  await page.getByText('You have none. With a passkey').waitFor();
  await told(email, /A recovery code was used/);
  await told(email, /A passkey was taken out/);
}));

test('the browser offers the passkey by itself, where it is asked for an address', limit, () => visit(async (page) => {
  const email = await colleague('Flora');
  await authenticator(page);
  await byLink(page, email);
  await page.goto('/account');
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByRole('region', { name: 'Passkeys' }).getByRole('heading', { name: /Chrome on/ }).waitFor();
  await signOut(page);
  await page.goto('/sign-in'); // the virtual device says yes at once
  await landed(page, '/desk');
}));

// appCode is what an app with this secret shows, by the server's clock.
function appCode(secret) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret.replaceAll(' ', '')].map((c) => letters.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(serverNow() / 30_000)));
  const mac = createHmac('sha1', key).update(counter).digest();
  const at = mac[19] & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

// serverNow is the demo's clock: it went off at held.now when the demo started.
const serverNow = () => held.now.getTime() + Date.now() - started;

test('an app is set up, and asked for after the link; a recovery code stands in for it', limit, () => visit(async (page, look) => {
  const email = await colleague('Thyme');
  await byLink(page, email);
  await page.goto('/account/second');
  await look('more than a link, in large letters');
  await page.goto('/account');
  await page.getByRole('button', { name: 'Set up an authenticator app' }).click();
  await pageHeading(page, 'Set up an authenticator app');
  await look('setting up an app');
  const secret = await page.locator('output').textContent();
  await page.getByLabel('Code from your app').fill('000 000');
  await page.getByRole('button', { name: 'Confirm the code' }).click();
  await page.getByRole('heading', { name: 'Please look at this again' }).waitFor();
  await look('a code of the app that does not fit');
  assert.equal(await page.locator('output').textContent(), secret);
  const used = appCode(secret);
  await page.getByLabel('Code from your app').fill(used);
  await page.getByRole('button', { name: 'Confirm the code' }).click();
  await pageHeading(page, 'Your recovery codes');
  const codes = await page.getByRole('main').locator('code').allTextContents();
  await signOut(page);

  await byLink(page, email);
  await landed(page, '/sign-in/code');
  await look('the question for the code');
  await page.goto('/desk');
  await landed(page, '/sign-in/code'); // half a session is nobody's
  await page.getByLabel('Code from your app, or a recovery code').fill(used);
  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Please look at this again' }).waitFor();
  await look('a code that was used');
  await page.getByLabel('Code from your app, or a recovery code').fill(codes[0]);
  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
  await landed(page, '/desk');
}));

test('the demo shows the codes of its people', limit, () => visit(async (page) => {
  await byLink(page, 'benedita@example.org');
  await landed(page, '/sign-in/code');
  const asked = await page.context().newPage();
  await asked.goto('/demo');
  const said = await asked.getByRole('listitem').filter({ hasText: 'waiting list' }).textContent();
  await page.getByLabel('Code from your app, or a recovery code').fill(said.match(/\b\d{6}\b/)[0]);
  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
  await landed(page, '/desk');
}));

test('sessions are listed, and one is ended', limit, () => visit(async (page, look) => {
  const email = await colleague('Sage');
  await byLink(page, email);
  const tablet = await newPage(held.url, { width: 390 });
  await byLink(tablet, email);
  await told(email, /in a browser that was not used for it before/);
  await page.goto('/account');
  const list = page.getByRole('region', { name: 'Where you are signed in' });
  assert.equal(await list.getByRole('listitem').count(), 2);
  await look('two sessions');
  await list.getByRole('listitem').filter({ hasNotText: 'this one' }).getByRole('button', { name: /^End/ }).click();
  await until('one session', async () => (await list.getByRole('listitem').count()) === 1);
  await tablet.goto('/desk');
  await landed(tablet, '/sign-in');
  none(await leave(tablet));
}));

const pin = '480615';

async function share(page) {
  await page.goto('/account');
  const form = page.getByRole('form', { name: 'A device that others use too' });
  await form.getByLabel('Lock when it is not used for').selectOption('2');
  await form.getByLabel('PIN of six figures or more').fill(pin);
  await form.getByRole('button', { name: 'Let this device lock' }).click();
  await page.getByRole('button', { name: 'Lock now' }).waitFor();
}

// refusals are what a page's script is told; the page shows them.
const withoutRefusals = (faults) => faults.filter((f) => !/^4(01|22) for .*\/(locked|account)\//.test(f));

test('a shared device locks when nobody touches it; the page and its words come back', limit, async () => {
  const page = await signIn(held, 'prescriber');
  await share(page);
  await page.clock.install();
  await page.goto('/desk/questions');
  await page.locator('.inbox a').first().click();
  const anywhere = page.getByRole('main').locator('textarea').first();
  await anywhere.fill('A sentence that is not finished');
  await page.clock.fastForward('02:05');
  const cover = page.getByRole('dialog', { name: 'This device is locked' });
  await cover.waitFor();
  assert.equal(await anywhere.isVisible(), false, 'nothing of the page is seen');
  none(await examine(page, 'a page under its cover', { widths: [320, 1280], large: false, paper: false }).then((f) => f.filter((x) => !/h1|main landmark|heading|landmark|skip/.test(x))));

  // The server has locked it too: no other page of this browser opens.
  const other = await page.context().newPage();
  await until('the server to have locked it', async () => {
    await other.goto('/desk');
    return new URL(other.url()).pathname === '/locked';
  });
  none(await examine(other, 'the locked device', { widths: [320, 1280] }));
  await other.close();

  await page.keyboard.press('Escape');
  assert.equal(await cover.isVisible(), true);
  await cover.getByLabel('PIN').fill('111222');
  await cover.getByRole('button', { name: 'Unlock' }).click();
  await cover.getByText(/This is not the PIN/).waitFor();
  await cover.getByLabel('PIN').fill(pin);
  await cover.getByRole('button', { name: 'Unlock' }).click();
  await cover.waitFor({ state: 'hidden' });
  assert.equal(await anywhere.inputValue(), 'A sentence that is not finished');
  none(withoutRefusals(await leave(page)));
});

test('without scripts a form that was sent too late waits behind the lock', limit, async () => {
  const page = await signIn(held, 'client', { width: 390, js: false });
  await share(page);
  await page.goto('/space');
  await unfold(page, 'Messages');
  await page.getByRole('radio', { name: /Nothing by mail/ }).check();
  const other = await page.context().newPage();
  await other.goto('/account');
  await other.getByRole('button', { name: 'Lock now' }).click();
  await pageHeading(other, 'This device is locked');
  await other.close();

  await page.getByRole('form', { name: 'Messages' }).getByRole('button', { name: 'Save' }).click();
  await pageHeading(page, 'This device is locked');
  await page.getByText('What you sent has not been lost').waitFor();
  none(await shaped(page));
  await page.getByLabel('PIN').fill(pin);
  await page.getByRole('button', { name: 'Unlock' }).click();
  await pageHeading(page, 'Send it again');
  none(await shaped(page));
  await page.getByRole('button', { name: 'Send it now' }).click();
  await landed(page, '/space');
  assert.ok(await page.getByRole('radio', { name: /Nothing by mail/ }).isChecked());
  none(await leave(page));
});

test('without scripts passkeys say so, and the link works', limit, async () => {
  const page = await newPage(held.url, { width: 390, js: false });
  await page.goto('/sign-in');
  await page.getByText('Passkeys need scripts, and scripts are off here').waitFor();
  await byLink(page, 'ilan@example.org');
  await landed(page, '/space');
  none(await leave(page));
});
