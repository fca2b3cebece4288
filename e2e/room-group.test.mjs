// Several people in one room, as a device shows them: a strip with what is due
// for each, a timeline of their own, and one tap for what is shared. They are
// the demo's group of this evening, of whom two are ready.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { nextMonday, startDemo } from './program.mjs';
import { closeBrowser, leave, openWhole } from './browser.mjs';
import { signIn } from './people.mjs';
import { accessible, none, shaped } from './checks.mjs';
import { inside, kept, line, sameClock, sent } from './room.mjs';

const limit = { timeout: 4 * 60_000 };
const main = (page) => page.getByRole('main');
let held, owner, page, room;
const sessions = {};

before(async () => {
  await openWhole(); // the screen is kept on
  held = await startDemo({ now: nextMonday().replace('T08:', 'T13:') });
  owner = await signIn(held, 'owner');
  page = await signIn(held, 'attendant');
  await owner.goto('/desk/week');
  await main(owner).getByRole('link', { name: /Yael, Odile, Bram/ }).click();
  for (const name of ['Yael', 'Odile']) {
    sessions[name] = (await main(owner).getByRole('link', { name, exact: true }).getAttribute('href')).split('/').pop();
  }
  room = `/room/${sessions.Yael}`;
  await sameClock(page, room);
  await page.goto(`${room}/together`);
  await page.getByRole('button', { name: 'Open the room for them', exact: true }).click();
  await inside(page);
  await page.getByRole('navigation', { name: 'People in this room' }).waitFor();
  await page.setViewportSize({ width: 810, height: 1080 });
});
after(async () => {
  const faults = [];
  for (const p of [owner, page]) if (p) faults.push(...await leave(p));
  await closeBrowser();
  await held?.stop();
  none(faults);
});

test('each has a place in the strip, with words, and a timeline of their own', limit, async () => {
  const strip = page.getByRole('navigation', { name: 'People in this room' });
  assert.deepEqual((await strip.getByRole('button').evaluateAll((all) => all.map((b) => b.firstChild.textContent))).sort(), ['Odile', 'Yael']);
  await strip.getByRole('button', { name: /^Odile/ }).click();
  await page.getByRole('heading', { name: 'Odile', level: 1 }).waitFor();
  await page.getByRole('button', { name: 'Note', exact: true }).click();
  await page.getByLabel('Note', { exact: true }).fill('Of Odile alone');
  await page.getByRole('button', { name: 'Keep it', exact: true }).click();
  await line(page, 'Of Odile alone').waitFor();
  await strip.getByRole('button', { name: /^Yael/ }).click();
  await page.getByRole('heading', { name: 'Yael', level: 1 }).waitFor();
  assert.equal(await line(page, 'Of Odile alone').count(), 0);
  none([...await shaped(page), ...await accessible(page)]);
});

test('one tap is written down for everybody', limit, async () => {
  await page.getByRole('button', { name: 'Music changes', exact: true }).click();
  await page.getByText('Music changes, for everybody in the room.').waitFor();
  await line(page, 'Music changes').getByText('For several people at once.').waitFor();
  await sent(page);
  const music = [];
  for (const id of Object.values(sessions)) music.push(...await kept(page, `/room/${id}`, id, (e) => e.kind === 'music'));
  assert.deepEqual(music.map((e) => e.session).sort(), Object.values(sessions).sort());
  assert.equal(new Set(music.map((e) => e.with)).size, 1);
  assert.equal(new Set(music.map((e) => e.id)).size, 2);
  for (const [name, n] of [['Odile', 1], ['Yael', 0]]) {
    const notes = await kept(page, room, sessions[name], (e) => e.kind === 'note');
    assert.equal(notes.length, n, name);
  }
  await inside(page);
});
