// A device without a network shows what the practice will show: its own
// reckoning (assets/ts/room) is held against the program's, session by session.
// rules/timeline's parity test writes the sessions down.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './program.mjs';

const require = createRequire(join(root, 'package.json'));
let folder, merge, points, judge;

// The modules as node takes them: their types taken out, and nothing else.
before(async () => {
  const ts = require('typescript');
  folder = await mkdtemp(join(tmpdir(), 'held-parity-'));
  for (const name of ['entry', 'merge', 'points', 'judge']) {
    const source = await readFile(join(root, 'assets/ts/room', `${name}.ts`), 'utf8');
    const { outputText } = ts.transpileModule(source, { compilerOptions: { module: ts.ModuleKind.ES2022, target: ts.ScriptTarget.ES2022 } });
    await writeFile(join(folder, `${name}.mjs`), outputText.replace(/(from "\.\/\w+)"/g, '$1.mjs"'));
  }
  [merge, points, judge] = await Promise.all(['merge', 'points', 'judge'].map((name) => import(join(folder, `${name}.mjs`))));
});
after(() => rm(folder, { recursive: true, force: true }));

const sessions = async () => JSON.parse(await readFile(join(root, 'e2e/goldens/room-parity.json'), 'utf8'));
const ms = (written) => (written ? Date.parse(written) : undefined);

test('the merged order, its marks and what stands for what', async () => {
  for (const [i, s] of (await sessions()).entries()) {
    const t = merge.merge(s.entries);
    assert.deepEqual(
      t.entries.map((l) => [l.id, l.kind, l.at, l.marks, l.superseded_by, l.undone_by, l.withdrawn ?? false, l.n ?? 0, l.body]),
      s.lines.map((l) => [l.id, l.kind, ms(l.at), l.marks ?? [], l.superseded_by, l.undone_by, l.withdrawn ?? false, l.n ?? 0, l.body]), `session ${i}`);
    assert.deepEqual(t.waiting, s.waiting ?? [], `what is still to come of session ${i}`);
  }
});

test('the worked sessions of the rule, with every reason', async () => {
  for (const s of JSON.parse(await readFile(join(root, 'assets/ts/room/testdata/timeline.json'), 'utf8'))) {
    const t = merge.merge(s.entries);
    assert.deepEqual(
      t.entries.map((l) => [l.id, l.at, l.marks, l.superseded_by, l.undone_by, l.withdrawn ?? false]),
      s.want.lines.map((l) => [l.id, ms(l.at), l.marks, l.superseded_by, l.undone_by, l.withdrawn ?? false]), s.name);
    assert.deepEqual(t.waiting, s.want.waiting, s.name);
    assert.deepEqual(points.symptoms(t), s.want.symptoms, s.name);
    assert.deepEqual(points.points(t, s.observation, ms(s.now)).map((p) => [p.min, p.state, p.missing]), s.want.points.map((p) => [p.min, p.state, p.missing]), s.name);
    assert.deepEqual(points.last(t).map((v) => [v.sign, v.value, v.at, v.entry, v.before[0] ?? '', v.trend]), (s.want.last ?? []).map((v) => [v.sign, v.value, ms(v.at), v.entry, v.before ?? '', v.trend ?? '']), s.name);
    const got = judge.judge(t, { ...s, session: 's', title: '', alias: '', entries: [] }, { events: [], symptoms: [{ value: 'chest_pain', label: 'Chest pain' }] }, ms(s.now));
    assert.equal(got?.result, s.want.judged?.result, s.name);
    assert.deepEqual([...(got?.why ?? [])].sort(), [...(s.want.judged?.why ?? [])].sort(), s.name);
    assert.equal(judge.owed(t, { ...s, session: 's' }, ms(s.now))?.of, s.want.owed?.of, s.name);
  }
});

test('the order of arrival changes nothing', async () => {
  for (const s of (await sessions()).slice(0, 40)) {
    const once = JSON.stringify(merge.merge(s.entries));
    const again = [...s.entries, ...s.entries].reverse();
    assert.equal(JSON.stringify(merge.merge(again).entries.map((l) => [l.id, l.at, l.marks, l.body])), JSON.stringify(JSON.parse(once).entries.map((l) => [l.id, l.at, l.marks, l.body])));
  }
});

test('the points at which readings are due', async () => {
  for (const [i, s] of (await sessions()).entries()) {
    const got = points.points(merge.merge(s.entries), s.observation, ms(s.now));
    assert.deepEqual(got.map((p) => [p.min, p.at, p.until, p.state, p.missing, p.entries, p.done]), (s.points ?? []).map((p) => [p.min, ms(p.at), ms(p.until), p.state, p.missing ?? [], p.entries ?? [], ms(p.done_at)]), `session ${i}`);
  }
});

test('what the limits say, and which reading is to be repeated', async () => {
  const seen = {};
  for (const [i, s] of (await sessions()).entries()) {
    const t = merge.merge(s.entries);
    const seat = { ...s, session: 's', title: '', alias: '', entries: [] };
    const got = judge.judge(t, seat, undefined, ms(s.now));
    assert.equal(got?.result ?? '', s.result, `session ${i}: ${got?.why.join('; ')}`);
    seen[s.result] = (seen[s.result] ?? 0) + 1;
    const owed = judge.owed(t, seat, ms(s.now));
    assert.deepEqual(owed ? [owed.of, owed.at, owed.until, owed.late] : null, s.owed ? [s.owed.of, ms(s.owed.at), ms(s.owed.until), s.owed.late] : null, `the repeat of session ${i}`);
  }
  for (const result of ['', 'ok', 'not_cleared', 'amber', 'red']) assert.ok(seen[result] > 2, `sessions with “${result}”: ${seen[result]}`);
});
