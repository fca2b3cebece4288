// Nothing that was written in the sealed journal gets lost: not where the network
// goes, not between windows and devices, not by a practice that lost or hides it.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDemo } from './program.mjs';
import { closeBrowser, leave } from './browser.mjs';
import { signIn } from './people.mjs';
import { begin, heading, list, sent, titles, unlock, write } from './journal.mjs';
import { until } from './until.mjs';

const limit = { timeout: 3 * 60_000 };
let held;
before(async () => {
  held = await startDemo();
});
after(async () => {
  await closeBrowser();
  await held?.stop();
});

const files = '**/space/journal/files/**';
const changes = '**/space/journal/changes?*';
const only = (route, method) => route.request().method() === method;

// writer is a client with a new journal, and its words.
async function writer() {
  const page = await signIn(held, 'client');
  await page.evaluate(async () => { await fetch('/space/journal/destroy', { method: 'POST' }); });
  return [page, await begin(page, { passkey: false })];
}

// another opens the same journal on another device.
async function another(words) {
  const page = await signIn(held, 'client');
  await page.goto('/space/journal');
  await unlock(page, words);
  await heading(page, 'What you have written').waitFor();
  return page;
}

const online = (page) => page.evaluate(() => dispatchEvent(new Event('online')));
const quiet = (page) => until('nothing to be under way', () => page.evaluate(async () => !(await navigator.locks.query()).held.length));

async function edit(page, id, words) {
  await page.goto(`/space/journal#write/${id}`);
  await page.getByLabel('What is there?').fill(words);
  await page.getByRole('button', { name: 'Keep', exact: true }).click();
  await page.waitForURL((u) => u.hash.startsWith('#entry/'));
}

// withBody writes an entry that holds a picture; it gives both ids.
async function withBody(page, title) {
  await page.goto('/space/journal#write');
  await page.getByLabel('What is there?').fill('with a picture');
  await page.getByLabel('A title (optional)').fill(title);
  await page.locator('summary', { hasText: /^Where in the body$/ }).click();
  await page.getByLabel('A place').selectOption('throat');
  await page.getByRole('button', { name: 'Mark it' }).click();
  await page.locator('held-part-body').getByRole('group', { name: /^throat/ }).waitFor();
  await page.getByRole('button', { name: 'Keep', exact: true }).click();
  await heading(page, title).waitFor();
  await until('it to be sent', () => sent(page));
  const entry = new URL(page.url()).hash.split('/')[1];
  const all = await page.evaluate(async () => (await (await fetch('/space/journal/changes?after=0&bare=1')).json()).files.map((f) => f.id));
  return [entry, all.find((id) => id !== entry)];
}

async function takeAway(page, id) {
  await page.goto(`/space/journal#entry/${id}`);
  await page.getByRole('button', { name: 'Take it away' }).click();
  await page.getByRole('button', { name: 'Yes, take it away' }).click();
  await heading(page, 'What you have written').waitFor();
}

test('where two devices wrote the same, both stay, though the network goes in between and the list has pages', limit, async () => {
  const [one, words] = await writer();
  const [entry] = await withBody(one, 'On both');
  const two = await another(words);
  await two.getByRole('link', { name: 'On both' }).waitFor();
  await one.route(files, (route) => route.abort());
  await edit(one, entry, 'as one left it');
  await edit(two, entry, 'as two left it');
  await until('two to have sent it', () => sent(two));

  // One thing comes at a time; then nothing does.
  await one.unroute(files);
  await one.route(changes, (route) => route.request().url().includes('bare') ? route.abort() : route.continue());
  await online(one);
  await quiet(one);
  assert.equal(await sent(one), false, 'what was written here still waits');
  await one.unroute(changes);
  await one.route(changes, async (route) => {
    const answer = await route.fetch();
    const body = await answer.json();
    await route.fulfill({ response: answer, json: { ...body, files: body.files.slice(0, 1) } });
  });
  await online(one);
  await until('both to be sent', () => sent(one));
  await one.unroute(changes);
  await list(one);
  assert.deepEqual((await titles(one)).sort(), ['On both', 'On both (written on another device)']);
  await one.getByRole('link', { name: 'On both', exact: true }).click();
  await one.getByText('as two left it').waitFor();

  // Both hold the same picture; one of them goes, the picture stays.
  await list(one);
  await one.getByRole('link', { name: 'On both (written on another device)' }).click();
  await one.getByText('as one left it').waitFor();
  await takeAway(one, new URL(one.url()).hash.split('/')[1]);
  await until('that to be sent', () => sent(one));
  const three = await another(words);
  await three.getByRole('link', { name: 'On both', exact: true }).click();
  await three.locator('held-journal figure img').waitFor();
  for (const page of [one, two, three]) await leave(page);
});

test('an answer that was lost on the way does not make a second entry of the first', limit, async () => {
  const [page] = await writer();
  await page.route(files, async (route) => {
    await route.fetch();
    await route.abort();
  });
  const id = await write(page, { title: 'Once', words: 'first' }, { send: false });
  await quiet(page);
  await page.unroute(files);
  await page.route(files, (route) => route.abort());
  await edit(page, id, 'second');
  await quiet(page);
  await page.unroute(files);
  await online(page);
  await until('it to be sent', () => sent(page));
  await list(page);
  assert.deepEqual(await titles(page), ['Once']);
  await page.goto(`/space/journal#entry/${id}`);
  await page.getByText('second').waitFor();
  await leave(page);
});

test('one file that is refused keeps no other from being sent', limit, async () => {
  const [page] = await writer();
  await page.route(files, (route) => route.abort());
  const first = await write(page, { title: 'Refused', words: 'x' }, { send: false });
  await write(page, { title: 'Taken', words: 'y' }, { send: false });
  await quiet(page);
  await page.route(`**/space/journal/files/${first}?*`, (route) => route.fulfill({ status: 413, json: { error: 'Too large, says the practice.' } }));
  await page.unroute(files);
  await online(page);
  await page.locator('.unsent').waitFor({ state: 'detached' });
  await page.goto('/space/journal#');
  await page.getByText('Too large, says the practice.').waitFor();
  assert.equal(await sent(page), false);
  await leave(page);
});

test('an entry that is taken away while it is being sent is gone', limit, async () => {
  const [page, words] = await writer();
  let go;
  const held = new Promise((done) => { go = done; });
  let came;
  const began = new Promise((done) => { came = done; });
  await page.route(files, async (route) => {
    came();
    await held;
    await route.continue();
  });
  const id = await write(page, { title: 'Not after all', words: 'x' }, { send: false });
  await began;
  await takeAway(page, id);
  go();
  await until('it to be sent', () => sent(page));
  await list(page);
  assert.deepEqual(await titles(page), []);
  await write(page, { title: 'Another', words: 'y' });
  const other = await another(words);
  await other.getByRole('link', { name: 'Another' }).waitFor();
  assert.deepEqual(await titles(other), ['Another']);
  await leave(page);
  await leave(other);
});

test('a title with a line of its own kind is read as a title', limit, async () => {
  const [page, words] = await writer();
  await write(page, { title: 'Odd\u2028note: x\u2028gone: true', words: 'still here' });
  const other = await another(words);
  await other.getByRole('link', { name: /^Odd/ }).click();
  await other.getByText('still here').waitFor();
  await leave(page);
  await leave(other);
});

test('what is kept is on the disk before it is in the list, and in the other window at once', limit, async () => {
  const [page] = await writer();
  await page.goto('/space/journal#write');
  await page.getByLabel('What is there?').fill('where there is no room');
  await page.getByText('A draft is kept on this device.').waitFor();
  await page.evaluate(() => {
    globalThis.put = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (value, key) {
      if (this.name === 'bodies') throw new DOMException('full', 'QuotaExceededError');
      return globalThis.put.call(this, value, key);
    };
  });
  await page.getByRole('button', { name: 'Keep', exact: true }).click();
  await page.getByText('no room left').waitFor();
  await page.goto('/space/journal#time');
  await page.goto('/space/journal#');
  await page.getByRole('heading', { name: 'Drafts' }).waitFor();
  assert.deepEqual(await titles(page), []);
  await page.evaluate(() => { IDBObjectStore.prototype.put = globalThis.put; });
  await page.getByRole('link', { name: 'where there is no room' }).click();
  await page.getByRole('button', { name: 'Keep', exact: true }).click();
  await until('it to be sent', () => sent(page));

  const window = await page.context().newPage();
  await window.goto('/space/journal');
  await window.getByRole('link', { name: 'where there is no room' }).waitFor();
  await page.route(files, () => {}); // no answer, ever
  await write(page, { title: 'In both windows', words: 'x' }, { send: false });
  await window.locator('ul.entries h3').getByRole('link', { name: 'In both windows' }).waitFor(); // not among the drafts
  await leave(page);
});

test('two windows without a network keep what each of them wrote', limit, async () => {
  const [page] = await writer();
  await page.context().route(files, (route) => route.abort());
  const id = await write(page, { title: 'Two windows', words: 'begun' }, { send: false });
  const window = await page.context().newPage();
  await window.goto(`/space/journal#write/${id}`);
  await window.getByLabel('What is there?').fill('from the second');
  await edit(page, id, 'from the first');
  await window.getByRole('button', { name: 'Keep', exact: true }).click();
  await heading(window, 'Two windows (written on another device)').waitFor();
  await page.context().unroute(files);
  await online(window);
  await until('all to be sent', () => sent(page));
  await list(page);
  assert.deepEqual((await titles(page)).sort(), ['Two windows', 'Two windows (written on another device)']);
  await page.getByRole('link', { name: 'Two windows', exact: true }).click();
  await page.getByText('from the first').waitFor();
  await leave(page);
});

test('a draft on what was not sent yet does not take the place of what another window made of it', limit, async () => {
  const [page] = await writer();
  await page.context().route(files, (route) => route.abort());
  const id = await write(page, { title: 'Drafted', words: 'begun' }, { send: false });
  await page.goto(`/space/journal#write/${id}`);
  await page.getByLabel('What is there?').fill('as the draft has it');
  await page.getByText('A draft is kept on this device.').waitFor();
  await page.goto('/space/journal#');
  await page.getByRole('heading', { name: 'Drafts' }).waitFor();
  const window = await page.context().newPage();
  await window.goto('/space/journal');
  await heading(window, 'What you have written').waitFor();
  await window.evaluate(async () => { // it opens the entry, not the draft
    const open = (await indexedDB.databases()).find((d) => d.name.startsWith('held-journal-'));
    const db = await new Promise((ok) => { indexedDB.open(open.name).onsuccess = (e) => ok(e.target.result); });
    const store = db.transaction('drafts', 'readwrite').objectStore('drafts');
    globalThis.put = await new Promise((ok) => {
      const all = [];
      store.openCursor().onsuccess = (e) => {
        const c = e.target.result;
        if (!c) return ok(all);
        all.push([c.key, c.value]);
        c.delete();
        c.continue();
      };
    });
    db.close();
  });
  await edit(window, id, 'as the other window has it');
  await window.evaluate(async () => {
    const open = (await indexedDB.databases()).find((d) => d.name.startsWith('held-journal-'));
    const db = await new Promise((ok) => { indexedDB.open(open.name).onsuccess = (e) => ok(e.target.result); });
    const tx = db.transaction('drafts', 'readwrite');
    for (const [key, value] of globalThis.put) tx.objectStore('drafts').put(value, key);
    await new Promise((ok) => { tx.oncomplete = ok; });
    db.close();
  });
  await page.goto('/space/journal#time');
  await page.goto(`/space/journal#write/${id}`);
  await page.waitForFunction(() => document.querySelector('held-journal textarea')?.value === 'as the draft has it');
  await page.getByRole('button', { name: 'Keep', exact: true }).click();
  await heading(page, 'Drafted (written on another device)').waitFor();
  await page.context().unroute(files);
  await online(page);
  await until('all to be sent', () => sent(page));
  await list(page);
  assert.deepEqual((await titles(page)).sort(), ['Drafted', 'Drafted (written on another device)']);
  await page.getByRole('link', { name: 'Drafted', exact: true }).click();
  await page.getByText('as the other window has it').waitFor();
  await leave(page);
});

test('the keys go when the journal was not used for a while, on every page of ours', limit, async () => {
  const [page, words] = await writer();
  const unlocked = () => page.evaluate(async () => {
    const { name } = (await indexedDB.databases()).find((d) => d.name.startsWith('held-journal-'));
    const db = await new Promise((ok) => { indexedDB.open(name).onsuccess = (e) => ok(e.target.result); });
    const keys = await new Promise((ok) => { db.transaction('meta').objectStore('meta').get('keys').onsuccess = (e) => ok(e.target.result); });
    db.close();
    return Boolean(keys);
  });
  await write(page, { title: 'Shown last', words: 'x' });
  await page.goto('/space');
  await page.getByRole('link', { name: 'Shown last' }).waitFor();
  await page.goto('/space/looks');
  assert.ok(await unlocked(), 'they are there while it is in use');
  await page.evaluate(() => {
    localStorage.setItem('held-journal-touched', String(Date.now() - 16 * 60_000));
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await until('the keys to be gone', async () => !(await unlocked()));
  await page.goto('/space/journal');
  await heading(page, 'Your journal is locked').waitFor();
  await unlock(page, words);
  await page.getByRole('link', { name: 'Shown last' }).waitFor();
  await page.goto('/space');
  await page.getByRole('link', { name: 'Shown last' }).waitFor();
  await page.evaluate(() => localStorage.setItem('held-journal-touched', '0'));
  await page.getByRole('link', { name: 'Shown last' }).waitFor({ state: 'detached' });
  await page.getByRole('link', { name: 'Unlock your journal' }).waitFor();
  await leave(page);
});

test('a draft, and what somebody else wrote, hold a sign-out back', limit, async () => {
  const [page] = await writer();
  await page.goto('/space/journal#write');
  await page.getByLabel('What is there?').fill('half');
  assert.equal(await page.evaluate(() => [...document.querySelectorAll('held-journal textarea')].filter((t) => t.spellcheck || t.form.autocomplete !== 'off').length), 0, 'no spelling service is asked, nothing is offered elsewhere');
  await page.getByText('A draft is kept on this device.').waitFor();
  const out = () => page.getByRole('banner').getByRole('button', { name: 'Sign out', exact: true }).click();
  await out();
  await page.getByText('A draft of yours is on this device alone').waitFor();
  await page.getByLabel('What is there?').fill('');
  await until('the draft to be gone', () => page.evaluate(() => !Object.keys(localStorage).some((k) => k.startsWith('held-drafts-'))));
  await page.evaluate(() => localStorage.setItem('held-unsent-somebody', '1'));
  await write(page, { title: 'Mine', words: 'sent' });
  await out();
  await page.getByText('Something that somebody else wrote').waitFor();
  await page.getByRole('button', { name: 'Sign out and lose it' }).click();
  await page.waitForURL((u) => u.pathname === '/');
  await leave(page);
});

test('what a practice lost in a restore is counted as not sent, and is sent again', limit, async () => {
  const [page, words] = await writer();
  const [entry] = await withBody(page, 'Before the fire');
  await edit(page, entry, 'changed once');
  await until('it to be sent', () => sent(page));
  await page.evaluate(async () => {
    const { recipient, verifier, keyring, recovery } = await (await fetch('/account/keyring')).json();
    await fetch('/space/journal/destroy', { method: 'POST' });
    await fetch('/account/keyring', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ revision: 0, recipient, verifier, keyring, recovery }) });
  });
  await list(page);
  await page.getByText('as it was earlier').waitFor();
  await page.getByRole('button', { name: 'Send it again' }).waitFor();
  assert.equal(await sent(page), false);
  await page.getByRole('button', { name: 'Send it again' }).click();
  await until('it to be sent', () => sent(page));
  await list(page);
  await quiet(page);
  assert.equal(await page.getByText('as it was earlier').count(), 0);
  const other = await another(words);
  await other.getByRole('link', { name: 'Before the fire' }).click();
  await other.getByText('changed once').waitFor();
  await other.locator('held-journal figure img').waitFor();
  await leave(page);
  await leave(other);
});

// lying lets the practice say something else of the journal's files.
const lying = (page, lie) => page.route(changes, async (route) => {
  const answer = await route.fetch();
  await route.fulfill({ response: answer, json: lie(await answer.json()) });
});

test('a practice cannot take an entry or its picture away, nor put an older one in its place', limit, async () => {
  const [page] = await writer();
  const [entry, piece] = await withBody(page, 'Mine');
  await lying(page, (b) => ({ head: b.head + 1, files: [...b.files, { id: entry, revision: 2, seq: b.head + 1, size: 999_999, day: '2026-01-01' }] }));
  await list(page);
  await page.getByText('another version of an entry than it said').waitFor();
  await page.unroute(changes);
  await page.reload();
  await page.getByText('another version of an entry than it said').waitFor();
  await page.getByRole('link', { name: 'Mine' }).waitFor();

  await lying(page, (b) => ({ head: b.head + 9, files: [...b.files, { id: piece, revision: 2, seq: b.head + 9, size: 0, day: '2026-01-01', gone: true }] }));
  await list(page);
  await page.getByText('an entry of yours holds it').waitFor();
  await page.getByRole('link', { name: 'Mine' }).click();
  await page.locator('held-journal figure img').waitFor();
  await page.unroute(changes);
  await leave(page);
});

test('an older state stays refused when it is told as the first of two devices', limit, async () => {
  const [page] = await writer();
  const id = await write(page, { title: 'Mine', words: 'one' });
  await edit(page, id, 'two');
  await until('it to be sent', () => sent(page));
  await page.route(files, (route) => only(route, 'POST') ? route.fulfill({ status: 409, json: { error: 'Another device was first.' } }) : route.continue());
  await lying(page, (b) => ({ ...b, files: b.files.map((f) => ({ ...f, revision: 1 })) }));
  await edit(page, id, 'three');
  await quiet(page);
  await page.goto('/space/journal#');
  await page.getByText('no longer has an entry').waitFor();
  assert.deepEqual(await titles(page), ['Mine']);
  assert.equal(await sent(page), false);
  await page.goto(`/space/journal#entry/${id}`);
  await page.getByText('three').waitFor();
  await page.unroute(changes);
  await page.unroute(files);

  // Nor is a wrong answer believed.
  const second = await write(page, { title: 'Second', words: 'one' });
  await page.route(files, async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), revision: 77 } });
  });
  await edit(page, second, 'two');
  await quiet(page);
  await page.goto('/space/journal#');
  await page.getByText('answered with another version').waitFor();
  assert.equal(await sent(page), false);
  await leave(page);
});

test('a file that came damaged is said again, and taken when it comes whole', limit, async () => {
  const [page, words] = await writer();
  await write(page, { title: 'First damaged', words: 'x' });
  const other = await signIn(held, 'client');
  await lying(other, (b) => ({ ...b, files: b.files.map((f) => (f.body ? { ...f, body: Buffer.from(f.body, 'base64').subarray(0, -30).toString('base64') } : f)) }));
  await other.goto('/space/journal');
  await unlock(other, words);
  await other.getByText('altered or damaged').waitFor();
  await quiet(other);
  await other.unroute(changes);
  await other.route(changes, (route) => route.abort());
  await other.route(files, (route) => route.abort());
  await other.reload();
  await other.getByText('altered or damaged').waitFor();
  await other.unroute(changes);
  await other.unroute(files);
  await other.reload();
  await other.getByRole('link', { name: 'First damaged' }).waitFor();
  await quiet(other);
  await other.reload();
  await other.getByRole('link', { name: 'First damaged' }).waitFor();
  assert.equal(await other.getByText('altered or damaged').count(), 0);
  await leave(page);
  await leave(other);
});

test('what goes on in a part counts as use, and a sign-out in another window locks this one', limit, async () => {
  const [page] = await writer();
  await page.goto('/space/journal#write');
  await page.reload();
  await page.getByLabel('What is there?').waitFor();
  const stamp = await page.evaluate(() => {
    const before = Date.now() - 60_000;
    localStorage.setItem('held-journal-touched', String(before));
    document.querySelector('held-part-voice').dispatchEvent(new Event('change', { bubbles: true }));
    return Number(localStorage.getItem('held-journal-touched')) - before;
  });
  assert.ok(stamp > 50_000, 'a recording is use');

  await list(page);
  const window = await page.context().newPage();
  await window.goto('/account');
  await window.evaluate(() => Object.keys(localStorage).filter((k) => k.startsWith('held-drafts-')).forEach((k) => localStorage.removeItem(k)));
  await window.getByRole('banner').getByRole('button', { name: 'Sign out', exact: true }).click();
  await window.waitForURL((u) => u.pathname === '/');
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange'))).catch(() => {});
  await page.waitForURL((u) => u.pathname === '/sign-in');
  await leave(page);
});

test('a journal is taken along with its drafts, and without a picture that cannot be had', limit, async () => {
  const [page, words] = await writer();
  const [, piece] = await withBody(page, 'With a picture');
  await write(page, { title: 'Later', words: 'y' });
  const other = await another(words);
  await other.getByRole('link', { name: 'Later' }).waitFor();
  await quiet(other);
  await other.evaluate((id) => new Promise((done, no) => {
    void indexedDB.databases().then((all) => {
      const open = indexedDB.open(all.find((d) => d.name.startsWith('held-journal-')).name);
      open.onsuccess = () => {
        const tx = open.result.transaction('bodies', 'readwrite');
        tx.objectStore('bodies').delete(id);
        tx.oncomplete = () => { open.result.close(); done(); };
        tx.onerror = no;
      };
    });
  }), piece);
  await other.route(`**/space/journal/files/${piece}`, (route) => route.fulfill({ status: 404, json: { error: 'This is not here any more.' } }));
  await other.goto('/space/journal#write');
  await other.getByLabel('What is there?').fill('only begun');
  await other.getByText('A draft is kept on this device.').waitFor();
  await other.goto('/space/journal#leave');
  const coming = other.waitForEvent('download');
  await other.getByRole('button', { name: 'Take it along' }).click();
  const folder = await mkdtemp(join(tmpdir(), 'held-along-'));
  try {
    await (await coming).saveAs(join(folder, 'journal.zip'));
    execFileSync('python3', ['-m', 'zipfile', '-e', join(folder, 'journal.zip'), folder]);
    const plain = await readdir(join(folder, 'plain'));
    assert.ok(plain.some((f) => f.includes('with-a-picture')) && plain.some((f) => f.includes('later')), String(plain));
    const draft = plain.find((f) => f.startsWith('draft-'));
    assert.match(await readFile(join(folder, 'plain', draft), 'utf8'), /only begun/);
    assert.match(await readFile(join(folder, 'MISSING.txt'), 'utf8'), new RegExp(piece));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  await leave(page);
  await leave(other);
});
