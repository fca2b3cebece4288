// What may be somebody's name: the browser's copy of the rule and the server's
// say the same, and a page without scripts asks before anything is kept.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startDemo } from './program.mjs';
import { closeBrowser, leave } from './browser.mjs';
import { signIn } from './people.mjs';
import { none } from './checks.mjs';
import { examine } from './look.mjs';

const limit = { timeout: 5 * 60_000 };
const root = join(import.meta.dirname, '..');
let held;
before(async () => {
  held = await startDemo();
});
after(async () => {
  await closeBrowser();
  await held?.stop();
});

test('the browser sees the names that the server sees', limit, async () => {
  const out = join(tmpdir(), `held-names-${process.pid}.mjs`);
  execFileSync('go', ['tool', 'esbuild', 'assets/ts/names.ts', '--bundle', '--format=esm', '--charset=utf8', `--outfile=${out}`, '--log-level=error'], { cwd: root });
  try {
    const { seen } = await import(pathToFileURL(out).href);
    const cases = JSON.parse(readFileSync(join(root, 'rules/names/cases.json'), 'utf8'));
    assert.ok(cases.length > 30);
    for (const c of cases) assert.deepEqual(seen(c.text, c.lang, c.fine), c.names, `${c.lang} “${c.text}”`);
  } finally {
    rmSync(out, { force: true });
  }
});

test('without scripts a page asks once, loses nothing, and goes on', limit, async () => {
  const owner = await signIn(held, 'owner');
  await owner.goto('/desk/people?q=Ilan');
  await owner.getByRole('row').getByRole('link', { name: 'Ilan', exact: true }).click();
  await owner.getByRole('link', { name: 'Measures over time' }).click();
  await owner.getByRole('combobox', { name: 'Ask now' }).selectOption({ label: 'What has changed in my work' });
  const ask = owner.getByRole('form', { name: 'Ask now' });
  await ask.getByLabel('For how many days it can be answered').fill('14');
  await ask.getByRole('button', { name: 'Ask' }).click();

  const phone = await signIn(held, 'client', { width: 390, js: false });
  await phone.goto('/space/ripple');
  await phone.getByRole('link', { name: 'Answer and share it' }).click();
  const words = 'My client Inês wept, and I had room.';
  await phone.getByLabel('A time when you noticed it, or its absence').fill(words);
  await phone.getByRole('button', { name: 'Next' }).click();
  await phone.getByRole('alert').getByText('this may be somebody\'s name: “Inês”').waitFor();
  assert.equal(await phone.getByLabel('A time when you noticed it, or its absence').inputValue(), words);
  await phone.getByRole('button', { name: 'Next' }).click();
  await phone.getByText('Part 2 of').waitFor();
  await phone.goto(`${new URL(phone.url()).pathname}?part=1`);
  assert.equal(await phone.getByLabel('A time when you noticed it, or its absence').inputValue(), words, 'what may stay was not kept');
  phone.faults = phone.faults.filter((f) => !f.includes('422'));
  none([...await leave(phone), ...await leave(owner)]);
});

test('a page that asks about a name is as easy to read as every page', limit, async () => {
  const look = await signIn(held, 'client', { width: 320 });
  await look.goto('/space/ripple');
  const href = await look.getByRole('link', { name: 'Answer and share it' }).getAttribute('href');
  await look.route('**/form*.js', (r) => r.abort()); // as where its script does not come
  await look.goto(href + '?part=1');
  await look.getByLabel('A time when you noticed it, or its absence').fill('Ontem o senhor João falou.');
  await look.getByRole('button', { name: 'Next' }).click();
  await look.getByRole('alert').getByText('“João”').waitFor();
  none(await examine(look, 'a page that asks about a name', { crisis: true }));
  look.faults = look.faults.filter((f) => !f.includes('422') && !f.includes('form'));
  await look.unrouteAll({ behavior: 'wait' });
  none(await leave(look));
});
