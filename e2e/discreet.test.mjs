// Discretion, on a telephone: who somebody is in law, whom they would rather not
// meet, and no mail at all. The last test does it with scripts off.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { startDemo } from './program.mjs';
import { closeBrowser, leave } from './browser.mjs';
import { signIn } from './people.mjs';
import { none, shaped, supported } from './checks.mjs';
import { examine } from './look.mjs';
import { refuse } from './refused.mjs';
import { pageHeading, unfold } from './ask.mjs';
import { go } from './desk.mjs';
import { freeTimes, takeTime } from './booking.mjs';

const limit = { timeout: 8 * 60_000 };
let held;
before(async () => { held = await startDemo(); });
after(async () => {
  await closeBrowser();
  await held?.stop();
});

// on walks as somebody, on a telephone, and looks where told.
async function on(who, walk, { js = true } = {}) {
  const page = await signIn(held, who, { width: 390, js });
  const found = [];
  const whole = async (where) => found.push(...[...await shaped(page), ...(who === 'client' ? await supported(page) : [])].map((w) => `${where}: ${w}`));
  const look = async (where) => {
    if (!js) return whole(where); // axe needs scripts itself
    found.push(...await examine(page, where, { widths: [320, 1280], crisis: who === 'client' }));
    return page.setViewportSize({ width: 390, height: 844 });
  };
  await walk(page, look, found);
  none([...found, ...await leave(page)]);
}

const link = (page, name) => page.getByRole('main').getByRole('link', { name, exact: true }).first();
const press = (page, name) => page.getByRole('main').getByRole('button', { name }).first().click();

// refused waits for a mistake to be listed, and told beside its choice.
async function refused(page, sentence) {
  await page.getByRole('heading', { name: 'Please look at this again' }).waitFor();
  await page.getByRole('main').getByRole('link', { name: sentence }).waitFor();
  await page.locator('fieldset .error').getByText(sentence).waitFor();
}

// person opens somebody's page at the desk.
async function person(page, name) {
  await go(page, 'People');
  await page.getByLabel('Find by working name').fill(name);
  await press(page, 'Find');
  await link(page, name).click();
  await pageHeading(page, name);
}

test('a client says who they are in law, and reads that it was opened', limit, async () => {
  await on('client', async (page, look, found) => {
    await unfold(page, 'What is yours');
    await link(page, 'Your legal identity').click();
    await pageHeading(page, 'Your legal identity');
    await look('the legal identity');
    await page.getByLabel('Name in law').fill('Ilan N. Brodetsky');
    await page.getByLabel('Date of birth').fill('1981-11-05');
    await page.getByLabel('Other names, one on a line').fill('Lanny Brodetsky');
    await press(page, 'Save');
    await page.getByText('Saved, and sealed apart from everything else.').waitFor();
    await page.goto('/space/identity');
    assert.equal(await page.getByLabel('Name in law').inputValue(), 'Ilan N. Brodetsky');
    found.push(...await refuse(page, `${held.url}/space/circle`));
  });
  await on('coordinator', async (page, look) => {
    await person(page, 'Ilan');
    await look('a person with a legal identity');
    assert.equal(await page.getByText('Brodetsky').count(), 0);
    await press(page, 'Open the legal identity');
    await refused(page, 'Please say why you open this.');
    assert.equal(await page.getByText('Brodetsky').count(), 0);
    await page.getByRole('radio', { name: 'A superbill' }).check();
    await press(page, 'Open the legal identity');
    await page.getByText('Ilan N. Brodetsky').waitFor();
    await page.getByText('5 November 1981').waitFor();
    assert.equal(await page.getByText('NL-40417').count(), 0); // a licence is for the law only
    await look('an opened legal identity');
    await page.goto(page.url().replace(/\/identity$/, ''));
    assert.equal(await page.getByText('Brodetsky').count(), 0);
  });
  await on('client', async (page) => {
    await page.goto('/space/looks');
    await page.getByText('opened your legal identity, for a receipt for insurance').waitFor();
  });
});

test('a client names whom they would rather not meet, shows it to their guide, and chooses', limit, async () => {
  await on('client', async (page, look) => {
    await unfold(page, 'What is yours');
    await link(page, 'Your circle').click();
    await pageHeading(page, 'Your circle');
    await page.getByLabel('Name', { exact: true }).fill('Prof. Dr. Ana-Sofia Müller');
    await page.getByLabel('Why (optional, for yourself only)').fill('She examined me.');
    await press(page, 'Add');
    await page.getByRole('heading', { name: 'Prof. Dr. Ana-Sofia Müller' }).waitFor();
    await look('the circle');
    await page.getByLabel('Who', { exact: true }).selectOption({ label: 'Leonor, guide' });
    await press(page, 'Show the list');
    await page.getByText('Leonor can read the names on your list.').waitFor();
    await page.goto('/book/first-call'); // held by somebody on the list
    await page.getByText('You may prefer another person for this.').waitFor();
    await look('the times of somebody who is on the list');
    assert.ok(await freeTimes(page).count(), 'the choice is theirs');
    await takeTime(page);
    await page.getByText('You may prefer another person for this.').waitFor();
    await look('the form for somebody who is on the list');
  });
  await on('owner', async (page, look) => {
    await person(page, 'Ilan');
    await press(page, 'Show the list');
    await page.getByText('Prof. Dr. Ana-Sofia Müller, a person').waitFor();
    assert.equal(await page.getByText('She examined me.').count(), 0);
    await look('a circle that is shown');
  });
});

test('the desk is told to talk first, and says what it decided', limit, () => on('coordinator', async (page, look) => {
  await person(page, 'M.');
  await page.getByText('Talk first').first().waitFor();
  await page.locator('main a[href^="/desk/appointments/"]').first().click();
  await page.getByRole('heading', { name: 'Circle check' }).waitFor();
  await look('an appointment to talk about first');
  assert.equal(await page.getByText('Furtado').count(), 0);
  await press(page, 'Keep the decision');
  await refused(page, 'Please say what you decided.');
  await page.getByRole('radio', { name: 'We have talked; it stays' }).check();
  await press(page, 'Keep the decision');
  await page.getByText('We have talked; it stays. Benedita').waitFor();
  await look('an appointment that was talked about');
}));

test('who wants nothing by mail gets none, and finds it in the space', limit, async () => {
  await on('client', async (page, look) => {
    await unfold(page, 'Messages');
    await page.getByRole('radio', { name: 'Nothing by mail' }).check();
    await page.getByRole('main').getByRole('form', { name: 'Messages' }).getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved. Messages follow it from now on.').waitFor();
    await look('a space without mail');
  });
  const before = (await held.letters()).filter((l) => l.to.includes('ilan@example.org')).length;
  await on('coordinator', async (page) => {
    await person(page, 'Ilan');
    await page.getByRole('row', { name: /Integration session/ }).first().getByRole('link').first().click();
    await link(page, 'Cancel the appointment').click();
    await page.getByRole('radio', { name: 'The practice cannot keep it' }).check();
    await press(page, 'Yes, cancel it');
    await page.getByText('Cancelled').first().waitFor();
  });
  await on('client', async (page, look) => {
    await page.getByText('Cancelled: Integration session').waitFor();
    await look('a space with news');
  });
  assert.equal((await held.letters()).filter((l) => l.to.includes('ilan@example.org')).length, before);
});

test('all of it works with scripts off', limit, async () => {
  const off = { js: false };
  await on('client', async (page, look) => {
    await unfold(page, 'What is yours');
    await link(page, 'Your legal identity').click();
    await page.getByLabel('Pronoun').fill('they');
    await press(page, 'Save');
    await page.getByText('Saved, and sealed apart from everything else.').waitFor();
    await look('the legal identity');
    await page.goto('/space/circle');
    await page.getByRole('radio', { name: 'A place, where somebody may know you from' }).check();
    await page.getByLabel('Name', { exact: true }).fill('The Tern Clinic');
    await press(page, 'Add');
    await page.getByRole('heading', { name: 'The Tern Clinic' }).waitFor();
    await page.getByRole('button', { name: /^Take off the list.*Tern Clinic/ }).click();
    await page.getByRole('heading', { name: 'The Tern Clinic' }).waitFor({ state: 'detached' });
    await look('the circle');
  }, off);
  await on('coordinator', async (page, look) => {
    await person(page, 'Ilan');
    await page.getByRole('radio', { name: 'An emergency' }).check();
    await press(page, 'Open the legal identity');
    await page.getByText('they', { exact: true }).waitFor();
    await look('an opened legal identity');
  }, off);
  await on('prescriber', async (page, look) => {
    await page.goto('/desk/settings/names');
    await page.getByLabel('Where you work or have worked, one on a line').fill('Hospital do Canal');
    await press(page, 'Save');
    await page.getByText('Saved.', { exact: true }).waitFor();
    await look('by what else somebody is known');
  }, off);
});
