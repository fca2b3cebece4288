// What calls in a medicine room reaches whoever cares for that client on every
// page of theirs, as it happens, and goes once somebody has heard it.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { startDemo } from './program.mjs';
import { closeBrowser, leave, newPage } from './browser.mjs';
import { signIn } from './people.mjs';
import { none } from './checks.mjs';
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
    none(faults);
  });

  let room;
  const device = randomUUID();
  let seq = 0;
  const strip = (page) => page.getByRole('complementary', { name: 'Calls' });

  // enter sends an entry as the room's own script does.
  async function enter(kind, body) {
    const { now } = await (await attendant.request.get(`${room}/clock`)).json();
    seq += 1;
    const entry = { id: randomUUID(), session: room.split('/').pop(), device, seq, kind, taken: now, entered: now, offset: 0, body };
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
    await enter('dose', { medicine: 'ketamine_im', mg: 34 });
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

  test('it goes from every page when somebody has heard it', limit, async () => {
    await phone.goto('/room/calls');
    assert.equal(await strip(phone).count(), 0, 'the list of open rooms says it once');
    await phone.getByRole('button', { name: 'I heard it' }).first().click();
    await phone.getByText('Kept: you heard it.').waitFor();
    await strip(prescriber).getByText(/oxygen saturation 87/).waitFor({ state: 'detached' });
  });
});
