// What the tests of the journal share: devices with passkeys, and the steps that
// people take in it.
import { pageHeading } from './ask.mjs';

export const heading = (page, name) => page.getByRole('heading', { name, exact: true });
const press = (page, name) => page.getByRole('button', { name, exact: true }).click();

// device gives a page's browser an authenticator; with prf it can open a journal.
export async function device(page, { prf = true } = {}) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable', { enableUI: false });
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal', hasResidentKey: true, hasUserVerification: true, hasPrf: prf, isUserVerified: true, automaticPresenceSimulation: true },
  });
  return { lose: () => devtools.send('WebAuthn.clearCredentials', { authenticatorId }) };
}

export async function addPasskey(page) {
  await page.goto('/account');
  const before = await page.getByText(/^Made .* last used/).count();
  await press(page, 'Add a passkey');
  await page.getByText(/^Made .* last used/).nth(before).waitFor();
}

// readSheet reads the words that are shown once, and types three of them back.
export async function readSheet(page) {
  await heading(page, 'Your recovery sheet').waitFor();
  const words = await page.getByRole('list', { name: 'The twelve words' }).getByRole('listitem').allTextContents();
  await press(page, 'I have kept it');
  await heading(page, 'Show that you have it').waitFor();
  for (const label of await page.locator('label').allTextContents()) {
    const place = /^Word (\d+)$/.exec(label);
    if (place) await page.getByLabel(label, { exact: true }).fill(words[place[1] - 1]);
  }
  await press(page, 'Go on');
  return words.join(' ');
}

// begin makes the keys, and gives the words of the sheet.
export async function begin(page, { passkey }, at = '/space/journal') {
  await page.goto(at);
  await press(page, 'I have read this. Make my keys');
  const words = await readSheet(page);
  await press(page, passkey ? 'Use a passkey' : 'Go on with the words alone');
  if (at === '/space/journal') await heading(page, 'What you have written').waitFor();
  return words;
}

export async function unlock(page, words) {
  await page.getByText('Without a passkey').click();
  await page.getByLabel('The twelve words of your recovery sheet').fill(words);
  await press(page, 'Unlock with your words');
}

// write writes an entry and waits until it has been sent.
export async function write(page, { words, title = '' }, { send = true } = {}) {
  await page.goto('/space/journal#write');
  await page.getByLabel('What is there?').fill(words);
  if (title) await page.getByLabel('A title (optional)').fill(title);
  await press(page, 'Keep');
  await page.getByRole('heading', { name: title || words, exact: true }).waitFor();
  if (send) await page.locator('.unsent').waitFor({ state: 'detached' });
  return new URL(page.url()).hash.split('/')[1];
}

export async function list(page) {
  await page.goto('/space');
  await pageHeading(page, 'Your space');
  await page.goto('/space/journal');
  await heading(page, 'What you have written').waitFor();
}

export const titles = (page) => page.locator('ul.entries h3').allTextContents();

// sent tells whether the practice has all that was kept on this device.
export const sent = (page) => page.evaluate(() => !Object.keys(localStorage).some((k) => k.startsWith('held-unsent-')));

// noise is a picture that does not get small: larger than one part of a file.
export async function noise(page) {
  const bytes = await page.evaluate(async () => {
    const c = document.createElement('canvas');
    [c.width, c.height] = [900, 900];
    const pen = c.getContext('2d');
    const dots = pen.createImageData(c.width, c.height);
    for (let i = 0; i < dots.data.length; i += 65536) crypto.getRandomValues(dots.data.subarray(i, i + 65536));
    for (let i = 3; i < dots.data.length; i += 4) dots.data[i] = 255;
    pen.putImageData(dots, 0, 0);
    const blob = await new Promise((done) => c.toBlob(done, 'image/png'));
    return [...new Uint8Array(await blob.arrayBuffer())];
  });
  return Buffer.from(bytes);
}
