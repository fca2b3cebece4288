// Right after a session: on the client's own telephone, with the journal open,
// locked and without a network; and on the practice's tablet, which seals to a
// public key and opens nothing. Nothing of it stands anywhere in the clear.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { Encrypter, generateIdentity, identityToRecipient } from 'age-encryption';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { startDemo } from './program.mjs';
import { closeBrowser, leave, listen, openBrowser } from './browser.mjs';
import { signIn } from './people.mjs';
import { accessible, none, shaped, supported } from './checks.mjs';
import { begin, heading, sent, unlock } from './journal.mjs';
import { everything, samples, sightings } from './blind.mjs';
import { until } from './until.mjs';

const limit = { timeout: 4 * 60_000 };
const press = (page, name) => page.getByRole('button', { name, exact: true }).click();

// Words that stand nowhere else.
const typed = { open: 'Quendelwasser', locked: 'Nachtkerze', offline: 'Moorbirke', tablet: 'Holunderhof', away: 'Seidelbast', swapped: 'Wiesenknopf', draft: 'Zitterpappel', begun: 'Brunnenkresse', after: 'Schafgarbe' };

// lock locks the journal of a page as time does.
const lock = (page) => page.evaluate(() => localStorage.setItem('held-journal-touched', '0'));

// kept is all that a browser keeps, as text.
const kept = (page) => page.evaluate(async () => {
  const bytes = (v) => (v instanceof Uint8Array || v instanceof ArrayBuffer ? String.fromCharCode(...new Uint8Array(v).slice(0, 1 << 16)) : v instanceof CryptoKey ? 'key' : v && typeof v === 'object' ? Object.values(v).map(bytes).join(' ') : String(v));
  const all = [JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage })];
  for (const { name } of await indexedDB.databases()) {
    const db = await new Promise((ok, no) => { const r = indexedDB.open(name); r.onsuccess = () => ok(r.result); r.onerror = () => no(r.error); });
    for (const s of db.objectStoreNames) {
      const rows = await new Promise((ok) => { const r = db.transaction(s).objectStore(s).getAll(); r.onsuccess = () => ok(r.result); });
      all.push(`${name}/${s}: ${rows.length}`, ...rows.map(bytes));
    }
    db.close();
  }
  return all.join('\n');
});

// large finds what can be pressed and is smaller than 64 px.
const large = (page, where) => page.evaluate((where) => [...document.querySelectorAll('.quiet :is(button, summary, textarea, label, input[type=range])')]
  .filter((e) => e.checkVisibility() && !e.matches('.part-swatch *, .field label'))
  .map((e) => [e, e.getBoundingClientRect()]).filter(([, r]) => r.height < 63.5)
  .map(([e, r]) => `${where}: ${e.tagName} “${e.textContent.slice(0, 20)}” is ${Math.round(r.height)} px high`), where);

const good = async (page, where) => {
  const found = [...await shaped(page), ...await accessible(page), ...await supported(page)].map((f) => `${where}: ${f}`);
  return [...found, ...await large(page, where)];
};

async function draw(page) {
  await press(page, 'Draw');
  const paper = page.getByRole('application', { name: 'Sheet to draw on' });
  await paper.focus();
  for (const key of ['Space', 'ArrowRight', 'ArrowDown', 'Shift+ArrowLeft', 'ArrowUp', 'ArrowUp', 'Space']) await paper.press(key);
}

async function speak(page) {
  await press(page, 'Speak');
  await press(page, 'Record');
  await page.locator('held-part-voice').getByText('0:01').first().waitFor();
}

// made is what a part of the page holds.
const made = async (page, way) => Buffer.from(await page.locator(`held-part-${way}`).evaluate(async (part) => [...new Uint8Array(await part.value.blob.arrayBuffer())]));

async function few(page, words) {
  await press(page, 'A few words');
  await page.getByRole('textbox', { name: 'A few words' }).fill(words);
}

describe('right after', () => {
  let held, client, staff, session, sheet;
  const found = [];
  const media = []; // what was drawn and said on the tablet, before it was sealed
  const needles = () => [
    ...Object.entries(typed).map(([what, s]) => [`the word ${what}`, Buffer.from(s)]),
    ...media.flatMap(([name, b]) => samples(b).map((s) => [name, s])),
  ];
  const expected = (f) => !/ERR_INTERNET_DISCONNECTED|ERR_FAILED|Failed to fetch|4(04|09|10) for/.test(f);

  before(async () => {
    await openBrowser(['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', '--autoplay-policy=no-user-gesture-required']);
    held = await startDemo({ args: ['--log'] });
    client = await signIn(held, 'client', { width: 390 });
    await client.context().grantPermissions(['microphone']);
    await client.goto('/space');
    session = (await client.getByRole('link', { name: /^Prepare for/ }).first().getAttribute('href')).match(/appointments\/([0-9a-f-]+)/)[1];
    staff = await signIn(held, 'prescriber', { width: 810 });
  });
  after(async () => {
    for (const page of [client, staff]) if (page) found.push(...(await leave(page)).filter(expected));
    await closeBrowser();
    await held?.stop();
    none(found);
  });

  test('without keys nothing is kept, here or there, and it is said', limit, async () => {
    await client.goto('/space/capture');
    await client.getByText('Your journal has no keys yet').waitFor();
    assert.equal(await client.locator('.quiet-way').count(), 0);
    found.push(...await good(client, 'own, without keys'));
    await staff.goto(`/room/${session}/capture`);
    await staff.getByText('has no journal here yet').waitFor();
    assert.equal(await staff.getByRole('button', { name: 'Lock, and hand it over' }).count(), 0);
    found.push(...await good(staff, 'staff, without keys'));
  });

  test('with the journal open, three ways lead into it', limit, async () => {
    sheet = await begin(client, { passkey: false });
    await client.goto('/space/journal');
    await client.getByRole('link', { name: 'Right after a session' }).click();
    await client.getByRole('button', { name: 'A few words' }).waitFor();
    assert.deepEqual(await client.locator('main').getByRole('button').allTextContents(), ['Speak', 'Draw', 'A few words']);
    found.push(...await good(client, 'own'));
    await few(client, `${typed.open}, and warm`);
    found.push(...await good(client, 'own, words'));
    await press(client, 'Keep it');
    await client.getByText('Kept in your journal.').waitFor();
    await draw(client);
    found.push(...await good(client, 'own, drawing'));
    await client.getByRole('checkbox', { name: 'An image from a session' }).check();
    await press(client, 'Keep it');
    await client.getByText('Kept in your journal.').waitFor();
    await speak(client);
    found.push(...await good(client, 'own, speaking'));
    await press(client, 'Keep it'); // while it records: its end is in it
    await client.getByText('Kept in your journal.').waitFor();
    await client.goto('/space/journal');
    const entry = (name) => client.locator('ul.entries li', { has: client.getByRole('link', { name, exact: true }) });
    await entry(`${typed.open}, and warm`).getByText('right after').waitFor();
    assert.doesNotMatch(await entry(`${typed.open}, and warm`).textContent(), /image from a session/, 'it is offered, not forced');
    assert.match(await entry('A drawing').textContent(), /image from a session · right after/);
    await entry('With your voice').waitFor();
    await until('all to be sent', () => sent(client));
  });

  test('and without a network it is kept on the device, and sent later', limit, async () => {
    await client.goto('/space/capture');
    await client.getByRole('button', { name: 'Draw' }).waitFor();
    await client.context().setOffline(true);
    await few(client, 'under way');
    await press(client, 'Keep it');
    await client.getByText('Kept in your journal, on this device.').waitFor();
    assert.equal(await sent(client), false);
    await client.context().setOffline(false);
    await until('it to be sent', () => sent(client));
  });

  test('its scripts are small', limit, async () => {
    for (const [path, most] of [['/space/capture', 60_000], ['/space/journal', 120_000]]) {
      await client.goto(path);
      const weight = await client.evaluate(async () => {
        let sum = 0;
        for (const { src } of document.querySelectorAll('script[src]')) {
          const packed = new Response((await (await fetch(src)).blob()).stream().pipeThrough(new CompressionStream('gzip')));
          sum += (await packed.arrayBuffer()).byteLength;
        }
        return sum;
      });
      assert.ok(weight < most, `${path} loads ${weight} bytes of scripts, packed; the bar is ${most}`);
    }
  });

  test('what is begun and not kept is a draft', limit, async () => {
    await client.goto('/space/capture');
    await few(client, typed.draft);
    await until('the draft to be kept', () => client.evaluate(() => Object.keys(localStorage).some((k) => k.startsWith('held-drafts-'))));
    await client.goto('/space/journal');
    await heading(client, 'Drafts').waitFor();
    await client.getByRole('link', { name: typed.draft }).waitFor();
  });

  test('locked and without a network it still never waits; it is taken in later', limit, async () => {
    await client.goto('/space/capture');
    await client.evaluate(() => navigator.serviceWorker.ready);
    await client.reload(); // so that the worker keeps the fonts as well
    await client.getByRole('button', { name: 'Draw' }).waitFor();
    await lock(client);
    await few(client, `${typed.locked} on the sill`);
    await press(client, 'Keep it');
    await client.getByText('Kept, sealed for you.').waitFor();
    await until('it to be sent', () => sent(client));
    await client.context().setOffline(true);
    await client.reload();
    await client.getByRole('button', { name: 'A few words' }).waitFor();
    await few(client, `${typed.offline} in the rain`);
    await press(client, 'Keep it');
    await client.getByText('Kept, sealed for you.').waitFor();
    assert.ok(await client.evaluate(() => Object.keys(localStorage).some((k) => k.startsWith('held-unsent-'))), 'a sign-out is held back');
    const all = await kept(client);
    assert.match(all, /age-encryption\.org/);
    for (const word of [typed.locked, typed.offline]) assert.ok(!all.includes(word), `${word} lies on the device in the clear`);
    await client.context().setOffline(false);
    await client.goto('/space/journal');
    await unlock(client, sheet);
    await client.getByText('2 things were left for your journal').waitFor();
    await client.getByRole('link', { name: 'Look at it' }).click();
    const one = client.locator('li', { hasText: typed.offline });
    await one.getByText('Left on a device of yours while the journal was locked').waitFor();
    await one.getByText('not signed by you').waitFor();
    found.push(...(await accessible(client)).map((f) => `what was left: ${f}`));
    await one.getByRole('button', { name: 'Keep it in my journal' }).click();
    await one.waitFor({ state: 'detached' });
    const other = client.locator('li', { hasText: typed.locked });
    await other.getByRole('button', { name: 'Remove it' }).click();
    await other.getByRole('button', { name: 'Yes, remove it' }).click();
    await client.getByText('Nothing waits here.').waitFor();
    await client.goto('/space/journal#');
    await client.getByRole('link', { name: `${typed.offline} in the rain` }).waitFor();
    assert.equal(await client.getByRole('link', { name: new RegExp(typed.locked) }).count(), 0);
    await until('all to be sent', () => sent(client));
  });

  // hand opens the page as staff do, and gives what stands on it.
  async function hand() {
    await staff.goto(`/room/${session}/capture`);
    if (!staff.url().includes('/room/')) {
      await staff.goto('/demo');
      await press(staff, 'Sign in as the prescriber');
      await staff.goto(`/room/${session}/capture`);
    }
    await until('six words', async () => (await staff.locator('held-words').textContent()).split(' ').length === 6);
    const words = await staff.locator('held-words').textContent();
    await press(staff, 'Lock, and hand it over');
    await staff.getByRole('button', { name: 'A few words' }).waitFor();
    return words;
  }

  test('the practice\'s tablet seals to the client\'s key, and keeps nothing', limit, async () => {
    await staff.context().grantPermissions(['microphone']);
    await client.goto('/space/journal#keys');
    const mine = await client.locator('strong', { hasText: /^\w+( \w+){5}$/ }).first().textContent();
    const other = await staff.context().newPage(); // a page that was left open on the same device
    await other.goto('/desk');
    assert.equal(await hand(), mine, 'the six words are those of the client');
    await other.waitForURL((u) => !u.pathname.startsWith('/desk'));
    await other.close();
    found.push(...await good(staff, 'tablet'));
    const page = await staff.content();
    for (const name of ['Ilan', 'Sign out', '/desk', '/room/']) assert.ok(!page.includes(name), `${name} stands on the tablet's page`);
    await few(staff, `${typed.tablet} at dusk`);
    found.push(...await good(staff, 'tablet, words'));
    await press(staff, 'Keep it');
    await staff.getByText('Nothing of it stays on this tablet').waitFor();
    await draw(staff);
    found.push(...await good(staff, 'tablet, drawing'));
    assert.equal(await staff.getByRole('button', { name: 'I am finished' }).count(), 0, 'one thing at a time');
    media.push(['the drawing', await made(staff, 'drawing')]);
    await press(staff, 'Keep it');
    await staff.getByText('Nothing of it stays on this tablet').waitFor();
    await speak(staff);
    await press(staff, 'Finish');
    await staff.getByRole('button', { name: 'Listen', exact: true }).waitFor();
    media.push(['the recording', await made(staff, 'voice')]);
    await press(staff, 'Keep it');
    await staff.getByText('Nothing of it stays on this tablet').waitFor();
    assert.match(await kept(staff), /held-left\/waiting: 0/);

    // Without a network only what nobody here can open waits.
    await staff.context().setOffline(true);
    await few(staff, `${typed.away} by the water`);
    await press(staff, 'Keep it');
    await staff.getByText('There is no connection at the moment').waitFor();
    const all = await kept(staff);
    assert.match(all, /held-left\/waiting: 1/);
    assert.match(all, /age-encryption\.org/);
    for (const word of Object.values(typed)) assert.ok(!all.includes(word), `${word} lies on the tablet in the clear`);
    await staff.context().setOffline(false);
    await until('it to be sent', async () => /held-left\/waiting: 0/.test(await kept(staff)));

    // A page that dies takes nothing along: what was begun is sealed, and goes with
    // the next thing that is kept. Nothing here can show it again.
    const begun = () => kept(staff).then((all) => Number(/held-left\/waiting: (\d)/.exec(all)[1]));
    await few(staff, `${typed.begun} under the`);
    await staff.getByRole('textbox', { name: 'A few words' }).pressSequentially(' bridge');
    await until('what is typed to be sealed', async () => await begun() === 1);
    await press(staff, 'Back');
    await draw(staff);
    await until('what is drawn to be sealed', async () => await begun() === 2);
    await until('the last word to be sealed', async () => { // the killed page must have had its pause
      const was = await kept(staff);
      await staff.evaluate(() => new Promise((ok) => { setTimeout(ok, 500); }));
      return was === await kept(staff);
    });
    const at = staff.url();
    const context = staff.context();
    await staff.close({ runBeforeUnload: false }); // as a dead battery does
    const { faults } = staff;
    staff = await context.newPage();
    staff.faults = faults;
    listen(staff, new URL(at).origin);
    await staff.goto(at);
    await staff.getByText('What was begun here before is kept, sealed for you').waitFor();
    found.push(...await good(staff, 'tablet, after it died'));
    assert.ok(!(await kept(staff)).includes(typed.begun), 'what was begun lies on the tablet in the clear');
    await press(staff, 'I am finished');
    await staff.getByText('waits for your word').waitFor();
    await few(staff, `${typed.after} again`);
    await press(staff, 'Keep it');
    await staff.getByText('Nothing of it stays on this tablet').waitFor();
    await until('all of it to be sent', async () => await begun() === 0);
    assert.equal(await staff.getByText('What was begun here before').count(), 0);

    await few(staff, 'not kept');
    await until('it to be sealed', async () => await begun() === 1);
    await press(staff, 'Back');
    await press(staff, 'I am finished');
    await staff.getByText('is not kept yet').waitFor();
    await press(staff, 'Leave it behind');
    await heading(staff, 'Thank you').waitFor();
    found.push(...await good(staff, 'tablet, given back'));
    const address = staff.url();
    await staff.goto('/desk');
    assert.doesNotMatch(new URL(staff.url()).pathname, /^\/desk/, 'nobody comes to the desk from it');
    await staff.goto(address);
    await staff.getByText('This page has ended').waitFor();
    assert.match(await kept(staff), /held-left\/waiting: 0/, 'what was left behind lies on the tablet');
    none((await kept(staff)).includes(typed.tablet) ? ['the tablet kept it'] : []);
  });

  test('another key in the place of the client\'s is noticed', limit, async () => {
    const other = await identityToRecipient(await generateIdentity());
    await staff.route('**/capture/*', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, body: (await answer.text()).replaceAll(/recipient="age1[0-9a-z]+"/g, `recipient="${other}"`) });
    });
    const mine = await hand();
    await staff.reload();
    await staff.getByText('Is it sealed for you?').click();
    await until('six words', async () => (await staff.locator('held-words').textContent()).split(' ').length === 6);
    assert.notEqual(await staff.locator('held-words').textContent(), mine, 'the six words on the tablet are others');
    await few(staff, typed.swapped);
    await press(staff, 'Keep it');
    await staff.getByText('Nothing of it stays on this tablet').waitFor();
    await staff.unrouteAll({ behavior: 'wait' });
    await client.goto('/space');
    await client.goto('/space/journal#left');
    await client.getByText('it was sealed to another key than yours').waitFor();
    assert.equal(await client.getByRole('button', { name: 'Keep it in my journal' }).count(), 7, 'the others are the client\'s');
  });

  test('nothing of it stands in what the practice has', limit, async () => {
    assert.deepEqual(media.map(([name, b]) => [name, b.length > 200]), [['the drawing', true], ['the recording', true]]);
    const places = await everything(held);
    none(sightings(places, needles()));
    const log = places.find(([w]) => w === 'the log')[1].toString();
    assert.match(log, /\/capture\//, 'the log was written');
    assert.doesNotMatch(log, /\/capture\/[A-Za-z0-9_-]{40}/, 'no address of a tablet stands in it');
    // The search sees: what waits is found sealed.
    const { left } = await client.evaluate(async () => (await fetch('/space/journal/left')).json());
    assert.equal(left.length, 8);
    for (const { id, size, day, ...more } of left) {
      assert.deepEqual(Object.keys(more).sort(), ['place', 'session']);
      assert.match(day, /^\d{4}-\d\d-\d\d$/);
      const b = Buffer.from(await client.evaluate(async (at) => [...new Uint8Array(await (await fetch(at)).arrayBuffer())], `/space/journal/left/${id}`));
      assert.equal(b.length, size);
      for (const where of [/^held\.db/, /^the backup/]) assert.ok(sightings(places.filter(([w]) => where.test(w)), samples(b).map((s) => ['it', s])).length > 0, `what was left was not found in ${where}`);
    }
    const odd = client.locator('li', { hasText: 'another key than yours' });
    await odd.getByRole('button', { name: 'Remove it' }).click();
    await odd.getByRole('button', { name: 'Yes, remove it' }).click();
    await odd.waitFor({ state: 'detached' });
  });

  test('what waits is taken along with the journal', limit, async () => {
    await client.goto('/space/journal#leave');
    const locked = client.getByText('Without a passkey');
    await locked.or(client.getByRole('button', { name: 'Take it along' })).first().waitFor();
    if (await locked.count()) await unlock(client, sheet);
    const coming = client.waitForEvent('download');
    await press(client, 'Take it along');
    const zip = await readFile(await (await coming).path(), 'latin1'); // nothing in it is compressed
    assert.equal(zip.match(/sealed\/left-/g).length, 2 * 7, 'each is named in the file and in its directory');
    assert.match(zip, /plain\/left-/);
    assert.ok(zip.includes(typed.tablet) && zip.includes(typed.away));
    assert.doesNotMatch(zip, /MISSING/);
  });

  test('the client takes in what is theirs', limit, async () => {
    await client.goto('/space/journal');
    await client.reload();
    await client.getByText('7 things were left for your journal').waitFor();
    await client.getByRole('link', { name: 'Look at it' }).click();
    await client.getByText(`${typed.tablet} at dusk`).waitFor();
    await client.getByText(`${typed.away} by the water`).waitFor();
    assert.equal(await client.getByText('Left on the practice\'s tablet').count(), 7);
    await client.locator('li img').first().waitFor();
    for (let n = 7; n > 0; n--) {
      await client.getByRole('button', { name: 'Keep it in my journal' }).first().click();
      await until(`${n - 1} to be left`, async () => (await client.getByRole('button', { name: 'Keep it in my journal' }).count()) === n - 1);
    }
    await client.goto('/space/journal#');
    for (const name of [`${typed.tablet} at dusk`, `${typed.away} by the water`, 'A recording']) await client.getByRole('link', { name, exact: true }).waitFor();
    await until('all to be sent', () => sent(client));
    await client.goto('/space/looks');
    await client.getByText('opened capture for you on the practice\'s tablet').first().waitFor();
  });

  test('a device that never opened the journal says whose word it takes', limit, async () => {
    const mine = await client.evaluate(async () => (await fetch('/account/keyring')).json());
    const phone = await signIn(held, 'client', { width: 390 });
    await phone.goto('/space/capture');
    await phone.getByText('This device has not opened your journal yet').waitFor();
    found.push(...await good(phone, 'own, never opened'));
    await phone.getByRole('link', { name: 'Is it sealed for you?' }).click();
    await until('six words', async () => (await phone.locator('held-words').textContent()).split(' ').length === 6);
    assert.equal(await phone.locator('held-words').getAttribute('recipient'), mine.recipient);
    found.push(...await good(phone, 'own, comparing'));
    await few(phone, 'from a borrowed telephone');
    await press(phone, 'Keep it');
    await phone.getByText('Kept, sealed for you.').waitFor();
    found.push(...(await leave(phone)).filter(expected));
    await client.goto('/space');
    await client.goto('/space/journal#left');
    await client.getByText('from a borrowed telephone').waitFor();
    await client.getByRole('button', { name: 'Remove it' }).click();
    await client.getByRole('button', { name: 'Yes, remove it' }).click();
    await client.getByText('Nothing waits here.').waitFor();
  });

  test('what somebody else can read too, or opened before, is said and not taken in', limit, async () => {
    const other = await identityToRecipient(await generateIdentity());
    const mine = (await client.evaluate(async () => (await fetch('/account/keyring')).json())).recipient;
    // leaves what a dishonest tablet, or practice, could make.
    const leaves = async (to, about) => {
      const id = randomUUID();
      const words = 'a hand on the door';
      const e = new Encrypter();
      for (const r of to) e.addRecipient(r);
      const line = { id, for: mine, verifier: '', place: 'tablet', day: '2026-01-01', written: '2026-01-01T12:00:00Z', way: 'words', type: 'text/plain', size: words.length, stamp: false, session: '', ...about };
      const file = await e.encrypt(`${words}\nheld left ${JSON.stringify(line)}\n`);
      assert.equal(await client.evaluate(async ([id, file]) => (await fetch(`/space/capture/${id}?part=0&of=1`, { method: 'POST', body: new Uint8Array(file), headers: { 'Content-Type': 'application/octet-stream' } })).status, [id, [...file]]), 200);
    };
    await leaves([mine, other], {});
    await leaves([mine], { for: other });
    await leaves([mine], { id: randomUUID() });
    await leaves([mine], { way: 'page' });
    await leaves([mine], {});
    await client.goto('/space');
    await client.goto('/space/journal#left');
    await client.getByText('sealed for somebody else as well').waitFor();
    await client.getByText('was given another key than yours').waitFor();
    assert.equal(await client.getByText('This is something else than what was left here').count(), 2);
    assert.equal(await client.getByRole('button', { name: 'Keep it in my journal' }).count(), 1, 'the honest one');
    assert.equal(await client.getByText('a hand on the door').count(), 1);
  });
});
