// Two lanes and a bridge: a guide's note keeps itself and is signed; a bridge
// note goes across and back before it counts; nothing else crosses; the client
// reads what is signed. The prescriber has scripts off, the client a phone.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { startDemo } from './program.mjs';
import { closeBrowser, leave, newPage } from './browser.mjs';
import { buttons, signIn } from './people.mjs';
import { pageHeading, unfold } from './ask.mjs';
import { none } from './checks.mjs';
import { examine } from './look.mjs';

const limit = { timeout: 3 * 60_000 };
const landed = (page, path) => page.waitForURL((u) => path.test(u.pathname));

// notesOf opens the list of notes about somebody.
async function notesOf(page, who) {
  await page.goto(`/desk/people?q=${who}`);
  await page.getByRole('main').getByRole('link', { name: who, exact: true }).click();
  await page.getByRole('region', { name: 'Notes', exact: true }).getByRole('link', { name: 'Notes' }).click();
  await pageHeading(page, `Notes, ${who}`);
}

async function begin(page, who, what) {
  await notesOf(page, who);
  await page.getByLabel('What, and from which headings').selectOption({ label: what });
  await page.getByRole('button', { name: 'Begin', exact: true }).click();
  await landed(page, /^\/desk\/notes\/[0-9a-f-]{36}$/);
}

async function sign(page) {
  await page.getByRole('button', { name: 'Keep, and read it before signing' }).click();
  await landed(page, /\/sign$/);
  await page.getByRole('button', { name: 'Sign', exact: true }).click();
  await landed(page, /^\/desk\/notes\/[0-9a-f-]{36}$/);
}

describe('two lanes and a bridge', () => {
  let held, guide, doctor, client;
  before(async () => {
    held = await startDemo();
    guide = await signIn(held, 'owner');
    doctor = await signIn(held, 'prescriber', { js: false });
    client = await signIn(held, 'client', { width: 390 });
  });
  after(async () => {
    const faults = [];
    for (const page of [guide, doctor, client]) if (page) faults.push(...await leave(page));
    await closeBrowser();
    await held?.stop();
    none(faults);
  });

  test('a note keeps itself, and a second tab does not undo it', limit, async () => {
    await begin(guide, 'Ilan', 'Progress note: Session');
    const at = new URL(guide.url()).pathname;
    const text = guide.getByLabel('Note', { exact: true });
    assert.match(await text.inputValue(), /^## Start and stop\n/);
    none(await examine(guide, '/desk/notes/{id}'));
    await text.fill('## Start and stop\n10:00 to 10:50.\n\n## Plan\nThe tide table.');
    await guide.getByText(/^kept \d\d:\d\d$/).waitFor();
    await text.fill(`${await text.inputValue()}\nAnd a walk.`);
    await guide.getByText(/^kept \d\d:\d\d$/).waitFor();

    const other = await newPage(held.url, { js: false });
    await other.goto('/demo');
    await other.getByRole('button', { name: buttons.owner, exact: true }).click();
    await landed(other, /^\/desk$/);
    await other.goto(at);
    await text.fill('From the first tab.');
    await guide.getByRole('button', { name: 'Keep', exact: true }).click();
    await guide.getByText(/^Kept \d\d:\d\d\.$/).waitFor();
    await other.getByLabel('Note', { exact: true }).fill('From the second tab.');
    await other.getByRole('button', { name: 'Keep', exact: true }).click();
    await other.getByRole('heading', { name: 'As it is kept now' }).waitFor();
    await other.getByText('From the first tab.').waitFor();
    assert.equal(await other.getByLabel('Note', { exact: true }).inputValue(), 'From the second tab.');
    await other.getByLabel('Note', { exact: true }).fill('From both tabs: the tide table.');
    await other.getByRole('button', { name: 'Keep', exact: true }).click();
    await other.getByText(/^Kept \d\d:\d\d\.$/).waitFor();
    none(await leave(other));

    // The first tab knows nothing of that: it stops keeping, and says so.
    await text.fill('Typed on, in the first tab.');
    await guide.getByText(/^Not kept: this was changed elsewhere/).waitFor();
    guide.faults = guide.faults.filter((f) => !f.startsWith('409 '));
    await guide.getByRole('button', { name: 'Keep', exact: true }).click();
    await guide.getByRole('heading', { name: 'As it is kept now' }).waitFor();
    assert.equal(await text.inputValue(), 'Typed on, in the first tab.');

    await guide.goto(at);
    await sign(guide);
    await guide.getByText('From both tabs: the tide table.').waitFor();
    assert.equal(await guide.getByRole('textbox', { name: 'Note', exact: true }).count(), 0, 'a signed note has no editor');
    await guide.getByRole('button', { name: 'Write an addendum' }).click();
    await guide.getByLabel('Note', { exact: true }).fill('The walk was on Sunday.');
    await sign(guide);
    await guide.getByRole('heading', { name: /^Addendum of/ }).waitFor();
    none(await examine(guide, '/desk/notes/{id}, signed'));
    await guide.getByRole('link', { name: 'Print' }).click();
    await guide.getByText('The walk was on Sunday.').waitFor();
    none(await examine(guide, '/desk/notes/{id}/print'));
  });

  test('the client reads it at once, and a process note is no part of it', limit, async () => {
    await begin(guide, 'Ilan', 'Process note, without headings');
    await guide.getByLabel('Note', { exact: true }).fill('I was tired, and he saw it.');
    await sign(guide);
    await client.goto('/space');
    await unfold(client, 'Your care, in writing');
    await client.getByRole('link', { name: 'Your record' }).click();
    await pageHeading(client, 'Your record');
    none(await examine(client, '/space/notes', { crisis: true }));
    const main = client.getByRole('main');
    assert.match(await main.textContent(), /One note is not shown here for the moment/);
    await main.getByRole('link', { name: "A note of your guide's" }).first().click();
    await client.getByText('From both tabs: the tide table.').waitFor();
    await client.getByText('The walk was on Sunday.').waitFor();
    none(await examine(client, '/space/notes/{id}', { crisis: true }));
    await client.goto('/space/looks');
    const looks = await main.textContent();
    assert.match(looks, /signed a note of their own/);
    assert.doesNotMatch(looks, /tired/);
  });

  test('a bridge note counts once both have signed the same text', limit, async () => {
    await begin(doctor, 'Tamsin', 'Bridge note: What both need to know');
    const at = new URL(doctor.url()).pathname;
    await doctor.getByLabel('Note', { exact: true }).fill('Readings twice, sitting.');
    await sign(doctor);
    await doctor.getByText('Waits for the other', { exact: true }).first().waitFor();

    await guide.goto('/desk');
    await guide.getByRole('region', { name: 'Waits for your signature' }).getByRole('link', { name: /Tamsin.*Bridge note/ }).first().waitFor();
    await guide.goto('/desk/notes');
    await guide.getByText('Waits for you', { exact: true }).first().waitFor();
    none(await examine(guide, '/desk/notes'));
    await guide.goto(at);
    await guide.getByLabel('Note', { exact: true }).fill('Readings twice, sitting, announced.');
    await guide.getByRole('button', { name: 'Keep', exact: true }).click();
    await guide.getByText('Nobody has signed the text as it stands.').waitFor();
    await sign(guide);

    await doctor.goto(at);
    assert.equal(await doctor.getByLabel('Note', { exact: true }).inputValue(), 'Readings twice, sitting, announced.');
    await doctor.getByRole('link', { name: 'Read it, and sign' }).click();
    await doctor.getByRole('button', { name: 'Sign', exact: true }).click();
    await landed(doctor, new RegExp(`^${at}$`));
    assert.match(await doctor.getByRole('main').textContent(), /Signed by Leonor, guide.*Signed by Amadeu, prescriber/s);
    await guide.goto(at);
    none(await examine(guide, '/desk/notes/{id}, of the bridge'));
  });

  test('nothing else crosses, in lists or in a search', limit, async () => {
    await begin(doctor, 'Tamsin', 'Chart note, without headings');
    await doctor.getByLabel('Note', { exact: true }).fill('Lisinopril, ten, mornings.');
    await sign(doctor);
    const chart = new URL(doctor.url()).pathname;
    await notesOf(guide, 'Tamsin');
    const main = guide.getByRole('main');
    assert.doesNotMatch(await main.getByRole('region', { name: 'What you may read' }).textContent(), /Chart/);
    await main.getByLabel('Find in notes').fill('lisinopril');
    await main.getByRole('button', { name: 'Find', exact: true }).click();
    await guide.getByText('No note that you may read has all of these words.').waitFor();
    none(await examine(guide, '/desk/people/{id}/notes'));
    assert.equal((await guide.goto(chart)).status(), 404);
    await doctor.goto('/desk/notes?q=LISINOPRIL');
    await doctor.getByRole('region', { name: 'Found' }).getByRole('link', { name: /Chart note, Tamsin/ }).waitFor();
  });

  test('headings are changed and taken away, and a note is held back', limit, async () => {
    await guide.goto('/desk/notes/templates');
    none(await examine(guide, '/desk/notes/templates'));
    const form = guide.getByRole('form', { name: 'Headings' });
    await form.getByRole('radio', { name: /^Bridge note/ }).check();
    await form.getByLabel('What you call them').fill('Briefly');
    await form.getByLabel('The headings, one on each line').fill('What\nWhy');
    await form.getByRole('button', { name: 'Save' }).click();
    await guide.getByRole('button', { name: 'Take it away Briefly' }).or(guide.getByRole('button', { name: /Take it away.*Briefly/ })).click();
    await landed(guide, /templates$/);
    assert.equal(await guide.getByText('What · Why').count(), 0);

    await notesOf(guide, 'Tamsin');
    await guide.getByRole('row').filter({ hasText: 'Signed' }).first().getByRole('link').click();
    await guide.getByText('Hold it back').first().click();
    const hold = guide.getByRole('form', { name: 'Hold it back' });
    await hold.getByRole('button', { name: 'Hold it back' }).click();
    await guide.getByRole('alert').getByText('Please choose why it is held back.').waitFor();
    await hold.getByRole('radio', { name: /asked not to be shown/ }).check();
    await hold.getByLabel('In a sentence').fill('She said so on the telephone.');
    await hold.getByRole('button', { name: 'Hold it back' }).click();
    await guide.getByText('She said so on the telephone.').waitFor();
    none(await examine(guide, '/desk/notes/{id}, held back'));
    await guide.getByRole('button', { name: 'Show it to them' }).click();
    await guide.getByText('Signed, it is shown to them at once.', { exact: false }).first().waitFor();
  });
});
