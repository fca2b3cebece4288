// Several people at one time: the desk sets places, books until they are gone,
// and opens one room for those who are ready. Whoever is in a group is told that
// it is one, and on no page, in no letter and no calendar file who else comes.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { nextMonday, startDemo } from './program.mjs';
import { closeBrowser, leave, newPage, openWhole } from './browser.mjs';
import { signIn } from './people.mjs';
import { pageHeading } from './ask.mjs';
import { accessible, none, shaped } from './checks.mjs';
import { examine } from './look.mjs';
import { inside, kept, line, sent } from './room.mjs';

const limit = { timeout: 4 * 60_000 };
const main = (page) => page.getByRole('main');
const press = (page, name) => page.getByRole('button', { name, exact: true }).click();

describe('groups', () => {
  let held, owner, prescriber, attendant;
  before(async () => {
    await openWhole(); // the screen is kept on
    held = await startDemo({ now: nextMonday().replace('T08:', 'T13:') });
    owner = await signIn(held, 'owner');
    prescriber = await signIn(held, 'prescriber');
    attendant = await signIn(held, 'attendant');
  });
  after(async () => {
    const faults = [];
    for (const page of [owner, prescriber, attendant]) if (page) faults.push(...await leave(page));
    await closeBrowser();
    await held?.stop();
    none(faults);
  });

  // books leaves the page where the form's answer leads.
  async function books(name) {
    await owner.goto('/desk/week/book');
    await owner.getByLabel('Offering').selectOption({ label: 'Preparation session, 1 hour 15 minutes, in a group of up to 3' });
    await owner.getByLabel('Date', { exact: true }).fill(day());
    await owner.getByLabel('Find by working name').fill(name);
    await press(owner, 'Find');
    await owner.getByText(/^Time on Friday/).waitFor();
    await owner.getByRole('radio', { name: new RegExp(`^${name}`) }).check();
    await owner.getByRole('radio', { name: /^Another time on this date/ }).check();
    await owner.getByLabel('Another time', { exact: true }).fill('07:30'); // before anybody else's hours
    await press(owner, 'Book an appointment');
  }

  const day = () => new Date(held.now.getTime() + 11 * 86_400_000).toISOString().slice(0, 10); // a Friday
  const three = ['Sefa', 'Noor', 'Halla'];

  test('the owner sets for how many one time is', limit, async () => {
    await owner.goto('/desk/settings/offerings');
    await main(owner).getByRole('link', { name: 'Preparation session' }).click();
    await pageHeading(owner, 'Preparation session');
    await owner.getByLabel('Places at one time').fill('13');
    await press(owner, 'Save');
    await owner.getByText('Please give').first().waitFor();
    await owner.getByLabel('Places at one time').fill('3');
    await press(owner, 'Save');
    await owner.getByText('One time is for up to 3 people').waitFor();
    none(await examine(owner, 'the offering'));
    await owner.goto('/desk/settings/offerings');
    await main(owner).getByRole('row', { name: /^Preparation session.*in a group of up to 3/ }).waitFor();
    await owner.goto('/fees');
    await main(owner).getByText('in a group of up to 3').first().waitFor();
  });

  test('three people are booked at one time; the fourth is offered the nearest', limit, async () => {
    for (const name of three) {
      await books(name);
      await owner.waitForURL(/\/desk\/appointments\//);
      await pageHeading(owner, `${name}, Preparation session`);
    }
    await books('Basil');
    await owner.getByRole('heading', { name: 'This time has just been taken' }).waitFor();
    await owner.getByText('The nearest free times', { exact: true }).waitFor();
    assert.ok(await owner.locator('input[name=start]').count() > 2);
    assert.ok(await owner.getByRole('radio', { name: /^Basil/ }).isChecked(), 'who was chosen is kept');
    none(await examine(owner, 'the form of the fourth'));
  });

  test('the week shows one group, with its names and no place left', limit, async () => {
    await owner.goto(`/desk/week?from=${day()}`);
    const slot = main(owner).getByRole('link', { name: /Sefa, Noor, Halla.*no place left/ });
    assert.equal(await slot.count(), 1);
    none(await examine(owner, 'the week'));
    await slot.click();
    await pageHeading(owner, 'Preparation session, in a group of up to 3');
    await owner.getByText('3, no place left').waitFor();
    assert.equal(await owner.getByRole('link', { name: 'Book one more into it' }).count(), 0);
    none(await examine(owner, 'the group'));
  });

  // silent holds that a text says it is a group, and nobody else's name.
  function silent(where, text, ...others) {
    for (const name of others) assert.ok(!new RegExp(`\\b${name}\\b`).test(text), `${where} names ${name}:\n${text}`);
  }

  test('a letter, its calendar file and the page behind it name nobody else', limit, async () => {
    const letter = await held.letter({ to: 'sefa@example.org', having: /in a group of up to 3/ });
    silent('the letter', JSON.stringify(letter), 'Noor', 'Halla', 'Basil');
    const link = letter.text.match(/https?:\/\/\S+\/appointments\/\S+/)[0];
    const page = await newPage(held.url, { width: 390, js: false });
    await page.goto(link);
    await page.getByText('Preparation session, in a group of up to 3').waitFor();
    silent('the page', await page.content(), 'Noor', 'Halla', 'Basil');
    const ics = await (await page.request.get(`${link}/appointment.ics`)).text();
    assert.match(ics.replace(/\r?\n /g, ''), /in a group of up to 3/);
    silent('the calendar file', ics, 'Noor', 'Halla', 'Basil');
    none(await leave(page));
    const little = await held.letter({ to: 'noor@example.org', having: /Your time is kept/ });
    silent('the letter that says little', JSON.stringify(little), 'Sefa', 'Halla', 'group', 'Preparation');
  });

  test('who cancels gives the place back, and the fourth joins', limit, async () => {
    await owner.goto(`/desk/week?from=${day()}`);
    await main(owner).getByRole('link', { name: /Sefa, Noor, Halla/ }).click();
    await main(owner).getByRole('link', { name: 'Halla' }).click();
    await main(owner).getByRole('link', { name: 'Cancel the appointment' }).click();
    await owner.getByRole('radio', { name: 'The client asked for it' }).check();
    await press(owner, 'Yes, cancel it');
    await owner.getByText('The appointment is cancelled').waitFor();
    await owner.goto(`/desk/week?from=${day()}`);
    await main(owner).getByRole('link', { name: /Sefa, Noor.*1 place left/ }).click();
    await main(owner).getByRole('link', { name: 'Book one more into it' }).click();
    await owner.getByText('A group with 1 place left.').waitFor();
    await owner.getByRole('radio', { name: /^Somebody new/ }).check();
    await owner.getByLabel('Working name', { exact: true }).fill('Basalt');
    await press(owner, 'Book an appointment');
    await owner.waitForURL(/\/desk\/appointments\//);
    await main(owner).getByRole('link', { name: 'Up to 3 people' }).click();
    await owner.getByText('3, no place left').waitFor();
  });

  let room;
  const sessions = {};

  test('one room is opened for those of this evening who are ready', limit, async () => {
    await owner.goto('/desk/week');
    const slot = main(owner).getByRole('link', { name: /Yael, Odile, Bram/ });
    await slot.click();
    await pageHeading(owner, 'Shared medicine session, in a group of up to 3');
    for (const name of ['Yael', 'Odile', 'Bram']) {
      sessions[name] = (await main(owner).getByRole('link', { name, exact: true }).getAttribute('href')).split('/').pop();
    }
    room = await main(owner).getByRole('link', { name: 'One medicine room for all of them' }).getAttribute('href');
    await owner.goto(room);
    await pageHeading(owner, 'Open one room for several people');
    for (const name of ['Yael', 'Odile']) assert.ok(await owner.getByRole('checkbox', { name: new RegExp(`^${name},`) }).isChecked(), name);
    assert.equal(await owner.getByRole('checkbox', { name: /^Bram,/ }).count(), 0);
    await main(owner).getByRole('link', { name: 'Readiness of Bram' }).waitFor();
    none(await examine(owner, 'opening together'));
    await press(owner, 'Open the room for them');
    await inside(owner);
    const strip = owner.getByRole('navigation', { name: 'People in this room' });
    await strip.getByRole('button', { name: /^Odile/ }).waitFor();
    assert.equal(await strip.getByRole('button').count(), 2);
  });

  test('who is ready later comes later, by both keys of their own', limit, async () => {
    const readiness = `/desk/appointments/${sessions.Bram}/readiness`;
    await owner.goto(readiness);
    await press(owner, 'Attest as guide');
    await owner.getByText(/^Attested by Leonor/).waitFor();
    await prescriber.goto(readiness);
    await press(prescriber, 'Attest as prescriber');
    await prescriber.getByText(/^Attested by Amadeu/).waitFor();
    await attendant.goto(`/room/${sessions.Yael}/together`);
    await pageHeading(attendant, 'Several people in one room');
    assert.ok(await attendant.getByRole('checkbox', { name: /^Bram,/ }).isChecked());
    await press(attendant, 'Bring them into this room');
    await inside(attendant);
  });

  test('one tap lands in everybody’s timeline', limit, async () => {
    const strip = attendant.getByRole('navigation', { name: 'People in this room' });
    await strip.getByRole('button', { name: /^Bram/ }).waitFor();
    assert.equal(await strip.getByRole('button').count(), 3);
    await attendant.setViewportSize({ width: 820, height: 1180 });
    await press(attendant, 'Music changes');
    await line(attendant, 'Music changes').getByText('For several people at once.').waitFor();
    await sent(attendant);
    const found = [];
    for (const id of Object.values(sessions)) found.push(...await kept(attendant, `/room/${id}`, id, (e) => e.kind === 'music'));
    assert.equal(found.length, 3);
    assert.equal(new Set(found.map((e) => e.with)).size, 1);
    for (const width of [390, 820, 1280]) {
      await attendant.setViewportSize({ width, height: 1180 });
      none([...await shaped(attendant), ...await accessible(attendant)]);
    }
  });

  test('nobody in the room is told of the others', limit, async () => {
    const letter = await held.letter({ to: 'odile@example.org', having: /in a group of up to 3/ });
    silent('the letter', JSON.stringify(letter), 'Yael', 'Bram');
    const page = await newPage(held.url, { width: 390, js: false });
    await page.goto(letter.text.match(/https?:\/\/\S+\/appointments\/\S+/)[0]);
    await page.getByText('Shared medicine session, in a group of up to 3').waitFor();
    silent('the page', await page.content(), 'Yael', 'Bram');
    for (const session of Object.values(sessions)) {
      const answer = await page.request.get(`/room/${session}/state`, { headers: { accept: 'application/json' }, maxRedirects: 0 });
      assert.notEqual(answer.status(), 200);
    }
    none(await leave(page));
  });
});
