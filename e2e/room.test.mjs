// The medicine room: opened from readiness, a dose and its ten seconds, vitals by
// the pad, a correction, two devices live, the network lost and found again, a
// killed tab, red, and all of it by keyboard alone.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { nextMonday, startDemo } from './program.mjs';
import { closeBrowser, leave, newPage, openWhole } from './browser.mjs';
import { accessible, colours, none, shaped } from './checks.mjs';
import { golden, transcript } from './golden.mjs';
import { inside, kept, line, opened, pad, ready, sameClock, sent, unsent } from './room.mjs';

const limit = { timeout: 4 * 60_000 };
const button = (page, name) => page.getByRole('button', { name, exact: true });
const press = (page, name) => button(page, name).click();
const tablet = (page) => page.setViewportSize({ width: 810, height: 1080 });

// whole looks at a page as it is: its bones, and axe by night and by day.
async function whole(page, where, widths = [810, 1280, 390]) {
  const size = page.viewportSize();
  const found = [];
  for (const width of widths) {
    await page.setViewportSize({ width, height: 1080 });
    for (const f of [...await shaped(page), ...await accessible(page)]) found.push(`${where} at ${width}: ${f}`);
  }
  await page.setViewportSize(size);
  const look = page.getByRole('button', { name: /^Look: / });
  await look.click();
  for (const f of await accessible(page, colours)) found.push(`${where} by day: ${f}`);
  await look.click();
  return found;
}

// largeEnough: what is tapped in a dim room is 64 px each way.
const largeEnough = (page) => page.evaluate(() => [...document.querySelectorAll('held-room :is(button, summary, input:not([type="checkbox"]))')]
  .filter((e) => e.checkVisibility()).map((e) => [e, e.getBoundingClientRect()])
  .filter(([, r]) => r.height < 63.5 || r.width < 63.5).map(([e, r]) => `${e.textContent || e.id} is ${Math.round(r.width)} × ${Math.round(r.height)}`));

describe('the medicine room', () => {
  let held, team, guide, prescriber, attendant, client, room, session;
  before(async () => {
    await openWhole(); // the screen is kept on
    held = await startDemo({ now: nextMonday().replace('T08:', 'T13:') });
    team = await ready(held);
    ({ guide, prescriber, attendant, client, room, session } = team);
    for (const page of [attendant, guide]) {
      await sameClock(page, room);
      await tablet(page);
    }
  });
  after(async () => {
    const faults = [];
    for (const page of [guide, prescriber, attendant, client]) if (page) faults.push(...await leave(page));
    await closeBrowser();
    await held?.stop();
    none(faults.filter((f) => !/ERR_INTERNET_DISCONNECTED|ERR_FAILED/.test(f)));
  });

  test('opens from readiness, dark, and says what it waits for', limit, async () => {
    await opened(attendant, room);
    await attendant.getByText('Readings are due from the dose on').waitFor();
    await sent(attendant);
    assert.equal(await attendant.evaluate(() => document.documentElement.dataset.theme), 'dark');
    none([...await whole(attendant, 'the room'), ...await largeEnough(attendant)]);
    await golden('room.yml', await transcript(attendant, 'held-room'), [[/\d\d:\d\d(:\d\d)?/g, '12:00']]);
  });

  test('a dose is one tap, and can be taken back for ten seconds; both stay to be seen', limit, async () => {
    await press(attendant, 'Dose');
    none([...await whole(attendant, 'the dose', [810, 390]), ...await largeEnough(attendant)]);
    await attendant.getByLabel('Amount, mg').fill('600');
    await press(attendant, 'Dose given now');
    await attendant.getByRole('alert').getByText(/Was it given so\?/).waitFor();
    await press(attendant, 'It was: write it down');
    await press(attendant, 'Take it back');
    await line(attendant, 'Dose: 600 mg').getByText('Taken back.', { exact: true }).waitFor();
    await press(attendant, 'Dose');
    await attendant.getByLabel('Amount, mg').fill('60');
    await press(attendant, 'Dose given now');
    await press(attendant, 'It was: write it down');
    await attendant.getByText(/^since the dose at/).waitFor();
    await attendant.getByText('The reading of minute 0 is due.').waitFor();
    await attendant.getByRole('button', { name: 'Take it back' }).waitFor({ state: 'detached' });
    await sent(attendant);
  });

  test('vitals go in by the pad in less than eight seconds', limit, async () => {
    await press(attendant, 'Vitals');
    none([...await whole(attendant, 'the pad', [810, 390]), ...await largeEnough(attendant)]);
    const from = Date.now();
    await pad(attendant, '12678' + '70' + '98' + '14');
    await attendant.getByRole('group', { name: /^Sedation/ }).getByRole('button', { name: '5', exact: true }).click();
    await press(attendant, 'Keep the reading');
    await line(attendant, 'BP 126/78, HR 70, SpO₂ 98 %, RR 14, MOAA/S 5').waitFor();
    const took = Date.now() - from;
    assert.ok(took < 8000, `it took ${took} ms`);
    await sent(attendant);
    const values = attendant.getByRole('region', { name: 'Last values' });
    await values.getByText('126/78').first().waitFor();
    await attendant.getByText(/^Next reading in \d+ minutes/).waitFor();
  });

  test('what is unusual is asked once more, and never refused', limit, async () => {
    await press(attendant, 'Vitals');
    await pad(attendant, '25578' + '70');
    await press(attendant, 'Keep the reading');
    await attendant.getByText(/Systolic 255 mmHg is unusual\. Is it so\?/).waitFor();
    await press(attendant, 'It is so: keep it');
    await line(attendant, 'BP 255/78, HR 70').first().waitFor();
  });

  test('a correction stands beside what it corrects', limit, async () => {
    await attendant.getByRole('button', { name: /^Correct: BP 255\/78/ }).click();
    await attendant.getByLabel('Systolic').fill('125');
    await press(attendant, 'Keep the reading');
    await line(attendant, 'BP 125/78, HR 70').getByText('Corrects: BP 255/78, HR 70.').waitFor();
    await line(attendant, 'BP 255/78, HR 70').getByText('Corrected: BP 125/78, HR 70.').waitFor();
    await sent(attendant);
  });

  test('what cannot be a value is kept in words', limit, async () => {
    await press(attendant, 'Vitals');
    await pad(attendant, '78126' + '71');
    await press(attendant, 'Keep the reading');
    await attendant.getByText(/Systolic 78 is not above diastolic 126\. This cannot be a value\./).waitFor();
    await press(attendant, 'Keep it in words');
    await line(attendant, 'HR 71. As typed: systolic 78, diastolic 126.').waitFor();
    await sent(attendant);
  });

  test('another device sees it at once, by whom and where', limit, async () => {
    await guide.goto(room);
    await inside(guide);
    await line(guide, 'Dose: 60 mg').getByText(/Tomé, on device/).waitFor();
    await attendant.getByText(/On 2 devices\./).waitFor();
    await press(guide, 'They say');
    await guide.getByLabel('Their words, as they were said').fill('The sea is inside the room.');
    await press(guide, 'Keep their words');
    await line(attendant, 'They said: “The sea is inside the room.”').getByText(/Leonor, on device/).waitFor();
    await press(attendant, 'Touch');
    await attendant.getByLabel('What was asked').fill('A hand on the shoulder');
    await press(attendant, 'No');
    await press(attendant, 'Keep it');
    await line(guide, 'Touch asked: A hand on the shoulder; answer: no').waitFor();
    await press(guide, 'Music');
    await press(guide, 'Begins');
    await guide.getByLabel('What is played').fill('Strings');
    await press(guide, 'Keep it');
    await line(attendant, 'Music begins: Strings').waitFor();
    await press(guide, 'Who is here');
    await press(guide, 'Leonor arrives');
    await attendant.getByText('In the room: Leonor').waitFor();
    await press(guide, 'MOAA/S');
    await guide.getByRole('button', { name: /^4: Lethargic/ }).click();
    await press(guide, 'Keep it');
    await line(attendant, 'MOAA/S: 4').waitFor();
    await press(guide, 'Event');
    await press(guide, 'Crying');
    await press(guide, 'Keep it');
    await line(attendant, 'Crying').waitFor();
    await sent(guide);
  });

  test('without a network it goes on, says so, and sends everything once, in order', limit, async () => {
    await attendant.context().setOffline(true);
    await press(attendant, 'Note');
    await attendant.getByLabel('Note', { exact: true }).fill('First, without a network');
    await press(attendant, 'Keep it');
    await unsent(attendant, 1);
    await line(attendant, 'First, without a network').getByText('Waiting to be sent.').waitFor();
    await press(attendant, 'Note');
    await attendant.getByLabel('Note', { exact: true }).fill('Second, without a network');
    await press(attendant, 'Keep it');
    await unsent(attendant, 2);
    assert.equal(await line(guide, 'without a network').count(), 0);
    await attendant.context().setOffline(false);
    await sent(attendant);
    await line(guide, 'Second, without a network').waitFor();
    const both = await kept(guide, room, session, (e) => /without a network/.test(e.body.words ?? ''));
    assert.deepEqual(both.map((e) => e.body.words), ['First, without a network', 'Second, without a network']);
    assert.ok(both[0].seq + 1 === both[1].seq);
  });

  test('a killed tab opens again without a network, with what was written', limit, async () => {
    await attendant.evaluate(async () => { await navigator.serviceWorker.ready; });
    const [now, from] = [await attendant.evaluate(() => Date.now()), Date.now()]; // a device's clock goes on when a tab is killed
    await attendant.context().setOffline(true);
    await press(attendant, 'Note');
    await attendant.getByLabel('Note', { exact: true }).fill('Before the tab was killed');
    await press(attendant, 'Keep it');
    await unsent(attendant, 1);
    const faults = attendant.faults;
    const context = attendant.context();
    await attendant.close();
    attendant = await context.newPage();
    attendant.faults = faults;
    await tablet(attendant);
    await attendant.clock.setSystemTime(new Date(now + (Date.now() - from)));
    await attendant.goto(room);
    await inside(attendant);
    await attendant.getByText('Opened without a connection: what is written here is kept on this device.', { exact: false }).waitFor();
    await line(attendant, 'Before the tab was killed').getByText('Waiting to be sent.').waitFor();
    await press(attendant, 'Note');
    await attendant.getByLabel('Note', { exact: true }).fill('After the tab was killed');
    await press(attendant, 'Keep it');
    await unsent(attendant, 2);
    await context.setOffline(false);
    await sent(attendant);
    const both = await kept(guide, room, session, (e) => /the tab was killed/.test(e.body.words ?? ''));
    assert.deepEqual(both.map((e) => e.body.words), ['Before the tab was killed', 'After the tab was killed']);
  });

  test('a pressure that is red by itself is amber until it is repeated; red shows the card and opens the log', limit, async () => {
    await press(attendant, 'Vitals');
    await pad(attendant, '188112' + '92' + '97' + '15');
    await press(attendant, 'Keep the reading');
    await attendant.getByText('Amber by the protocol').waitFor();
    await press(attendant, 'Repeat it now');
    await pad(attendant, '190114' + '94' + '97' + '15');
    await press(attendant, 'Keep the reading');
    await attendant.getByText('Red by the protocol').waitFor();
    const emergency = attendant.getByRole('region', { name: 'Emergency', exact: true });
    await emergency.getByText('Red: the emergency log is open').waitFor();
    await guide.getByRole('region', { name: 'Emergency', exact: true }).waitFor();
    assert.doesNotMatch(await emergency.textContent(), /\b(labetalol|give|administer|inject)\b/i, 'it advises nothing');
    none([...await whole(attendant, 'red'), ...await largeEnough(attendant)]);
    await guide.getByLabel('A line of the log').fill('Lying on the side, breathing calmly.');
    await press(guide, 'Write it down');
    await emergency.getByText('Lying on the side, breathing calmly.').waitFor();
    await press(attendant, 'Close the log: it is calm');
    await guide.getByRole('region', { name: 'Emergency', exact: true }).waitFor({ state: 'hidden' });
    assert.equal((await kept(guide, room, session, (e) => e.kind === 'red')).length, 1, 'of two devices one opened the log');
  });

  test('everything is done by keyboard alone', limit, async () => {
    const vitals = button(guide, 'Vitals');
    await vitals.focus();
    await guide.keyboard.press('Enter');
    await guide.keyboard.type('12880' + '72' + '97' + '13');
    await guide.keyboard.press('Enter'); // MOAA/S 5, the first of its row
    await guide.getByRole('button', { name: 'Keep the reading' }).focus();
    await guide.keyboard.press('Enter');
    await line(guide, 'BP 128/80, HR 72, SpO₂ 97 %, RR 13, MOAA/S 5').waitFor();
    assert.equal(await guide.evaluate(() => document.activeElement.textContent), 'Vitals', 'the keyboard is back where it was');
    await guide.keyboard.press('Enter');
    await guide.keyboard.press('Escape');
    assert.equal(await guide.evaluate(() => document.activeElement.textContent), 'Vitals');
    const outline = await guide.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.notEqual(outline, 'none', 'one sees where one is');
  });

  test('a device whose storage fails says so loudly, and loses nothing', limit, async () => {
    await guide.evaluate(() => {
      window.put = IDBObjectStore.prototype.put;
      IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError'); };
    });
    await press(guide, 'Note');
    await guide.getByLabel('Note', { exact: true }).fill('While the device was full');
    await press(guide, 'Keep it');
    await guide.getByRole('alert').getByText(/There is no room left on this device\. .* write on paper as well\./).waitFor();
    await guide.getByRole('alert').getByRole('link', { name: 'A sheet of paper for a session' }).waitFor();
    await line(attendant, 'While the device was full').waitFor();
    await guide.evaluate(() => { IDBObjectStore.prototype.put = window.put; });
    assert.equal((await kept(guide, room, session, (e) => e.body.words === 'While the device was full')).length, 1);
  });

  test('what somebody wrote is never sent in another\'s name, and signing out says that it waits', limit, async () => {
    const [now, from] = [await attendant.evaluate(() => Date.now()), Date.now()];
    await attendant.context().setOffline(true);
    await press(attendant, 'Note');
    await attendant.getByLabel('Note', { exact: true }).fill('By Tomé, on a shared tablet');
    await press(attendant, 'Keep it');
    await unsent(attendant, 1);
    // Before anything is sent, somebody else is signed in on the same device.
    const context = attendant.context();
    const faults = attendant.faults;
    await attendant.close();
    const own = await context.cookies();
    await context.clearCookies();
    await context.addCookies((await guide.context().storageState()).cookies);
    await context.setOffline(false);
    attendant = await context.newPage();
    attendant.faults = faults;
    await attendant.clock.setSystemTime(new Date(now + (Date.now() - from)));
    const waits = attendant.getByText('Tomé wrote 1 line on this device that the practice does not have yet.', { exact: false });
    await attendant.goto(room);
    await inside(attendant);
    await waits.waitFor();
    assert.deepEqual(await kept(guide, room, session, (e) => /shared tablet/.test(e.body.words ?? '')), []);
    await attendant.goto('/desk');
    await press(attendant, 'Sign out');
    await attendant.getByText(/written in a medicine room is on this device alone/).waitFor();
    await context.clearCookies();
    await context.addCookies(own);
    await attendant.goto(room);
    await inside(attendant);
    await sent(attendant);
    const [entry, ...more] = await kept(guide, room, session, (e) => /shared tablet/.test(e.body.words ?? ''));
    assert.equal(more.length, 0);
    assert.equal(entry.name, 'Tomé');
  });

  test('clocks that differ are measured and said', limit, async () => {
    const page = prescriber;
    await sameClock(page, room, 7 * 60_000);
    await page.goto(room);
    await inside(page);
    await page.getByText(/The clock of this device is 7 minutes ahead of the practice's\./).waitFor();
    await press(page, 'Note');
    await page.getByLabel('Note', { exact: true }).fill('By a clock that runs ahead');
    await press(page, 'Keep it');
    await line(guide, 'By a clock that runs ahead').getByText('The clock of its device is off by 7 minutes.').waitFor();
    const last = guide.getByRole('region', { name: 'Timeline' }).getByRole('listitem').first();
    assert.match(await last.textContent(), /By a clock that runs ahead/, 'it stands where it was taken, by the practice\'s clock');
  });

  test('what calls in another room stands here in a line, names nobody, and leads there by keyboard', limit, async () => {
    const elsewhere = guide.getByRole('status', { name: 'Calls' }).getByText(/^In the other room: /);
    assert.equal(await elsewhere.count(), 0);
    const there = await guide.context().newPage();
    await there.goto('/desk/week');
    await there.getByRole('main').getByRole('link', { name: /Yael, Odile, Bram/ }).click();
    const path = `/room/${(await there.getByRole('main').getByRole('link', { name: 'Yael', exact: true }).getAttribute('href')).split('/').pop()}`;
    await there.goto(path);
    await press(there, 'Open the room');
    await inside(there);
    const { now } = await (await there.request.get(`${path}/clock`)).json();
    const device = randomUUID();
    const entries = [['dose', { medicine: 'ketamine_im', mg: 34 }], ['vitals', { systolic: 124, diastolic: 78, pulse: 70, oxygen: 88, breaths: 14, moaas: 4 }]]
      .map(([kind, body], n) => ({ id: randomUUID(), session: path.split('/').pop(), device, seq: n + 1, kind, taken: now, entered: now, offset: 0, body }));
    assert.deepEqual((await (await there.request.post(`${path}/entries`, { data: { device, sent: now, entries } })).json()).refused, []);
    await elsewhere.filter({ hasText: /^In the other room: Red, since \d\d:\d\d/ }).waitFor();
    assert.doesNotMatch(await guide.getByRole('main').textContent(), /Yael/, 'whoever sits here need not learn who is there');
    none(await whole(guide, 'a call from another room', [810, 390, 320]));
    const way = guide.getByRole('link', { name: 'Go to that room' });
    const size = await way.boundingBox();
    assert.ok(size.height > 63.5 && size.width > 63.5, `it is ${size.width} × ${size.height}`);
    await way.focus();
    await Promise.all([guide.waitForURL(`**${path}`), guide.keyboard.press('Enter')]);
    await inside(guide);
    await guide.goto(room);
    await inside(guide);
    await elsewhere.first().waitFor();
    const unheard = guide.getByRole('status', { name: 'Calls' }).getByText(/^Other rooms cannot be heard since \w+day \d\d:\d\d\./);
    await guide.context().setOffline(true);
    await unheard.waitFor();
    assert.equal(await elsewhere.count(), 0, 'what was heard last does not stay as if it were heard now');
    none(await whole(guide, 'other rooms that cannot be heard', [810, 390, 320]));
    await guide.context().setOffline(false);
    await elsewhere.first().waitFor();
    await unheard.waitFor({ state: 'detached' });
    await button(there, 'Heard').first().waitFor();
    await button(there, 'Heard').evaluateAll((all) => all.forEach((b) => b.click())); // it lies behind the other page
    await elsewhere.first().waitFor({ state: 'detached' });
    await there.close();
  });

  test('without scripts the page says so plainly, and has paper', limit, async () => {
    const state = await guide.context().storageState();
    const plain = await newPage(held.url, { js: false });
    await plain.context().addCookies(state.cookies);
    await plain.goto(room);
    await plain.getByText(/The room lives by scripts, and they are off/).waitFor();
    await plain.getByRole('link', { name: 'A sheet of paper for a session' }).click();
    await plain.getByRole('heading', { name: 'A session on paper', level: 1 }).waitFor();
    none(await leave(plain));
  });

  test('what a page of the room weighs is under its bar', limit, async () => {
    const paths = await guide.locator('script[src*="/room-"]').evaluateAll((all) => all.map((e) => e.getAttribute('src')));
    let own = 0;
    for (const path of paths) own += gzipSync(await (await guide.request.get(path)).body()).length;
    assert.ok(own > 0 && own < 60_000, `the room's scripts weigh ${own} bytes`);
  });
});
