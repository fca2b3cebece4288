// A session of three hours in a real browser, in seconds: the device's clock is
// handed in, and at moments that nobody chose the network is cut, the tab is
// killed or the server is killed. Whatever the screen said it had taken down is
// in the timeline at the end, once, and in the order in which it was entered; and
// so it stands in what is signed and sealed.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { program, startDemo } from './program.mjs';
import { closeBrowser, openWhole } from './browser.mjs';
import { inside, opened, sent, tonight } from './room.mjs';
import { until } from './until.mjs';

const THREE_HOURS = 3 * 60 * 60_000;

// dice give the same throws for the same seed (mulberry32).
function dice(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

// Server is the program that is killed and started again, over the same data.
class Server {
  constructor(data, key, port) {
    Object.assign(this, { data, key, port, child: null });
  }

  async start() {
    const child = spawn(program, ['serve', '--data', this.data, '--key-file', this.key, '--listen', `127.0.0.1:${this.port}`], { stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, HELD_DATA: '' } });
    this.child = child;
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (s) => { out += s; });
    await until('the program to serve again', async () => {
      if (child.exitCode !== null) throw new Error(`held serve ended:\n${out}`);
      return /ready /.test(out);
    }, 30_000);
  }

  async kill(how = 'SIGKILL') {
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(how);
    await ended;
  }
}

// handIn gives a context's pages the clock that the walk sets.
const handIn = (context) => context.addInitScript(() => {
  const Real = Date;
  const shift = () => {
    try {
      return Number(localStorage.getItem('walk-clock') ?? 0);
    } catch {
      return 0;
    }
  };
  globalThis.Date = class extends Real {
    constructor(...args) {
      super(...(args.length ? args : [Real.now() + shift()]));
    }
    static now() { return Real.now() + shift(); }
  };
});

// siege plays the session and gives what was acknowledged and what is there.
export async function siege({ rounds, seed, say = () => {} }) {
  const throwDice = dice(seed);
  const pick = (all) => all[Math.floor(throwDice() * all.length)];
  const port = await freePort();
  // The server that is started again has the machine's own clock; the demo stands
  // ahead of it, whatever hour it is, so nobody's sign-in is old to it.
  const held = await startDemo({ args: ['--listen', `127.0.0.1:${port}`] });
  let server;
  try {
    await openWhole(); // the screen is kept on
    const team = await tonight(held);
    await opened(team.attendant, team.room);
    await team.attendant.evaluate(async () => { await navigator.serviceWorker.ready; });
    const folder = dirname(held.data);
    const scratch = (await readdir(folder)).find((f) => f.startsWith('held-demo-'));
    const key = join(folder, 'kept.key');
    await copyFile(join(folder, scratch, 'held.key'), key);
    process.kill(held.pid, 'SIGKILL');
    await until('the demo to be gone', async () => {
      try {
        process.kill(held.pid, 0);
        return false;
      } catch {
        return true;
      }
    });
    server = new Server(held.data, key, port);
    await server.start();
    return await play({ team, server, rounds, throwDice, pick, say });
  } finally {
    await closeBrowser();
    await server?.kill('SIGTERM');
    await held.stop();
  }
}

async function play({ team, server, rounds, throwDice, pick, say }) {
  const context = team.attendant.context();
  await handIn(context);
  const acknowledged = [];
  const perhaps = [];
  const count = { network: 0, tab: 0, server: 0 };
  let page = team.attendant;
  let offline = false;
  let shift = 0;
  await page.goto(team.room);
  await inside(page);

  const reading = (i) => ({ systolic: 100 + (i % 50), diastolic: 70, pulse: 60 + Math.floor(i / 50) });
  const words = ({ systolic, diastolic, pulse }) => `BP ${systolic}/${diastolic}, HR ${pulse}`;
  const open = async () => {
    page = await context.newPage();
    await page.setViewportSize({ width: 810, height: 1080 });
    await page.goto(team.room);
    await inside(page);
  };
  // enter types a reading, and tells whether the screen said that it has it.
  const enter = async (r) => {
    await page.getByRole('button', { name: 'Vitals', exact: true }).click();
    await page.keyboard.type(`${r.systolic}${r.diastolic}${r.pulse}`);
    await page.getByRole('button', { name: 'Keep the reading', exact: true }).click();
    await page.getByRole('region', { name: 'Timeline' }).getByRole('listitem').filter({ hasText: words(r) }).first().waitFor();
  };
  const strike = {
    network: async () => {
      offline = !offline;
      await context.setOffline(offline);
    },
    tab: async () => {
      const old = page;
      await old.close({ runBeforeUnload: false });
    },
    server: () => server.kill(),
  };

  for (let i = 0; i < rounds; i++) {
    shift += THREE_HOURS / rounds;
    await page.evaluate((ms) => localStorage.setItem('walk-clock', String(ms)), Math.round(shift));
    const what = pick(['network', 'tab', 'server']);
    count[what]++;
    const r = reading(i);
    // Before, in the middle of, or after the reading; the middle comes at any moment of it.
    const wait = throwDice() * 500;
    const blow = new Promise((done) => setTimeout(done, wait)).then(strike[what]);
    const said = await enter(r).then(() => true, () => false);
    (said ? acknowledged : perhaps).push(words(r));
    await blow;
    if (what === 'server') await server.start();
    if (what === 'tab') await open();
    if (i % 20 === 19) say(`${i + 1} of ${rounds}: ${acknowledged.length} acknowledged`);
  }
  if (offline) await context.setOffline(false);
  await page.goto(team.room);
  await inside(page);
  await sent(page);
  const found = await compare(page, team, acknowledged, perhaps);
  return { ...found, count, sealed: await seal(page, team, acknowledged) };
}

// seal ends the session, lets each sign who took part, and gives how often each
// reading that was acknowledged stands in what they signed.
async function seal(page, team, acknowledged) {
  const { prescriber } = team;
  await prescriber.goto(`${team.room}/leaving`);
  await prescriber.getByText('No medicine was given', { exact: true }).click();
  await prescriber.getByLabel('Why nothing was given today').fill('A rehearsal of the room, and no session.');
  await prescriber.getByRole('button', { name: 'End the session without a dose' }).click();
  await prescriber.getByRole('status').first().waitFor();
  for (const [who, part] of [[page, 'attendant'], [prescriber, 'prescriber']]) {
    await who.goto(`${team.room}/sign`);
    await who.getByRole('form', { name: `Sign as ${part}` }).getByRole('button').click();
    await who.getByRole('status').first().waitFor();
  }
  await prescriber.getByText('the session is sealed').first().waitFor();
  const record = await (await prescriber.request.get(`${team.room}/record.json`)).json();
  const signed = record.paper.entries.filter((e) => e.kind === 'vitals').map(asRead);
  return { entries: signed.length, once: acknowledged.filter((w) => signed.filter((f) => f === w).length === 1).length };
}

const asRead = (e) => `BP ${e.body.systolic}/${e.body.diastolic}, HR ${e.body.pulse}`;

async function compare(page, team, acknowledged, perhaps) {
  const state = await (await page.request.get(`${team.room}/state`)).json();
  const seat = state.seats.find((s) => s.session === team.session);
  const entries = seat.entries.filter((e) => e.kind === 'vitals');
  const found = entries.map(asRead);
  const times = (w) => found.filter((f) => f === w).length;
  const lost = acknowledged.filter((w) => times(w) === 0);
  const twice = [...acknowledged, ...perhaps].filter((w) => times(w) > 1);
  const order = found.filter((w) => acknowledged.includes(w));
  const device = seat.entries.filter((e) => e.device !== 'held');
  const seqs = device.map((e) => e.seq);
  return {
    acknowledged: acknowledged.length, perhaps: perhaps.length, there: found.length, lost, twice,
    inOrder: JSON.stringify(order) === JSON.stringify(acknowledged.filter((w) => times(w) > 0)),
    gapless: seqs.every((n, i) => n === i + 1),
  };
}

// sound fails where anything of it is not as it must be.
export function sound(result) {
  assert.deepEqual(result.lost, [], 'acknowledged on the device, and not in the timeline');
  assert.deepEqual(result.twice, [], 'in the timeline more than once');
  assert.equal(result.sealed.once, result.acknowledged, 'acknowledged, and not once in what was signed');
  assert.ok(result.inOrder, 'in the order in which they were entered');
  assert.ok(result.gapless, 'the device\'s count has no gap');
}
