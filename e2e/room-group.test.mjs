// Several people in one room, as a device shows them: a strip with what is due
// for each, a timeline of their own, and one tap for what is shared. The demo's
// practice has one guide and so no two sessions of one hour; the second seat is
// laid into what the practice answers. That rooms are shared, and that nobody
// sees another's seat, is care/medicine's own test.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { nextMonday, startDemo } from './program.mjs';
import { closeBrowser, leave } from './browser.mjs';
import { accessible, none, shaped } from './checks.mjs';
import { inside, line, opened, ready, sameClock } from './room.mjs';

const limit = { timeout: 4 * 60_000 };
const other = '22222222-2222-4222-8222-222222222222';
let held, team, page;
const sentEntries = [];

before(async () => {
  held = await startDemo({ now: nextMonday().replace('T08:', 'T13:') });
  team = await ready(held);
  page = team.attendant;
  await sameClock(page, team.room);
  await opened(page, team.room);
  const state = await (await page.request.get(`${team.room}/state`)).json();
  state.seats.push({ ...state.seats[0], session: other, alias: 'Tamsin', entries: [] });
  await page.route(`**${team.room}/state`, (route) => route.fulfill({ json: state }));
  await page.route(`**${team.room}/stream*`, (route) => route.abort());
  await page.route(`**${team.room}/entries`, (route) => {
    const { entries } = route.request().postDataJSON();
    sentEntries.push(...entries);
    return route.fulfill({ json: { now: state.now, kept: entries.map((e) => e.id), refused: [] } });
  });
  await page.evaluate(() => document.querySelector('held-room')?.room.ask());
  await page.getByRole('navigation', { name: 'People in this room' }).waitFor();
  await page.setViewportSize({ width: 810, height: 1080 });
});
after(async () => {
  await page?.unrouteAll({ behavior: 'wait' });
  const faults = [];
  for (const p of [team?.guide, team?.prescriber, team?.attendant, team?.client]) if (p) faults.push(...await leave(p));
  await closeBrowser();
  await held?.stop();
  none(faults.filter((f) => !/ERR_FAILED/.test(f)));
});

test('each has a place in the strip, with words, and a timeline of their own', limit, async () => {
  const strip = page.getByRole('navigation', { name: 'People in this room' });
  assert.deepEqual(await strip.getByRole('button').evaluateAll((all) => all.map((b) => b.firstChild.textContent)), ['Ilan', 'Tamsin']);
  await strip.getByRole('button', { name: /^Tamsin/ }).click();
  await page.getByRole('heading', { name: 'Tamsin', level: 1 }).waitFor();
  await page.getByRole('button', { name: 'Note', exact: true }).click();
  await page.getByLabel('Note', { exact: true }).fill('Of Tamsin alone');
  await page.getByRole('button', { name: 'Keep it', exact: true }).click();
  await line(page, 'Of Tamsin alone').waitFor();
  await strip.getByRole('button', { name: /^Ilan/ }).click();
  await page.getByRole('heading', { name: 'Ilan', level: 1 }).waitFor();
  assert.equal(await line(page, 'Of Tamsin alone').count(), 0);
  none([...await shaped(page), ...await accessible(page)]);
});

test('one tap is written down for everybody', limit, async () => {
  await page.getByRole('button', { name: 'Music changes', exact: true }).click();
  await page.getByText('Music changes, for everybody in the room.').waitFor();
  await line(page, 'Music changes').getByText('For several people at once.').waitFor();
  await page.getByText(/^Waiting to be sent/).waitFor({ state: 'detached' });
  const music = sentEntries.filter((e) => e.kind === 'music');
  assert.deepEqual(music.map((e) => e.session).sort(), [team.session, other].sort());
  assert.equal(new Set(music.map((e) => e.with)).size, 1);
  assert.equal(new Set(music.map((e) => e.id)).size, 2);
  await inside(page);
});
