// A working calendar that is fetched by its address: by the browser itself, from a
// frame that reaches nothing of the journal, from a host that learns nothing of us.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:https';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDemo } from './program.mjs';
import { closeBrowser, leave, openBrowser } from './browser.mjs';
import { signIn } from './people.mjs';
import { accessible, none, shaped } from './checks.mjs';
import { begin, heading } from './journal.mjs';

const limit = { timeout: 2 * 60_000 };
const title = 'Supervision with Quittengelee';
const ics = `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260101T090000\r\nDTEND:20260101T100000\r\nRRULE:FREQ=DAILY\r\nSUMMARY:${title}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`;

let held, calendars;
before(async () => {
  await openBrowser(['--ignore-certificate-errors']); // of the calendars below
  calendars = await serveCalendars();
  held = await startDemo({ args: ['--log'] });
});
after(async () => {
  await closeBrowser();
  await held?.stop();
  calendars?.stop();
});

// serveCalendars answers as calendars do: /open lets pages fetch it, /closed does not.
async function serveCalendars() {
  const folder = await mkdtemp(join(tmpdir(), 'held-calendar-'));
  const file = (name) => join(folder, name);
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-keyout', file('key'), '-out', file('cert')], { stdio: 'ignore' });
  const asked = [];
  const server = createServer({ key: await readFile(file('key')), cert: await readFile(file('cert')) }, (ask, answer) => {
    asked.push({ path: ask.url, headers: ask.headers });
    if (!ask.url.startsWith('/closed')) answer.setHeader('Access-Control-Allow-Origin', '*');
    if (ask.url.startsWith('/moved')) return answer.writeHead(302, { Location: '/open/secret-token.ics' }).end();
    if (ask.url.startsWith('/gone')) return answer.writeHead(404).end();
    answer.writeHead(200, { 'Content-Type': 'text/calendar' }).end(ask.url.startsWith('/page') ? '<html>please sign in</html>' : ics);
  });
  await rm(folder, { recursive: true, force: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `https://localhost:${server.address().port}`, asked, stop: () => { server.closeAllConnections(); server.close(); } };
}

const elsewhere = (fault) => !(fault.includes(calendars.url) || /has been blocked by CORS policy|Content Security Policy|net::ERR_FAILED/.test(fault));

test('a calendar that lets pages fetch it is looked at by its address; one that does not is said, and its file serves', limit, async () => {
  const page = await signIn(held, 'client', { width: 390 });
  await begin(page, { passkey: false });
  const ours = [];
  page.on('request', (r) => { if (r.url().startsWith(held.url)) ours.push(`${r.url()} ${r.postData() ?? ''}`); });
  await page.goto('/space/journal#free');
  await heading(page, 'Days to keep free').waitFor();
  await page.getByText('Or by its address').click();
  const found = (await shaped(page)).concat(await accessible(page)).map((f) => `the address of a calendar: ${f}`);
  const look = async (address) => {
    await page.getByLabel('Your calendar\'s address').fill(address);
    await page.getByRole('button', { name: 'Fetch it and look' }).click();
  };

  for (const bad of ['http://localhost/calendar.ics', 'my calendar', 'https://me:secret@localhost/x.ics']) {
    await look(bad);
    await page.locator('held-guard .notice').getByText('no address that can be fetched').waitFor();
  }
  assert.equal(calendars.asked.length, 0);
  await look(`${calendars.url}/closed/secret-token.ics`);
  await page.locator('held-guard .notice').getByText('Your browser got nothing from there').waitFor();
  await look(`${calendars.url}/gone/secret-token.ics`);
  await page.locator('held-guard .notice').getByText('it answered 404').waitFor();
  await look(`${calendars.url}/page`);
  await page.locator('held-guard .notice').getByText('does not look like a calendar').waitFor();
  await page.getByLabel('Choose your calendar\'s file').setInputFiles({ name: 'work.ics', mimeType: 'text/calendar', buffer: Buffer.from(ics) });
  await page.getByText(title).first().waitFor();
  await page.getByRole('button', { name: 'Forget this calendar' }).click();

  await look(`${calendars.url.replace('https:', 'webcal:')}/moved/secret-token.ics`);
  await page.getByText(title).first().waitFor();
  found.push(...(await shaped(page)).concat(await accessible(page)).map((f) => `a fetched calendar: ${f}`));
  for (const { headers } of calendars.asked) {
    assert.equal(headers.origin, 'null', 'whoever keeps the calendar does not learn whose page asked');
    for (const name of ['referer', 'cookie', 'authorization']) assert.equal(headers[name], undefined);
  }
  assert.equal(await page.locator('iframe').count(), 0, 'the frame is gone when it has answered');
  none(ours.filter((r) => /secret-token|Quittengelee/.test(r)));
  assert.doesNotMatch(held.output(), /secret-token|Quittengelee/);

  // Not kept unless its owner says so; kept, it is sealed; and it is forgotten.
  await page.reload();
  await page.getByText('Or by its address').click();
  assert.equal(await page.getByLabel('Your calendar\'s address').inputValue(), '');
  await page.getByLabel('Keep this address on this device').check();
  await look(`${calendars.url}/open/secret-token.ics`);
  await page.getByText(title).first().waitFor();
  await page.reload();
  await page.waitForFunction(() => document.querySelector('held-guard input[type=url]')?.value.endsWith('/open/secret-token.ics'));
  assert.doesNotMatch(await stored(page), /secret-token/);
  assert.ok(await page.getByLabel('Keep this address on this device').isChecked());
  await page.getByLabel('Keep this address on this device').uncheck();
  await page.getByRole('button', { name: 'Fetch it and look' }).click();
  await page.getByText(title).first().waitFor();
  await page.reload();
  await page.getByText('Or by its address').click();
  assert.equal(await page.getByLabel('Your calendar\'s address').inputValue(), '');
  none([...found, ...(await leave(page)).filter(elsewhere)]);
});

// stored is all that the browser keeps of the site, as far as scripts can read it.
const stored = (page) => page.evaluate(async () => {
  const out = [JSON.stringify(localStorage), JSON.stringify(sessionStorage)];
  for (const { name } of await indexedDB.databases()) {
    const db = await new Promise((ok, no) => Object.assign(indexedDB.open(name), { onsuccess: (e) => ok(e.target.result), onerror: no }));
    for (const store of db.objectStoreNames) {
      const all = await new Promise((ok) => { db.transaction(store).objectStore(store).getAll().onsuccess = (e) => ok(e.target.result); });
      for (const v of all) out.push(v instanceof Uint8Array ? new TextDecoder('latin1').decode(v) : JSON.stringify(v));
    }
    db.close();
  }
  return out.join('\n');
});

test('the journal\'s page asks nobody else; the frame that may reaches nothing of ours', limit, async () => {
  const page = await signIn(held, 'client');
  await page.goto('/space/journal');
  const refused = await page.evaluate((url) => fetch(url).then(() => 'answered', () => 'refused'), `${calendars.url}/open/x.ics`);
  assert.equal(refused, 'refused');

  // Even put there without the sandbox of the page, it is in one by its own policy.
  await page.evaluate(() => new Promise((ok) => {
    const frame = document.createElement('iframe');
    frame.addEventListener('load', ok);
    frame.src = '/space/journal/calendar';
    document.body.append(frame);
  }));
  const frame = page.frames().find((f) => f.url().endsWith('/space/journal/calendar'));
  const reached = await frame.evaluate(async (base) => {
    const tried = {};
    const attempt = async (name, act) => { try { tried[name] = String(await act()); } catch (e) { tried[name] = e.name; } };
    await attempt('origin', () => self.origin);
    await attempt('cookie', () => document.cookie);
    await attempt('storage', () => localStorage.length);
    await attempt('databases', () => { indexedDB.open('held-journal'); return 'open'; });
    await attempt('parent', () => parent.document.title);
    await attempt('practice', async () => (await fetch(`${base}/account/keyring`, { credentials: 'include' })).status);
    return tried;
  }, held.url);
  assert.equal(reached.origin, 'null');
  assert.equal(reached.practice, 'TypeError');
  for (const name of ['cookie', 'storage', 'databases', 'parent']) assert.equal(reached[name], 'SecurityError', name);
  await leave(page);
});
