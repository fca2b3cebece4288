// Every state of the room, on a tablet, by night and by day: at each one its
// bones, axe, how large what is tapped is, and that the keyboard reaches it. With
// PICTURES=folder a picture of each is left there:
//   PICTURES=.run/pictures make walk FILES=e2e/room-states.test.mjs
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { nextMonday, startDemo } from './program.mjs';
import { closeBrowser, leave, openWhole } from './browser.mjs';
import { pageHeading, unfold } from './ask.mjs';
import { accessible, none, shaped } from './checks.mjs';
import { until } from './until.mjs';
import { inside, line, opened, pad, ready, sameClock, sent, unsent } from './room.mjs';

const limit = { timeout: 8 * 60_000 };
const tablet = { width: 820, height: 1180 };
const folder = process.env.PICTURES;
const press = (page, name) => page.getByRole('button', { name, exact: true }).click();
const main = (page) => page.getByRole('main');

let held, team, guide, prescriber, attendant, client, room, session;
const found = [];
let shots = 0;

before(async () => {
  if (folder) await mkdir(folder, { recursive: true });
  await openWhole(); // the screen is kept on
  held = await startDemo({ now: nextMonday().replace('T08:', 'T13:') });
  team = await ready(held);
  ({ guide, prescriber, attendant, client, room, session } = team);
  for (const page of [guide, prescriber, attendant]) await page.setViewportSize(tablet);
  for (const page of [guide, attendant]) await sameClock(page, room);
});
after(async () => {
  await attendant?.unrouteAll({ behavior: 'wait' });
  const faults = [];
  for (const page of [guide, prescriber, attendant, client]) if (page) faults.push(...await leave(page));
  await closeBrowser();
  await held?.stop();
  none(faults.filter((f) => !/ERR_INTERNET_DISCONNECTED|ERR_FAILED/.test(f)));
});

// small finds what is tapped and is too small for a gloved finger: 64 px in the
// room, 48 px high on the pages around it.
const small = (page) => page.evaluate(() => {
  const room = document.querySelector('held-room');
  if (location.pathname.startsWith('/space')) return []; // a client's own page, on their own device
  const least = room ? 64 : 48;
  return [...(room ?? document.querySelector('main')).querySelectorAll('button, summary, select, textarea, input:not([type=hidden], [type=checkbox], [type=radio]), a.button')]
    .filter((e) => e.checkVisibility() && !e.closest('details:not([open]) > :not(summary)'))
    .map((e) => [e, e.getBoundingClientRect()]).filter(([, r]) => r.height < least - 0.5 || room && r.width < least - 0.5)
    .map(([e, r]) => `“${(e.textContent || e.id).trim().slice(0, 40)}” is ${Math.round(r.width)} × ${Math.round(r.height)}, the least is ${least}`);
});

// unreached finds what is tapped and the keyboard does not come to.
const unreached = (page) => page.evaluate(() => [...(document.querySelector('held-room') ?? document.querySelector('main')).querySelectorAll('button, a[href], input:not([type=hidden]), textarea, select, summary, [role=button]')]
  .filter((e) => e.checkVisibility() && !e.disabled && e.tabIndex < 0 && e.type !== 'radio' && !e.closest('[aria-label="Number pad"]')) // figures are typed
  .map((e) => `the keyboard does not reach “${(e.textContent || e.id).trim().slice(0, 40)}”`));

// behind finds calls that the head, which stays in sight, covers; of one that lies
// behind it as a whole only if it is to be seen.
const behind = (page, { seen = false } = {}) => page.evaluate((seen) => {
  const head = document.querySelector('held-room .now');
  if (!head) return [];
  const edge = getComputedStyle(head).position === 'sticky' ? head.getBoundingClientRect().bottom : 0;
  return [...document.querySelectorAll('held-room .call')].map((e) => [e.textContent.trim().slice(0, 40), e.getBoundingClientRect()])
    .filter(([, r], n) => (r.top < edge - 1 && r.bottom > edge + 1) || (seen && n === 0 && (r.top < edge - 1 || r.bottom > innerHeight)))
    .map(([words, r]) => `“${words}” stands from ${Math.round(r.top)} to ${Math.round(r.bottom)}, the head ends at ${Math.round(edge)}`);
}, seen);

// looks is a state as it stands: by the look that the page has, and by the other.
async function looks(page, name) {
  shots++;
  const note = (how, what) => found.push(...what.map((w) => `${name}, ${how}: ${w}`));
  const file = `${String(shots).padStart(2, '0')}-${name.replaceAll(/[^a-z0-9]+/g, '-')}`;
  note('as it stands', [...await shaped(page), ...await small(page), ...await unreached(page), ...await behind(page)]);
  for (const way of ['night', 'day']) {
    const own = await page.evaluate((way) => {
      const set = document.querySelector('held-room') !== null;
      if (set) document.documentElement.dataset.theme = way === 'night' ? 'dark' : 'light';
      return set;
    }, way);
    if (!own) await page.emulateMedia({ colorScheme: way === 'night' ? 'dark' : 'light' });
    note(`by ${way}`, await accessible(page, way === 'day' ? ['color-contrast', 'link-in-text-block'] : undefined));
    if (folder) await page.screenshot({ path: join(folder, `${file}-${way}.png`), caret: 'initial', fullPage: !own });
    if (!own) await page.emulateMedia({ colorScheme: 'light' });
    else await page.evaluate(() => { document.documentElement.dataset.theme = 'dark'; });
  }
}

// sends is an entry of a device in the room, taken some minutes ago.
let seq = 0;
const device = randomUUID();
async function sends(page, kind, body, minutes) {
  const { now } = await (await page.request.get(`${held.url}${room}/clock`)).json();
  const taken = new Date(new Date(now).getTime() - minutes * 60_000).toISOString();
  const answer = await page.request.post(`${held.url}${room}/entries`, {
    headers: { Origin: held.url },
    data: { device, sent: now, entries: [{ id: randomUUID(), session, device, seq: ++seq, kind, taken, entered: now, offset: 0, backdated: minutes > 0, body }] },
  });
  assert.equal(answer.status(), 200);
  assert.deepEqual((await answer.json()).refused, []);
}

// said throws what one part of the walk found, so that its test is the one that fails.
const said = () => none(found.splice(0));

test('before it is open', limit, async () => {
  await client.goto('/space');
  await unfold(client, 'Later times');
  const other = (await client.getByRole('link', { name: /^Prepare for/ }).last().getAttribute('href')).match(/appointments\/([0-9a-f-]+)/)[1];
  await attendant.goto(`/room/${other}`);
  await looks(attendant, 'not ready');
  await attendant.goto(room);
  await attendant.getByRole('button', { name: 'Open the room' }).waitFor();
  await looks(attendant, 'at the door');
  await opened(attendant, room);
  await attendant.getByText('Readings are due from the dose on').waitFor();
  await sent(attendant);
  await looks(attendant, 'open, nothing given');
  said();
});

test('a dose', limit, async () => {
  await press(attendant, 'Dose');
  await looks(attendant, 'the dose');
  await attendant.getByLabel('Amount, mg').fill('600');
  await press(attendant, 'Dose given now');
  await attendant.getByRole('alert').getByText(/Was it given so\?/).waitFor();
  await looks(attendant, 'an unusual dose is asked about');
  await press(attendant, 'It was: write it down');
  await attendant.getByRole('button', { name: 'Take it back' }).waitFor();
  await looks(attendant, 'just given, with ten seconds to take it back');
  if (await attendant.getByRole('button', { name: 'Take it back' }).count()) await press(attendant, 'Take it back');
  await sends(prescriber, 'dose', { medicine: 'ketamine_im', route: 'im', mg: 60 }, 29);
  await line(attendant, 'Dose: 60 mg ketamine, IM').waitFor();
  await attendant.getByText(/^since the dose at/).waitFor();
  await looks(attendant, 'a reading is late');
  said();
});

test('readings', limit, async () => {
  await press(attendant, 'Vitals');
  await looks(attendant, 'the number pad');
  await pad(attendant, '25578' + '70');
  await press(attendant, 'Keep the reading');
  await attendant.getByText(/Systolic 255 mmHg is unusual/).waitFor();
  await looks(attendant, 'is it so');
  await press(attendant, 'It is so: keep it');
  await attendant.getByRole('button', { name: /^Correct: BP 255\/78/ }).click();
  await looks(attendant, 'a correction');
  await attendant.getByLabel('Systolic').fill('125');
  await press(attendant, 'Keep the reading');
  await line(attendant, 'BP 255/78, HR 70').getByText('Corrected: BP 125/78, HR 70.').waitFor();
  await looks(attendant, 'corrected, both to be seen');
  await press(attendant, 'Vitals');
  await pad(attendant, '188112' + '92' + '97' + '15');
  await press(attendant, 'Keep the reading');
  await attendant.getByText('Amber by the protocol').waitFor();
  await looks(attendant, 'amber, and a repeat is asked for');
  await press(attendant, 'Repeat it now');
  await pad(attendant, '190114' + '94' + '97' + '15');
  await press(attendant, 'Keep the reading');
  const emergency = attendant.getByRole('region', { name: 'Emergency', exact: true });
  await emergency.getByText('Red: the emergency log is open').waitFor();
  await attendant.getByLabel('A line of the log').fill('Lying on the side, breathing calmly.');
  await press(attendant, 'Write it down');
  await emergency.getByText('Lying on the side, breathing calmly.').waitFor();
  await looks(attendant, 'red, with the card and the log');
  await press(attendant, 'Close the log: it is calm');
  await emergency.waitFor({ state: 'hidden' });
  said();
});

test('what calls is not behind the head that stays in sight', limit, async () => {
  const calm = () => sends(prescriber, 'vitals', { systolic: 124, diastolic: 78, pulse: 70, oxygen: 97, breaths: 14 }, 0);
  const amber = attendant.getByRole('status', { name: 'Calls' }).getByText(/188/).first();
  const clear = async (name) => {
    await until(`${name}: the first call in sight`, async () => (await behind(attendant, { seen: true })).length === 0).catch(async () => found.push(...(await behind(attendant, { seen: true })).map((w) => `${name}: ${w}`)));
    if (folder) await attendant.screenshot({ path: join(folder, `calls-${name.replaceAll(/[^a-z0-9]+/g, '-')}.png`), caret: 'initial' });
  };
  for (const [name, size] of [['tablet', tablet], ['tablet on its side', { width: 1180, height: 820 }], ['phone', { width: 390, height: 844 }]]) {
    await attendant.setViewportSize(size);
    await calm();
    await amber.waitFor({ state: 'detached' });
    await press(attendant, 'Vitals');
    found.push(...(await behind(attendant)).map((w) => `${name}, the pad: ${w}`));
    await pad(attendant, '188112' + '92' + '97' + '15');
    await press(attendant, 'Keep the reading');
    await amber.waitFor();
    await clear(`${name}, a reading that was kept here`);
    const way = attendant.getByRole('status', { name: 'Calls' }).getByRole('button').first();
    await way.focus();
    await clear(`${name}, focused`);
    await calm();
    await amber.waitFor({ state: 'detached' });
    if (name === 'phone') continue; // nothing stays in sight there
    await attendant.waitForFunction(() => performance.now() > (window.from ??= performance.now()) + 3_500); // no hand is on it
    await attendant.evaluate(() => window.scrollTo(0, document.querySelector('held-room .calls').getBoundingClientRect().top + scrollY - 40));
    await sends(prescriber, 'vitals', { systolic: 188, diastolic: 112, pulse: 92, oxygen: 97, breaths: 15 }, 0);
    await amber.waitFor();
    await clear(`${name}, a reading of another device`);
  }
  await calm();
  await amber.waitFor({ state: 'detached' });
  await attendant.setViewportSize(tablet);
  said();
});

test('what else is written down', limit, async () => {
  for (const [name, state] of [['MOAA/S', 'a scale'], ['They say', 'their words'], ['Touch', 'touch'], ['Music', 'music'], ['Event', 'symptoms and events'], ['Who is here', 'who is here'], ['Note', 'a note']]) {
    await press(attendant, name);
    await looks(attendant, state);
    await attendant.keyboard.press('Escape');
  }
  await press(attendant, 'Red');
  await looks(attendant, 'the emergency card');
  await attendant.keyboard.press('Escape');
  said();
});

test('devices that are alone, or of another time', limit, async () => {
  await attendant.context().setOffline(true);
  for (const [n, words] of ['First, without a network', 'Second, without a network'].entries()) {
    await press(attendant, 'Note');
    await attendant.getByLabel('Note', { exact: true }).fill(words);
    await press(attendant, 'Keep it');
    await unsent(attendant, n + 1);
  }
  await looks(attendant, 'without a network, two wait');
  await attendant.context().setOffline(false);
  await sent(attendant);
  await sameClock(prescriber, room, 7 * 60_000);
  await prescriber.goto(room);
  await inside(prescriber);
  await prescriber.getByText(/The clock of this device is 7 minutes ahead/).waitFor();
  await looks(prescriber, 'a clock that differs');
  said();
});

test('calls, paper, and the tablet that is handed over', limit, async () => {
  await guide.goto('/room/calls');
  await main(guide).getByRole('link', { name: /Ilan/ }).first().waitFor();
  await looks(guide, 'open rooms and their calls');
  await guide.goto('/room/paper');
  await looks(guide, 'a sheet of paper');
  await guide.goto(`${room}/capture`);
  await looks(guide, 'right after, for the client');
  await guide.goto(`${room}/record`);
  await pageHeading(guide, 'Medicine session of Ilan');
  await looks(guide, 'a record that is open');
  said();
});

test('several people in one room', limit, async () => {
  await guide.goto(room);
  await inside(guide);
  const state = await (await guide.request.get(`${room}/state`)).json();
  for (const [n, alias] of ['Tamsin', 'Halla', 'Noor'].entries()) state.seats.push({ ...state.seats[0], session: `${n + 2}2222222-2222-4222-8222-222222222222`, alias, entries: n ? state.seats[0].entries.map((e) => ({ ...e, session: `${n + 2}2222222-2222-4222-8222-222222222222`, id: randomUUID() })) : [] });
  await guide.route(`**${room}/state`, (route) => route.fulfill({ json: state }));
  await guide.route(`**${room}/stream*`, (route) => route.abort());
  await guide.evaluate(() => document.querySelector('held-room')?.room.ask());
  await guide.getByRole('navigation', { name: 'People in this room' }).waitFor();
  await looks(guide, 'several people');
  await guide.unrouteAll({ behavior: 'wait' });
  said();
});

test('going home', limit, async () => {
  const leaving = `${room}/leaving`;
  const condition = (name) => main(attendant).getByRole('listitem').filter({ has: attendant.getByRole('heading', { name, exact: true }) });
  await attendant.goto(leaving);
  await looks(attendant, 'leaving, conditions open');
  await press(attendant, 'Recovery begins');
  for (const name of ['Walks unaided', 'Nausea is controlled', 'Tolerates fluids']) await condition(name).getByRole('button', { name: /^Yes/ }).click();
  await attendant.getByText('They leave against advice', { exact: true }).click();
  await looks(attendant, 'leaving against advice');
  await press(attendant, 'Hand the sheet over');
  await press(attendant, 'They are here, in person');
  await looks(attendant, 'leaving, some conditions met, the escort there');
  await client.goto(`/space/appointments/${session}/after`);
  await client.setViewportSize(tablet);
  await looks(client, 'after care, in their space');
  await attendant.goto(leaving);
  await attendant.getByText('They leave against advice', { exact: true }).click();
  const form = attendant.getByRole('form', { name: 'They leave against advice' });
  await form.getByLabel('What was said').fill('We advised to stay. They want to go now.');
  await form.getByLabel('Who was told, and when').fill('Amadeu, at once.');
  await form.getByLabel('Who goes with them').fill('Ada');
  await press(attendant, 'Keep that they left against advice');
  await attendant.waitForURL(/said=/);
  await looks(attendant, 'left against advice');
  said();
});

test('signed, sealed, and added to', limit, async () => {
  await prescriber.goto(`${room}/sign`);
  await looks(prescriber, 'parts to be signed');
  await guide.goto('/desk/people?q=Ilan');
  await main(guide).getByRole('link', { name: 'Ilan', exact: true }).click();
  await pageHeading(guide, 'Ilan');
  const all = await guide.getByRole('region', { name: 'Table of appointments' }).getByRole('row').filter({ hasText: 'Medicine session' }).getByRole('link').evaluateAll((links) => links.map((a) => a.getAttribute('href')));
  for (const href of all) {
    await guide.goto(href.replace('/desk/appointments/', '/room/') + '/record');
    if (await guide.getByText(/^Sealed on/).count()) break;
  }
  await looks(guide, 'a sealed record, with an addendum');
  await guide.goto(new URL(guide.url()).pathname.replace('/record', '/sign'));
  await looks(guide, 'signed by everybody');
  said();
});
