// Starts the program as people run it, and gives it back when the tests are done.
import { spawn, execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { until } from './until.mjs';

export const root = new URL('..', import.meta.url).pathname;

// nextMonday is the instant at which demo practices stand: a Monday morning,
// so that a week of hours lies ahead, and never in the past, so that what the
// browser keeps does not expire.
export function nextMonday(from = new Date()) {
  const d = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth(), from.getUTCDate(), 8));
  do d.setUTCDate(d.getUTCDate() + 1);
  while (d.getUTCDay() !== 1);
  return d.toISOString().replace('.000', '');
}

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

function cleanEnvironment(extra) {
  const kept = Object.entries(process.env).filter(([k]) => !k.startsWith('HELD_'));
  return { ...Object.fromEntries(kept), ...extra };
}

// startDemo runs `held demo` on a free port with a folder of its own.
export async function startDemo({ engine = 'sqlite', seed = 1, now = nextMonday(), args = [] } = {}) {
  const data = await mkdtemp(join(tmpdir(), 'held-walk-'));
  const database = engine === 'postgres' ? freshDatabase() : null;
  const child = spawn(
    join(root, 'bin/held'),
    ['demo', '--listen', '127.0.0.1:0', '--data', data, '--seed', String(seed), '--now', now, ...args],
    { env: cleanEnvironment(database ? { HELD_DATABASE: database.url } : {}), stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (s) => { said.out += s; });
  child.stderr.setEncoding('utf8').on('data', (s) => { said.err += s; });
  const ended = once(child, 'exit');
  let over = false;
  ended.then(() => { over = true; });

  async function stop() {
    if (!over) {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(late);
    }
    database?.drop();
    await rm(data, { recursive: true, force: true });
  }

  try {
    const url = await until('the program to say ready', async () => {
      if (over) throw new Error(`held demo ended before it was ready:\n${said.out}${said.err}`);
      return said.out.match(/^ready (http:\/\/\S+)/m)?.[1].replace(/\/$/, '');
    }, 60_000);
    return {
      url, data, pid: child.pid, engine, now: new Date(now), stop,
      output: () => said.out + said.err,
      memory: () => memory(child.pid),
      letters: () => letters(url),
      letter: (want) => letter(url, want),
    };
  } catch (e) {
    await stop();
    throw e;
  }
}

async function memory(pid) { // resident, in MB
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(status.match(/^VmRSS:\s+(\d+) kB/m)[1]) / 1024;
}

// letters are all mails that have arrived, the newest last.
async function letters(url) {
  const answer = await fetch(`${url}/demo/mail.json`);
  if (!answer.ok) throw new Error(`/demo/mail.json answered ${answer.status}`);
  return answer.json();
}

// letter waits for a mail: to an address, and, when they are given, with a
// pattern in its subject or text, and as `where` demands. The newest is given.
async function letter(url, { to, having = /(?:)/, where = () => true }) {
  return until(`a letter to ${to} having ${having}`, async () =>
    (await letters(url)).findLast((l) => l.to.includes(to) && having.test(`${l.subject}\n${l.text}`) && where(l)));
}
