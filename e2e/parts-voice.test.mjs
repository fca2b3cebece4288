// A voice in the journal: recorded, kept, refused, and how each of it looks. A
// microphone that is asked for is a device's, so the whole browser is needed.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { closeBrowser, openWhole } from './browser.mjs';
import { again, button, changes, looked, said, serveParts, value, visit } from './parts.mjs';
import { until } from './until.mjs';

let served;
before(async () => {
  await openWhole(['--use-fake-device-for-media-stream', '--autoplay-policy=no-user-gesture-required']);
  served = await serveParts();
});
after(async () => {
  await closeBrowser();
  served?.stop();
});

const part = (name, walk, options) => visit(served, name, walk, options);

const heard = (page) => page.evaluate(() => {
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (what) => (window.stream = await ask(what));
});
const elapsed = (page, seconds) => until(`${seconds} s of a recording`, async () => {
  const [m, s] = (await page.locator('.part-time').textContent()).split(':').map(Number);
  return m * 60 + s >= seconds;
});

test('a voice: recorded, paused, gone on with, listened to, begun again', { timeout: 60_000 }, () => part('held-part-voice', async (page) => {
  await page.context().grantPermissions(['microphone']);
  await heard(page);
  await page.getByText('up to about').waitFor();
  await button(page, 'Record').press('Enter');
  await elapsed(page, 2);
  await button(page, 'Pause').press('Enter');
  await said(page, 'Paused. What you said is kept.');
  await until('what was said so far', async () => (await value(page))?.size > 1000);
  await until('the pause to be told', async () => await changes(page) > 0);
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Go on', 'the focus stays where the hand is');
  await button(page, 'Go on').press('Enter');
  await elapsed(page, 3);
  await button(page, 'Finish').click();
  await button(page, 'Listen').waitFor();
  assert.equal(await page.evaluate(() => window.stream.active), false, 'the microphone is let go');
  const first = await value(page);
  assert.match(first.type, /^audio\/(webm|ogg|mp4)$/);
  assert.ok(first.seconds >= 3 && first.seconds < 15, `${first.seconds} s`);
  await page.getByLabel('In a few words').fill('About the river');
  await page.getByLabel('In a few words').blur();
  await button(page, 'Listen').click();
  await until('it to be heard', () => page.evaluate(() => document.querySelector('audio').currentTime > 0.2));
  await page.evaluate(() => document.querySelector('audio').pause());
  await page.getByLabel('Place in the recording').fill('2');
  await until('it to stand at another place', () => page.evaluate(() => Math.abs(document.querySelector('audio').currentTime - 2) < 0.3));

  await again(page, 'held-part-voice');
  assert.deepEqual(await value(page), { ...first, alt: 'About the river' });
  await button(page, 'Begin again').click();
  await elapsed(page, 1);
  await button(page, 'Finish').click();
  await button(page, 'Bring back the one before').click();
  assert.deepEqual(await value(page), { ...first, alt: 'About the river' });
}));

test('a voice is not lost when the microphone goes, the limit is reached, or the part is taken away', { timeout: 60_000 }, () => part('held-part-voice', async (page) => {
  await page.context().grantPermissions(['microphone']);
  await heard(page);
  await button(page, 'Record').click();
  await elapsed(page, 1);
  assert.equal(await changes(page), 0);
  await page.evaluate(() => { // another app comes to the front
    Object.defineProperty(document, 'visibilityState', { configurable: true, value: 'hidden' });
    document.dispatchEvent(new Event('visibilitychange'));
    delete document.visibilityState;
  });
  await until('what there is so far to be told', async () => await changes(page) === 1);
  assert.ok((await value(page)).size > 500);
  await page.evaluate(() => window.stream.getTracks().forEach((t) => t.stop()));
  await page.getByText('The microphone went away. What you said until then is kept.').waitFor();
  assert.ok((await value(page)).size > 500);

  await page.evaluate(() => { window.part.value = null; window.part.setAttribute('max-bytes', '12000'); });
  await button(page, 'Record').click();
  await page.getByText('This is as long as one recording can be.').waitFor();
  const full = await value(page);
  assert.ok(full.size > 3000 && full.size <= 12_000, `${full.size} bytes`);

  await page.evaluate(() => { window.part.value = null; window.part.removeAttribute('max-bytes'); });
  await button(page, 'Record').click();
  await elapsed(page, 2);
  await page.evaluate(() => { window.part.value = null; });
  await button(page, 'Record').click();
  await elapsed(page, 1);
  await until('the other recording to be told', async () => Boolean(await value(page)));
  assert.ok((await value(page)).seconds < 2, 'what was put aside does not come back in another recording');
  await page.evaluate(() => window.part.remove());
  await until('what was said to be kept', async () => (await value(page))?.size > 500);
  assert.equal(await page.evaluate(() => window.stream.active), false);
}));

test('a microphone that is refused or missing is said plainly', () => part('held-part-voice', async (page) => {
  await button(page, 'Record').click();
  await page.locator('.notice').getByText('allow the microphone for this page').waitFor();
  await page.evaluate(() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotFoundError')); });
  await button(page, 'Record').click();
  await page.locator('.notice').getByText('No microphone was found').waitFor();
  assert.equal(await value(page), null);
}));

test('what shows only in between can be used by everybody, too', { timeout: 2 * 60_000 }, () => part('held-part-voice', async (page) => {
  await button(page, 'Record').click();
  await page.locator('.notice').waitFor();
  await looked(page, 'refused');
  await page.context().grantPermissions(['microphone']);
  await button(page, 'Record').click();
  await elapsed(page, 1);
  await looked(page, 'recording');
  await button(page, 'Finish').click();
  await button(page, 'Listen').waitFor();
  await looked(page, 'recorded');
  await page.evaluate(() => { window.part.disabled = true; });
  await looked(page, 'to listen to');
}));
