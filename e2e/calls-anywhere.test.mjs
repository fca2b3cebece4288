// What calls in a medicine room reaches whoever cares for that client on every
// page of theirs, as it happens, and goes once somebody has heard it. Switched on,
// it reaches a device while Held is closed, by a push service of the test's own.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { createECDH, randomBytes, randomUUID } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:https';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDemo } from './program.mjs';
import { closeBrowser, leave, newPage, openWhole } from './browser.mjs';
import { signIn } from './people.mjs';
import { pageHeading } from './ask.mjs';
import { accessible, none, shaped } from './checks.mjs';
import { until } from './until.mjs';
import { examine } from './look.mjs';

const limit = { timeout: 4 * 60_000 };

describe('calls on every page', () => {
  let held, owner, prescriber, phone, attendant, coordinator;
  before(async () => {
    held = await startDemo();
    owner = await signIn(held, 'owner');
    prescriber = await signIn(held, 'prescriber');
    phone = await signIn(held, 'prescriber', { width: 390 });
    attendant = await signIn(held, 'attendant');
    coordinator = await signIn(held, 'coordinator');
  });
  after(async () => {
    const faults = [];
    for (const page of [owner, prescriber, phone, attendant, coordinator]) if (page) faults.push(...await leave(page));
    await closeBrowser();
    await held?.stop();
    none(faults.filter((f) => !/ERR_INTERNET_DISCONNECTED/.test(f)));
  });

  let room;
  const device = randomUUID();
  let seq = 0;
  const strip = (page) => page.getByRole('complementary', { name: 'Calls' });

  // enter sends an entry as the room's own script does.
  async function enter(kind, body, ago = 0) {
    const { now } = await (await attendant.request.get(`${room}/clock`)).json();
    seq += 1;
    const taken = new Date(Date.parse(now) - ago * 60_000).toISOString();
    const entry = { id: randomUUID(), session: room.split('/').pop(), device, seq, kind, taken, entered: now, offset: 0, body };
    const answer = await attendant.request.post(`${room}/entries`, { data: { device, sent: now, entries: [entry] } });
    assert.deepEqual((await answer.json()).refused, []);
  }

  test('nothing stands there while nothing calls', limit, async () => {
    await prescriber.goto('/desk');
    await phone.goto('/desk/settings');
    await coordinator.goto('/desk');
    assert.equal(await strip(prescriber).locator('p').count(), 0);
    assert.equal(await strip(coordinator).count(), 0, 'who may open no room carries no strip');
  });

  test('a red reading stands on the pages that were open before the room was', limit, async () => {
    await owner.goto('/desk');
    await owner.getByRole('main').getByRole('link', { name: /19:30$/ }).first().click();
    room = await owner.getByRole('main').getByRole('link', { name: 'The medicine room' }).getAttribute('href');
    await attendant.goto(room);
    await attendant.getByRole('button', { name: 'Open the room' }).click();
    await attendant.waitForURL(`**${room}`);
    await enter('dose', { medicine: 'ketamine_im', mg: 34 }, 25);
    await strip(prescriber).getByText(/^Yael, since .* Late: .* Open: blood pressure, pulse/).waitFor();
    await enter('vitals', { systolic: 124, diastolic: 78 });
    await strip(prescriber).getByText(/^Yael, since .* Late: .* Open: pulse/).waitFor(); // the same call, in other words
    await enter('vitals', { systolic: 124, diastolic: 78, pulse: 70, oxygen: 88, breaths: 14, moaas: 4 });
    for (const page of [prescriber, phone]) {
      await strip(page).getByText(/^Yael, since \d\d:\d\d\. Red: oxygen saturation 88 is <90/).waitFor();
      assert.equal(await strip(page).locator('[aria-live=polite]').count(), 1, 'it is read out, politely');
      none(await examine(page, 'a page with a call'));
    }
    assert.equal(await strip(coordinator).count(), 0);
  });

  test('it goes along to other pages, with scripts and without', limit, async () => {
    await prescriber.goto('/account');
    await strip(prescriber).getByText(/Red: oxygen/).waitFor();
    const plain = await newPage(held.url, { js: false });
    await plain.context().addCookies(await prescriber.context().cookies());
    await plain.goto('/desk/week');
    await strip(plain).getByText(/^Yael, since/).waitFor();
    await strip(plain).getByRole('link', { name: 'Yael' }).click();
    await plain.waitForURL(`**${room}`);
    none(await leave(plain));
  });

  test('two pages of one browser ask once', limit, async () => {
    const second = await prescriber.context().newPage();
    const asked = [];
    second.on('request', (r) => { if (r.url().endsWith('/room/calls/stream')) asked.push(r.url()); });
    await second.goto('/desk/people');
    await strip(second).getByText(/Red: oxygen/).waitFor();
    await enter('vitals', { systolic: 124, diastolic: 78, pulse: 70, oxygen: 87, breaths: 14, moaas: 4 });
    await strip(second).getByText(/oxygen saturation 87/).waitFor();
    assert.deepEqual(asked, [], 'the other page listens for both');
    await second.close();
  });

  test('without a network it says since when it hears nothing, and takes that away again', limit, async () => {
    const second = await prescriber.context().newPage();
    await second.goto('/desk/people');
    await strip(second).getByText(/oxygen saturation 87/).waitFor();
    const alone = /^Held cannot be heard since \w+day \d\d:\d\d: what calls in the rooms does not reach this page\..* What stands here is as it was then\.$/;
    await prescriber.context().setOffline(true);
    for (const page of [prescriber, second]) {
      await strip(page).getByText(alone).waitFor();
      assert.equal(await strip(page).getByText(/oxygen saturation 87/).count(), 1, 'what called then is not taken away');
      none([...await shaped(page), ...await accessible(page)]);
    }
    await prescriber.context().setOffline(false);
    for (const page of [prescriber, second]) await strip(page).getByText(alone).waitFor({ state: 'detached' });
    await enter('vitals', { systolic: 124, diastolic: 78, pulse: 70, oxygen: 86, breaths: 14, moaas: 4 });
    for (const page of [prescriber, second]) await strip(page).getByText(/oxygen saturation 86/).waitFor();
    await second.close();
  });

  test('it goes from every page when somebody has heard it', limit, async () => {
    await phone.goto('/room/calls');
    assert.equal(await strip(phone).count(), 0, 'the list of open rooms says it once');
    await phone.getByRole('button', { name: 'I heard it' }).first().click();
    await phone.getByText('Kept: you heard it.').waitFor();
    await strip(prescriber).getByText(/oxygen saturation/).waitFor({ state: 'detached' });
  });
});

// pushService is the push service of a browser's maker, on this machine.
async function pushService() {
  const folder = await mkdtemp(join(tmpdir(), 'held-push-'));
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30000', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', key, '-out', cert], { stdio: 'ignore' });
  const got = [];
  const server = createServer({ cert: await readFile(cert), key: await readFile(key) }, (request, answer) => {
    const parts = [];
    request.on('data', (b) => parts.push(b));
    request.on('end', () => {
      got.push({ path: request.url, headers: request.headers, body: Buffer.concat(parts) });
      answer.writeHead(201).end();
    });
  });
  await new Promise((listening) => { server.listen(0, '127.0.0.1', listening); });
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((closed) => { server.close(closed); });
    await rm(folder, { recursive: true, force: true });
  };
  return { cert, got, stop, url: `https://127.0.0.1:${server.address().port}` };
}

describe('calls while Held is closed', () => {
  let maker, held, owner, prescriber, phone, attendant;
  before(async () => {
    await openWhole(); // for its notices
    maker = await pushService();
    held = await startDemo({ args: ['--push-receiver', maker.cert] });
    owner = await signIn(held, 'owner');
    prescriber = await signIn(held, 'prescriber');
    phone = await signIn(held, 'prescriber', { width: 390 });
    attendant = await signIn(held, 'attendant');
    await prescriber.context().grantPermissions(['notifications'], { origin: held.url });
  });
  after(async () => {
    const faults = [];
    for (const page of [owner, prescriber, phone, attendant]) if (page) faults.push(...await leave(page));
    await closeBrowser();
    await held?.stop();
    await maker?.stop();
    none(faults);
  });

  // subscribing stands in for the browser's own push service, which a browser
  // without a screen does not have: it gives an address of the test's.
  async function subscribing(page) {
    const ecdh = createECDH('prime256v1');
    ecdh.generateKeys();
    const given = { endpoint: `${maker.url}/prescriber`, keys: { p256dh: ecdh.getPublicKey('base64url'), auth: randomBytes(16).toString('base64url') } };
    await page.addInitScript((json) => {
      PushManager.prototype.getSubscription = async () => null;
      PushManager.prototype.subscribe = async (options) => {
        if (!options.userVisibleOnly || options.applicationServerKey.length !== 65) throw new Error('not as a browser wants it');
        return { toJSON: () => json };
      };
    }, given);
  }

  test('it is off until an owner switches it on, who reads whom it talks to', limit, async () => {
    await prescriber.goto('/room/calls');
    const app = await prescriber.request.get(await prescriber.locator('link[rel=manifest]').getAttribute('href'));
    assert.equal((await app.json()).start_url, '/room/calls', 'it can stand on a home screen');
    await prescriber.getByRole('link', { name: 'Be called on this device too' }).click();
    await pageHeading(prescriber, 'Devices that are called');
    await prescriber.getByText('it stays off until an owner switches it on').waitFor();
    none(await examine(prescriber, '/desk/devices, off'));
    await owner.goto('/desk/settings');
    await owner.getByRole('link', { name: 'Calls to devices' }).click();
    await pageHeading(owner, 'Calls to devices');
    await owner.getByText(/Google \(Chrome, Android\), Mozilla/).waitFor();
    assert.equal(await owner.getByLabel('Minutes until a letter goes').inputValue(), '', 'Held chooses no number');
    await owner.getByLabel('Minutes until a letter goes').fill('soon');
    await owner.getByLabel('Devices may be called').check();
    await owner.getByRole('button', { name: 'Save' }).click();
    await owner.getByText('Please write a whole number of minutes').first().waitFor();
    none(await examine(owner, '/desk/settings/devices'));
    await owner.getByLabel('Minutes until a letter goes').fill('');
    await owner.getByRole('button', { name: 'Save' }).click();
    await owner.getByText('Saved. It holds from now on.').waitFor();
    assert.equal(await owner.getByLabel('Devices may be called').isChecked(), true);
  });

  test('the prescriber lets a device be called, and tries it', limit, async () => {
    await subscribing(prescriber);
    await prescriber.goto('/desk/devices');
    await prescriber.getByText('never a name, a value or a room').waitFor();
    await prescriber.getByRole('button', { name: 'Let this device be called' }).click();
    await prescriber.getByText('Kept: this device is called from now on.').waitFor();
    none(await examine(prescriber, '/desk/devices'));
    await phone.goto('/desk/devices');
    await phone.getByRole('button', { name: /^Send a test call/ }).waitFor();
    none(await examine(phone, '/desk/devices, phone'));
    await prescriber.getByRole('button', { name: /^Send a test call/ }).click();
    await prescriber.getByText('A test call is on its way.').waitFor();
    await until('the test call', () => maker.got.length === 1);
    assert.match(maker.got[0].headers.authorization, /^vapid t=[\w-]+\.[\w-]+\.[\w-]+, k=[\w-]+$/);
  });

  test('a red reading calls it once, and nothing in it can be read', limit, async () => {
    await owner.goto('/desk');
    await owner.getByRole('main').getByRole('link', { name: /19:30$/ }).first().click();
    const room = await owner.getByRole('main').getByRole('link', { name: 'The medicine room' }).getAttribute('href');
    await attendant.goto(room);
    await attendant.getByRole('button', { name: 'Open the room' }).click();
    await attendant.waitForURL(`**${room}`);
    const device = randomUUID();
    const { now } = await (await attendant.request.get(`${room}/clock`)).json();
    const entry = (seq, kind, body) => ({ id: randomUUID(), session: room.split('/').pop(), device, seq, kind, taken: now, entered: now, offset: 0, body });
    await attendant.request.post(`${room}/entries`, { data: { device, sent: now, entries: [
      entry(1, 'dose', { medicine: 'ketamine_im', mg: 34 }), entry(2, 'vitals', { systolic: 124, diastolic: 78, pulse: 70, oxygen: 88, breaths: 14, moaas: 4 }),
    ] } });
    await until('the call', () => maker.got.length === 2);
    assert.equal(maker.got[1].body.length, maker.got[0].body.length, 'a call is as long as a test');
    const text = JSON.stringify(maker.got[1].headers) + maker.got[1].body.toString('latin1');
    for (const word of ['Yael', 'Amadeu', 'oxygen', 'red', 'Slack', room]) assert.ok(!text.includes(word), word);
    await phone.reload();
    await phone.getByText(/last call taken by its push service/).waitFor();
    assert.equal(maker.got.length, 2, 'once');
  });

  test('the worker says that something calls, and a tap leads to the open rooms', limit, async () => {
    const cdp = await prescriber.context().newCDPSession(prescriber);
    const known = new Promise((found) => {
      cdp.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
        const one = registrations.find((r) => r.scopeURL.endsWith('/room/'));
        if (one) found(one.registrationId);
      });
    });
    await cdp.send('ServiceWorker.enable');
    await cdp.send('ServiceWorker.deliverPushMessage', { origin: held.url, registrationId: await known, data: 'call' });
    const shown = () => prescriber.evaluate(async () => {
      const kept = await navigator.serviceWorker.getRegistration('/room/');
      return (await kept.getNotifications()).map((n) => ({ title: n.title, body: n.body }));
    });
    await until('the notification', async () => (await shown()).length === 1);
    assert.deepEqual(await shown(), [{ title: 'Held', body: 'Something calls you.' }]);
    const worker = prescriber.context().serviceWorkers().find((w) => w.url().endsWith('/room/worker.js'));
    const opened = await worker.evaluate(async () => { // a browser without a screen has nothing to tap
      const [notification] = await self.registration.getNotifications();
      let to;
      Object.defineProperty(self.clients, 'openWindow', { value: async (url) => { to = url; } });
      const done = [];
      const event = new NotificationEvent('notificationclick', { notification });
      event.waitUntil = (work) => done.push(work);
      self.dispatchEvent(event);
      await Promise.all(done);
      return to;
    });
    assert.equal(opened, '/room/calls');
    await until('it to be gone', async () => (await shown()).length === 0);
  });

  test('removed, it is called no more', limit, async () => {
    await prescriber.goto('/desk/devices');
    await prescriber.getByRole('button', { name: /^Remove/ }).click();
    await prescriber.getByText('Removed. That device is called no more.').waitFor();
    assert.equal(await prescriber.getByRole('button', { name: /^Remove/ }).count(), 0);
    await prescriber.getByText('None of your devices is called now').waitFor();
  });

  test('signing out everywhere says that it ends the calls too, and does', limit, async () => {
    await prescriber.getByRole('button', { name: 'Let this device be called' }).click();
    await prescriber.getByText('Kept: this device is called from now on.').waitFor();
    await prescriber.goto('/account');
    const form = prescriber.getByRole('form', { name: 'Sign out everywhere' });
    await form.getByText(/^Devices of yours that are called: .* removes them too\./).waitFor();
    assert.equal(await form.getByLabel('Go on calling them').isChecked(), false, 'nothing is chosen beforehand');
    none(await examine(prescriber, '/account, with a device that is called'));
    if (process.env.PICTURES) for (const width of [390, 1280]) {
      await prescriber.setViewportSize({ width, height: 900 });
      await form.screenshot({ path: join(process.env.PICTURES, `everywhere-${width}.png`) });
    }
    await form.getByRole('button', { name: 'Sign out everywhere' }).click();
    await prescriber.waitForURL((u) => u.pathname === '/');
    const letter = await held.letter({ to: 'amadeu@example.org', having: /No device of yours is called any more/ });
    assert.match(letter.text, /\/desk\/devices/);
    const back = await signIn(held, 'prescriber');
    await back.goto('/desk/devices');
    await back.getByText('None of your devices is called now').waitFor();
    none(await leave(back));
  });
});
