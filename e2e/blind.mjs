// Looking for what somebody wrote in all that somebody else has: as it is, and in
// the forms in which bytes are written down.
import { execFileSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

// forms are the ways in which the same bytes may stand in a file.
export function forms(bytes) {
  const b = Buffer.from(bytes);
  const all = [b, Buffer.from(b.toString('hex')), Buffer.from(b.toString('hex').toUpperCase())];
  for (let shift = 0; shift < 3; shift++) { // base64 depends on what stood before
    const text = Buffer.concat([Buffer.alloc(shift), b]).toString('base64');
    const inner = text.slice(shift ? 4 : 0, text.length - 4);
    if (inner.length < 8) continue;
    all.push(Buffer.from(inner), Buffer.from(inner.replaceAll('+', '-').replaceAll('/', '_')));
  }
  return all;
}

// samples are stretches out of a file, enough of them that one is found even
// where a database cuts it into pages. Stretches that any file could have are
// left out.
export function samples(bytes, { size = 24, count = 12 } = {}) {
  const out = [];
  for (let i = 1; i <= count; i++) {
    const at = Math.floor((bytes.length - size) * i / (count + 1));
    const s = bytes.subarray(at, at + size);
    if (s.length === size && new Set(s).size > size / 3) out.push(s);
  }
  return out;
}

// sightings names every place in which one of the needles stands.
export function sightings(places, needles) {
  const found = [];
  for (const [what, bytes] of needles) {
    for (const form of forms(bytes)) {
      for (const [where, hay] of places) if (hay.includes(form)) found.push(`${what} stands in ${where}`);
    }
  }
  return [...new Set(found)];
}

// everything is what the practice and its operator have.
export async function everything(held) {
  const places = [['the log', Buffer.from(held.output())], ['the letters', Buffer.from(JSON.stringify(await held.letters()))], ['the backup, opened', await held.backup()]];
  for (const file of await readdir(held.data, { recursive: true, withFileTypes: true })) {
    if (file.isFile()) places.push([file.name, await readFile(join(file.parentPath ?? file.path, file.name))]);
  }
  if (held.database) places.push(['the database, in full', execFileSync('pg_dump', [held.database], { maxBuffer: 1 << 30 })]);
  return places;
}
