// Keeps what a page says to somebody who hears it, and holds later runs
// against it. GOLDENS=write writes them anew; the difference is then read.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';

const folder = new URL('goldens/', import.meta.url);

// transcript is a part of the page as its accessibility tree has it, and beside
// each field what else is told there: whether it is needed, its hint, its mistake.
export async function transcript(page, part = 'main') {
  const tree = await page.locator(part).ariaSnapshot();
  const fields = await page.locator('main :is(input, textarea, select, fieldset):visible').evaluateAll((all) => all.filter((e) => !e.closest('[aria-hidden="true"]')).map((e) => {
    const said = (e.getAttribute('aria-describedby') ?? '').split(' ').filter(Boolean)
      .map((id) => document.getElementById(id)?.textContent.replace(/\s+/g, ' ').trim());
    const name = e.labels?.[0]?.textContent ?? e.querySelector('legend')?.textContent ?? e.name;
    const states = [e.required && 'needed', e.getAttribute('aria-invalid') === 'true' && 'to look at again'].filter(Boolean);
    return `- ${[name.replace(/\s+/g, ' ').trim(), ...states].join(', ')}${said.length ? `: ${said.join(' | ')}` : ''}`;
  }));
  return `${shorter(tree)}\n${fields.length ? `\n# Told beside each field\n${fields.join('\n')}\n` : ''}`;
}

// shorter leaves out what goes on like its beginning: of a list of options the
// chosen one stays, of the days with free times the first.
const shorter = (tree) => tree
  .replace(/^ +- option (?!.*\[selected\]).*\n/gm, '')
  .replace(/^( +)(- heading "[^"]*" \[level=3\][\s\S]*?)^\1- heading "[^"]*" \[level=3\][\s\S]*?(?=^ {2}- )/m, '$1$2$1# and so on for each day\n');

// golden holds a text against the one that is kept under a name. What changes
// with each run is given as pairs of a pattern and the words that stand for it.
export async function golden(name, text, changing = []) {
  const got = changing.reduce((t, [pattern, words]) => t.replaceAll(pattern, words), text);
  const file = new URL(name, folder);
  if (process.env.GOLDENS === 'write') {
    await mkdir(folder, { recursive: true });
    await writeFile(file, got);
    return;
  }
  assert.equal(got, await readFile(file, 'utf8'), `e2e/goldens/${name} says otherwise; GOLDENS=write writes it anew`);
}
