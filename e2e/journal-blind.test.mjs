// The practice keeps a journal and is blind to it: of everything that left the
// browsers, everything that the practice and its operator have (database, folder,
// backup, log, letters), no piece is anything that was written, said, drawn,
// pictured or typed, and none is a key. Once on each engine.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bech32 } from '@scure/base';
import { engines, startDemo } from './program.mjs';
import { closeBrowser, leave, openBrowser } from './browser.mjs';
import { signIn } from './people.mjs';
import { none } from './checks.mjs';
import { begin, heading, noise, sent, unlock, write } from './journal.mjs';
import { everything, samples, sightings } from './blind.mjs';
import { tap } from './wire.mjs';
import { until } from './until.mjs';

const limit = { timeout: 5 * 60_000 };

// Words that stand nowhere else; each is typed somewhere.
const typed = {
  title: 'Zinnoberrot', words: 'Quittengelee', before: 'Mohnkuchen', after: 'Lindenbast', image: 'Eisvogelblau', theme: 'Wacholderweg', alt: 'Kreidefelsen',
  draft: 'Nebelkraehe', search: 'Sternmoosbett', note: 'Bernsteinkamm', answer: 'Haselwurzel', calendar: 'Torfstecherei', device: 'Glimmerschiefer',
};

for (const engine of engines) {
  describe(`the practice is blind, on ${engine}`, () => {
    let held, wire;
    before(async () => {
      wire = await tap();
      await openBrowser(['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', '--autoplay-policy=no-user-gesture-required', ...wire.args]);
      held = await startDemo({ engine, args: ['--log'] });
    });
    after(async () => {
      await closeBrowser();
      wire?.stop();
      await held?.stop();
    });

    test('nothing that was written, and no key, stands in what it has', limit, async () => {
      const client = await signIn(held, 'client');
      await client.context().grantPermissions(['microphone']);
      const sheet = await begin(client, { passkey: false });
      const entry = await everyForm(client);
      await write(client, { words: 'x' });
      await client.goto('/space/journal#write');
      await client.getByLabel('What is there?').fill(typed.draft);
      await client.getByText('A draft is kept on this device.').waitFor();
      await client.goto('/space/journal#');
      await client.getByLabel('Search in what you wrote').fill(typed.search);
      await client.getByText('Nothing that you wrote holds these words.').waitFor();
      await client.goto('/space/journal#free');
      await client.getByLabel('Or paste its text').fill(`BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20400101T090000\nDTEND:20400101T100000\nSUMMARY:${typed.calendar}\nEND:VEVENT\nEND:VCALENDAR`);
      await client.getByRole('button', { name: 'Look', exact: true }).click();
      await client.getByText('was read').waitFor();

      const guide = await signIn(held, 'owner');
      const guideSheet = await answered(held, client, guide, entry, sheet);
      const plain = await along(client, sheet);
      const bytes = wire.sent();
      const faults = [...await leave(client), ...await leave(guide)].filter((f) => !/404 for/.test(f));

      const places = [['what left the browsers', bytes], ...await everything(held)];
      const needles = [
        ...Object.entries(typed).flatMap(([what, s]) => [[`the ${what}`, Buffer.from(s)], [`the ${what}, folded`, Buffer.from(s.toLowerCase())]]),
        ['the sheet', Buffer.from(sheet)], ['the sheet', Buffer.from(sheet.replaceAll(' ', '-'))], ['the guide\'s sheet', Buffer.from(guideSheet)], ['a key', Buffer.from('AGE-SECRET-KEY-')],
        ...keysIn(plain.key),
        ...plain.files.flatMap(([name, b]) => samples(b).map((s) => [name, s])),
      ];
      for (const kind of ['photo', 'voice', 'drawing', 'body']) assert.ok(needles.filter(([name]) => name.includes(`-${kind}-`)).length > 3, `there are stretches of the ${kind} to look for: ${plain.files.map(([f, b]) => `${f} ${b.length}`)}`);
      none(sightings(places, needles));
      assert.deepEqual(wire.elsewhere.filter((u) => !ofTheBrowser(u)), [], 'nothing went elsewhere');

      // The search sees: what is sealed is found on the wire, in the database and in the backup.
      for (const [name, b] of plain.sealed) {
        for (const where of seen[engine]) assert.ok(sightings(places.filter(([w]) => where.test(w)), samples(b).map((s) => [name, s])).length > 0, `${name} was not found in ${where}`);
      }
      assert.ok(places.some(([w, b]) => w === 'the log' && b.includes('/space/journal/files/')), 'the log was written');
      none(faults);
    });

    test('of an entry the day and a length in steps can be told, and no more', limit, async () => {
      const client = await signIn(held, 'client');
      await client.evaluate(async () => { await fetch('/space/journal/destroy', { method: 'POST' }); });
      await begin(client, { passkey: false });
      await write(client, { words: 'x' });
      await write(client, { title: 'A longer one', words: 'It says more than the other. '.repeat(8) });
      const files = await client.evaluate(async () => (await (await fetch('/space/journal/changes?after=0&bare=1')).json()).files);
      assert.equal(files.length, 2);
      assert.equal(files[0].size, files[1].size, 'a word and a paragraph are alike');
      for (const f of files) {
        assert.deepEqual(Object.keys(f).sort(), ['day', 'id', 'revision', 'seq', 'size']);
        assert.match(f.day, /^\d{4}-\d\d-\d\d$/);
        assert.match(f.id, /^[0-9a-f]{8}-[0-9a-f]{4}-4/, 'an id that tells no time');
      }
      none(await leave(client));
    });
  });
}

// seen are the places in which what is sealed must be found.
const seen = {
  sqlite: [/^what left/, /^held\.db/, /^the backup/],
  postgres: [/^what left/, /^the database/, /^the backup/],
};

// ofTheBrowser: Chromium itself asks for these, for its own ends, whatever page is open.
const ofTheBrowser = (u) => /(google|gstatic|googleapis)\.com(:443|\/)/.test(u);

async function everyForm(page) {
  await page.goto('/space/journal#write');
  await page.getByLabel('What is there?').fill(`${typed.words}\n\n${'and so on '.repeat(20)}`);
  await page.getByLabel('A title (optional)').fill(typed.title);
  await page.getByLabel('A single word or image (optional)').fill(typed.image);
  const fold = (name) => page.locator('summary', { hasText: new RegExp(`^${name}$`) }).click();
  await fold('Before and after, side by side');
  await page.getByLabel('Before', { exact: true }).fill(typed.before);
  await page.getByLabel('After', { exact: true }).fill(typed.after);
  await fold('Where in the body');
  await page.getByLabel('A place').selectOption('throat');
  await page.getByRole('button', { name: 'Mark it' }).click();
  await page.locator('held-part-body').getByRole('group', { name: /^throat/ }).waitFor();
  await fold('A drawing');
  const paper = page.getByRole('application', { name: 'Sheet to draw on' });
  await paper.focus();
  for (const key of ['Space', ...Array(12).fill(['ArrowRight', 'ArrowDown', 'Shift+ArrowLeft', 'ArrowUp']).flat(), 'Space']) await paper.press(key);
  await fold('A photograph of paper');
  await page.getByLabel('Choose a picture').setInputFiles({ name: `${typed.device}.png`, mimeType: 'image/png', buffer: await noise(page) });
  await page.getByRole('slider', { name: 'Upper left corner' }).waitFor();
  await page.locator('held-part-photo').getByLabel('In words').fill(typed.alt);
  await fold('With your voice');
  await page.getByRole('button', { name: 'Record', exact: true }).click();
  await page.locator('held-part-voice').getByText('0:01').first().waitFor();
  await page.getByRole('button', { name: 'Finish', exact: true }).click();
  await page.getByRole('button', { name: 'Listen', exact: true }).waitFor();
  await page.getByText('A draft is kept on this device.').waitFor();
  await page.getByRole('button', { name: 'Keep', exact: true }).click();
  await heading(page, typed.title).waitFor();
  await page.getByText('Themes, if you like').click();
  await page.getByLabel('A theme of your own').fill(typed.theme);
  await page.getByRole('button', { name: 'Add it' }).click();
  await page.getByRole('checkbox', { name: typed.theme }).waitFor();
  await until('everything to be sent', () => sent(page));
  return new URL(page.url()).hash.split('/')[1];
}

// answered shares the entry, and has it read and answered; it gives the words of
// the guide's sheet.
async function answered(held, client, guide, entry, sheet) {
  await guide.goto('/desk/people');
  await guide.getByRole('link', { name: /^Ilan/ }).first().click();
  await guide.getByRole('link', { name: 'Shared with you' }).click();
  const desk = guide.url();
  const words = await begin(guide, { passkey: false }, desk);
  await guide.getByText('shares nothing with you').waitFor();
  await client.goto('/space');
  await client.goto(`/space/journal#share/${entry}`);
  const share = async () => {
    await client.locator('input[id^="with-"]:enabled').check();
    await client.getByRole('button', { name: 'Share it', exact: true }).click();
  };
  await client.getByLabel('A note to them (optional)').fill(typed.note);
  await share();
  await unlock(client, sheet);
  await share();
  await client.getByRole('button', { name: 'Share now, compare later' }).click();
  await share();
  await heading(client, 'Shared').waitFor();
  await guide.reload();
  await guide.getByText(typed.note).waitFor();
  await guide.getByLabel('Your answer').fill(typed.answer);
  await guide.getByRole('button', { name: 'Send the answer' }).click();
  await guide.getByText('You answered on').waitFor();
  return words;
}

// along takes the journal along, as its writer would: what must not be found.
async function along(page, sheet) {
  await page.goto('/space');
  await page.goto('/space/journal#leave');
  await unlock(page, sheet);
  const coming = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Take it along' }).click();
  const folder = await mkdtemp(join(tmpdir(), 'held-along-'));
  try {
    await (await coming).saveAs(join(folder, 'journal.zip'));
    execFileSync('python3', ['-m', 'zipfile', '-e', join(folder, 'journal.zip'), folder]);
    const all = async (under) => Promise.all((await readdir(join(folder, under))).map(async (f) => [f, await readFile(join(folder, under, f))]));
    const files = await all('plain');
    return { key: await readFile(join(folder, 'key.txt'), 'utf8'), files: files.filter(([f]) => !f.endsWith('.md')), sealed: await all('sealed') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

// keysIn are the secret halves in a keyring, as bytes.
function keysIn(ring) {
  const identity = /^AGE-SECRET-KEY-1\S+$/m.exec(ring)[0];
  const signing = /^# held-signing: (\S+)/m.exec(ring)[1];
  return [['the identity', Buffer.from(identity)], ['the identity, its bytes', Buffer.from(bech32.decodeToBytes(identity).bytes)], ['the signing key', Buffer.from(signing, 'base64').subarray(-32)]];
}
