// What calls in a medicine room reaches a device elsewhere at the desk, as it
// happens; and who may hold which sessions in one room.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { startDemo } from './program.mjs';
import { closeBrowser, leave } from './browser.mjs';
import { signIn } from './people.mjs';
import { pageHeading } from './ask.mjs';
import { none } from './checks.mjs';
import { examine } from './look.mjs';

const limit = { timeout: 4 * 60_000 };

describe('open rooms', () => {
  let held, owner, prescriber, phone, attendant;
  before(async () => {
    held = await startDemo();
    owner = await signIn(held, 'owner');
    prescriber = await signIn(held, 'prescriber');
    phone = await signIn(held, 'prescriber', { width: 390 });
    attendant = await signIn(held, 'attendant');
  });
  after(async () => {
    const faults = [];
    for (const page of [owner, prescriber, phone, attendant]) if (page) faults.push(...await leave(page));
    await closeBrowser();
    await held?.stop();
    none(faults);
  });

  let room;
  const device = randomUUID();
  let seq = 0;

  // enter sends an entry as the room's own script does.
  async function enter(kind, body) {
    const { now } = await (await attendant.request.get(`${room}/clock`)).json();
    seq += 1;
    const entry = { id: randomUUID(), session: room.split('/').pop(), device, seq, kind, taken: now, entered: now, offset: 0, body };
    const answer = await attendant.request.post(`${room}/entries`, { data: { device, sent: now, entries: [entry] } });
    assert.equal(answer.status(), 200);
    assert.deepEqual((await answer.json()).refused, []);
  }

  test('no room is open, and the page says so', limit, async () => {
    await prescriber.goto('/room/calls');
    await pageHeading(prescriber, 'Open rooms');
    await prescriber.getByText('No room that is open to you is open now.').waitFor();
    none(await examine(prescriber, '/room/calls'));
  });

  test('the attendant opens the room of this evening', limit, async () => {
    await owner.goto('/desk');
    await owner.getByRole('main').getByRole('link', { name: /19:30$/ }).first().click();
    room = await owner.getByRole('main').getByRole('link', { name: 'The medicine room' }).getAttribute('href');
    await attendant.goto(room);
    await attendant.getByRole('button', { name: 'Open the room' }).click();
    await attendant.waitForURL(`**${room}`);
  });

  test('the prescriber elsewhere sees it open, and what calls, as it happens', limit, async () => {
    await prescriber.getByRole('link', { name: 'Yael' }).waitFor();
    await prescriber.getByText('No dose was entered yet').waitFor();
    await prescriber.getByText('Nothing calls.').waitFor();
    await enter('dose', { medicine: 'ketamine_im', mg: 34 });
    await enter('vitals', { systolic: 124, diastolic: 78, pulse: 70, oxygen: 88, breaths: 14, moaas: 4 });
    await prescriber.getByRole('main').getByText(/^Red: oxygen saturation 88 is <90/).waitFor();
    none(await examine(prescriber, '/room/calls'));
    await phone.goto('/room/calls');
    await phone.getByRole('main').getByText(/^Red: oxygen saturation 88 is <90/).waitFor();
    none(await examine(phone, '/room/calls'));
  });

  test('and says by name that they heard it', limit, async () => {
    await prescriber.getByRole('button', { name: 'I heard it' }).first().click();
    await prescriber.getByText('Kept: you heard it.').waitFor();
    await phone.getByText('Heard by Amadeu.').first().waitFor();
    const state = await (await attendant.request.get(`${room}/state`)).json();
    assert.equal(state.seats[0].entries.filter((e) => e.kind === 'ack').length, 1);
    assert.equal(state.calls.find((c) => c.kind === 'red').heard, 'Amadeu');
  });

  test('who is ready of this hour may come in; who does not care for them comes no further', limit, async () => {
    await attendant.goto(`${room}/together`);
    await pageHeading(attendant, 'Several people in one room');
    await attendant.getByRole('checkbox', { name: /^Odile,/ }).waitFor();
    await attendant.getByRole('link', { name: 'Readiness of Bram' }).waitFor();
    none(await examine(attendant, '/room/*/together'));
    for (const path of ['', '/state', '/stream', '/together']) {
      const coordinator = await attendant.context().browser().newContext({ baseURL: held.url });
      const answer = await coordinator.request.get(room + path, { maxRedirects: 0 });
      assert.notEqual(answer.status(), 200, path);
      await coordinator.close();
    }
  });
});
