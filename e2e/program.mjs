// Starts the program as people run it, and gives it back when the tests are done.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { until } from './until.mjs';

export const root = new URL('..', import.meta.url).pathname;

// program is what is walked through: bin/held, or another build when it is named.
export const program = process.env.HELD_PROGRAM ?? join(root, 'bin/held');

// nextMonday is the instant at which demo practices stand: a Monday morning,
// so that a week of hours lies ahead, and never in the past, so that what the
// browser keeps does not expire.
export function nextMonday(from = new Date()) {
  const d = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth(), from.getUTCDate(), 8));
  do d.setUTCDate(d.getUTCDate() + 1);
  while (d.getUTCDay() !== 1);
  return d.toISOString().replace('.000', '');
}

// oneMonday is a Monday that is always the same, far ahead, for pages that are
// held against goldens: nothing on them may depend on the day of the run.
export const oneMonday = '2040-03-05T08:00:00Z';

// engines are the ones this run can use: PostgreSQL when a cluster stands by.
export const engines = process.env.HELD_TEST_POSTGRES ? ['sqlite', 'postgres'] : ['sqlite'];

function freshDatabase() {
  const admin = process.env.HELD_TEST_POSTGRES;
  const name = `held_walk_${randomBytes(6).toString('hex')}`;
  const ask = (sql) => execFileSync('psql', [admin, '-X', '-q', '-c', sql], { stdio: ['ignore', 'ignore', 'pipe'] });
  ask(`CREATE DATABASE ${name}`);
  const url = new URL(admin);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => ask(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

function cleanEnvironment(extra = {}) {
  const kept = Object.entries(process.env).filter(([k]) => !k.startsWith('HELD_'));
  return { ...Object.fromEntries(kept), ...extra };
}

// start runs a command that answers pages until it is stopped, and waits for
// it to say where; stop also takes away what `tidy` names.
async function start(args, { env = {}, tidy = async () => {} }) {
  const child = spawn(program, args, { env: cleanEnvironment(env), stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (s) => { said.out += s; });
  child.stderr.setEncoding('utf8').on('data', (s) => { said.err += s; });
  const ended = once(child, 'exit');
  let over = false;
  ended.then(() => { over = true; }, () => { over = true; });

  async function stop() {
    if (!over) {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(late);
    }
    await tidy();
  }

  // stacks ends a program that does not answer, and tells where it stood.
  async function stacks() {
    child.kill('SIGQUIT');
    await ended;
    return said.out + said.err;
  }

  try {
    const url = await until('the program to say ready', async () => {
      if (over) throw new Error(`held ${args[0]} ended before it was ready:\n${said.out}${said.err}`);
      return said.out.match(/^ready (http:\/\/\S+)/m)?.[1].replace(/\/$/, '');
    }, 60_000);
    return { url, pid: child.pid, stop, stacks, output: () => said.out + said.err, memory: () => memory(child.pid) };
  } catch (e) {
    await stop();
    throw e;
  }
}

// startDemo runs `held demo` on a free port with a folder of its own. With
// WALK_ENGINE=postgres, whatever does not name an engine runs on that one.
export async function startDemo({ engine = process.env.WALK_ENGINE ?? 'sqlite', seed = 1, now = nextMonday(), args = [] } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'held-walk-'));
  const data = join(folder, 'data');
  await mkdir(data);
  const database = engine === 'postgres' ? freshDatabase() : null;
  const env = { TMPDIR: folder, ...(database ? { HELD_DATABASE: database.url } : {}) };
  const held = await start(
    ['demo', '--listen', '127.0.0.1:0', '--data', data, '--seed', String(seed), '--now', now, ...args],
    {
      env,
      tidy: async () => {
        database?.drop();
        await rm(folder, { recursive: true, force: true });
      },
    },
  );
  const backup = () => backUp(folder, data, env);
  return { ...held, data, database: database?.url, engine, now: new Date(now), backup, letters: () => letters(held.url), letter: (want) => letter(held.url, want) };
}

const run = promisify(execFile);

// backUp makes a backup of what runs, as an operator would, and opens it with
// its identity: what it gives is everything that lies in the file.
async function backUp(folder, data, env) {
  const identity = join(folder, 'backups.key');
  const key = join(folder, (await readdir(folder)).find((f) => f.startsWith('held-demo-')), 'held.key');
  const held = async (...args) => (await run(program, args, { env: cleanEnvironment(env), cwd: folder })).stdout;
  const recipient = (await held('backup', 'identity', identity)).trim();
  await held('backup', '--data', data, '--key-file', key, '--backup-recipients', recipient, '--to', join(folder, 'backups'));
  const [name] = (await readdir(join(folder, 'backups'), { recursive: true })).filter((f) => f.endsWith('.age'));
  const opened = execFileSync('age', ['--decrypt', '--identity', identity, join(folder, 'backups', name)], { maxBuffer: 1 << 30 });
  return gunzipSync(opened);
}

// startEmpty founds a practice as an owner would and serves it: nobody has
// asked, nothing is booked, nothing was written. link gives a way to sign in.
export async function startEmpty(owner = 'ana@walk.example') {
  const folder = await mkdtemp(join(tmpdir(), 'held-walk-'));
  const place = ['--data', join(folder, 'data'), '--key-file', join(folder, 'held.key')];
  const held = async (command, ...args) => (await run(program, [command, ...place, ...args], { env: cleanEnvironment(), cwd: folder })).stdout;
  const tidy = () => rm(folder, { recursive: true, force: true });
  try {
    await held('init', '--name', 'Still Water', '--country', 'PT', '--zone', 'Europe/Lisbon', '--email', owner, '--owner', 'Ana');
  } catch (e) {
    await tidy();
    throw e;
  }
  const served = await start(['serve', ...place, '--listen', '127.0.0.1:0'], { tidy });
  const link = async () => {
    const said = await held('sign-in-link', owner);
    return served.url + new URL(said.match(/https?:\/\/\S+/)[0]).pathname;
  };
  return { ...served, link };
}

async function memory(pid) { // resident, in MB
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(status.match(/^VmRSS:\s+(\d+) kB/m)[1]) / 1024;
}

// letters are all mails that have arrived, the newest first.
async function letters(url) {
  const answer = await fetch(`${url}/demo/mail.json`);
  if (!answer.ok) throw new Error(`/demo/mail.json answered ${answer.status}`);
  return answer.json();
}

// letter waits for a mail: to an address, and, when they are given, with a
// pattern in its subject or text, and as `where` demands. The newest is given.
async function letter(url, { to, having = /(?:)/, where = () => true }) {
  return until(`a letter to ${to} having ${having}`, async () =>
    (await letters(url)).find((l) => l.to.includes(to) && having.test(`${l.subject}\n${l.text}`) && where(l)));
}
