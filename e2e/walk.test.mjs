// The walk of the whole house, once on each engine: a visitor reads, asks
// without a name, reads the answer by code, books from a phone in another zone
// with scripts off, gets mail and invitation, changes it, cancels it; the
// waiting person is offered the time; the guide sees each step on the desk.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { engines, startDemo } from './program.mjs';
import { closeBrowser, leave, newPage } from './browser.mjs';
import { signIn } from './people.mjs';
import { ask, pageHeading, readAnswer } from './ask.mjs';
import { appointmentLink, book, freeTimes, invitation, inviting, takeTime } from './booking.mjs';
import { answer, go, weekShowing } from './desk.mjs';

after(closeBrowser);

for (const engine of engines) {
  describe(`the walk on ${engine}`, () => {
    let held, visitor, phone, guide, waiting;
    const robin = { name: 'Robin Ashgrove', contact: 'robin@walk.example', note: 'I would rather not be called by day.' };
    const wren = { name: 'Wren Holloway', contact: 'wren@walk.example' };
    const question = 'May I come if I take an antidepressant, and whom would I tell?';
    let link, first;

    before(async () => {
      held = await startDemo({ engine });
      visitor = await newPage(held.url, { width: 1280 });
      phone = await newPage(held.url, { width: 390, js: false, zone: 'America/New_York' });
      waiting = await newPage(held.url, { width: 390, scheme: 'dark' });
      guide = await signIn(held, 'owner');
    });
    after(async () => {
      const faults = [];
      for (const page of [visitor, phone, waiting, guide]) if (page) faults.push(...await leave(page));
      await held?.stop();
      assert.deepEqual(faults, []);
    });

    test('a visitor reads an article', async () => {
      await visitor.goto('/');
      await visitor.getByRole('navigation', { name: 'Site' }).getByRole('link', { name: 'Articles' }).click();
      await pageHeading(visitor, 'Articles');
      const article = visitor.getByRole('main').locator('a[href^="/articles/"]').first();
      const title = (await article.textContent()).trim();
      await article.click();
      await pageHeading(visitor, title);
    });

    test('asks a question without a name and gets the answer by code', async () => {
      const code = await ask(visitor, question);
      const before = await readAnswer(visitor, code);
      assert.match(await before.textContent(), /antidepressant/);
      await answer(guide, /antidepressant/, 'Please tell our prescriber. Most can go on with it.');
      const main = await readAnswer(visitor, code);
      assert.match(await main.textContent(), /Please tell our prescriber/);
      await visitor.getByLabel('Write something more').fill('Thank you, I will.');
      await visitor.getByRole('button', { name: 'Send', exact: true }).click();
      assert.match(await visitor.getByRole('main').textContent(), /Thank you, I will\./);
    });

    test('books a consultation from a phone in another zone, scripts off', async () => {
      await phone.goto('/');
      first = await book(phone, robin, { zone: 'America/New_York' });
      const said = await phone.getByRole('main').textContent();
      assert.match(said, /New York/, 'the visitor\'s zone');
      assert.match(said, /\(|·/, 'the practice\'s zone stands beside it');
    });

    test('gets mail and an invitation', async () => {
      const letter = await held.letter({ to: robin.contact, where: inviting({ method: 'REQUEST' }) });
      assert.ok(letter.html.includes('/appointments/') && letter.text.includes('/appointments/'), 'text and HTML');
      assert.doesNotMatch(letter.subject, /ketamine|therapy|KAP/i, 'a neutral subject');
      const cal = invitation(letter);
      assert.equal(cal.method, 'REQUEST');
      assert.equal(cal.sequence, 0);
      assert.ok(cal.uid && cal.start);
      link = appointmentLink(letter);
      robin.uid = cal.uid;
      robin.start = cal.start;
    });

    test('the guide sees it in the calendar and among the inquiries', async () => {
      await weekShowing(guide, robin.name);
      const board = await go(guide, 'Inquiries');
      await board.getByText(robin.name).first().waitFor();
      const people = await go(guide, 'People');
      await people.getByLabel('Find by working name').fill('robin');
      await people.getByRole('button', { name: 'Find' }).click();
      await guide.getByRole('main').getByRole('link', { name: robin.name }).first().waitFor();
    });

    test('changes it, and the calendar follows', async () => {
      await phone.goto(link);
      await pageHeading(phone, 'Your appointment');
      await phone.getByRole('link', { name: 'Change the time' }).or(phone.getByRole('button', { name: 'Change the time' })).first().click();
      await freeTimes(phone).first().waitFor();
      const second = await takeTime(phone, 2);
      assert.notEqual(second, first);
      const sure = phone.getByRole('button', { name: 'Change the time' });
      if (await sure.count()) await sure.click();
      await phone.getByRole('heading', { level: 1 }).waitFor();
      const letter = await held.letter({ to: robin.contact, where: inviting({ sequence: 1 }) });
      const cal = invitation(letter);
      assert.deepEqual([cal.method, cal.uid, cal.sequence], ['REQUEST', robin.uid, 1]);
      assert.notEqual(cal.start, robin.start);
      link = appointmentLink(letter);
      robin.start = cal.start;
    });

    test('somebody waits for a time', async () => {
      await waiting.goto('/');
      await waiting.getByRole('link', { name: 'Book a consultation' }).first().click();
      if (await waiting.getByRole('heading', { level: 1, name: 'Book a time' }).count()) {
        await waiting.getByRole('main').locator('a[href^="/book/"]').first().click();
      }
      await waiting.getByRole('link', { name: 'Wait for a time' }).first().click();
      await waiting.getByLabel('What may we call you?').fill(wren.name);
      await waiting.getByLabel('How can we reach you?').fill(wren.contact);
      await waiting.getByRole('button', { name: 'Put me on the waiting list' }).click();
      await waiting.getByRole('button', { name: 'Leave the waiting list' }).or(waiting.getByRole('link', { name: 'Leave the waiting list' })).first().waitFor();
      const list = await go(guide, 'Waiting list');
      await list.getByText(wren.name).first().waitFor();
    });

    test('cancels, and the calendar hears of it', async () => {
      await phone.goto(link);
      await phone.getByRole('button', { name: 'Cancel the appointment' }).or(phone.getByRole('link', { name: 'Cancel the appointment' })).first().click();
      await phone.getByRole('heading', { name: 'Cancel this appointment?' }).waitFor();
      await phone.getByRole('button', { name: 'Yes, cancel it' }).click();
      await pageHeading(phone, 'Your appointment is cancelled');
      const letter = await held.letter({ to: robin.contact, where: inviting({ method: 'CANCEL' }) });
      const cal = invitation(letter);
      assert.deepEqual([cal.method, cal.uid, cal.status], ['CANCEL', robin.uid, 'CANCELLED']);
      assert.ok(cal.sequence >= 2);
      const board = await go(guide, 'Inquiries');
      await board.getByRole('listitem').filter({ hasText: robin.name }).getByText('Cancelled on').waitFor();
      await board.getByRole('link', { name: robin.name }).click();
      await pageHeading(guide, robin.name);
      await guide.getByRole('region', { name: 'Appointments' }).getByText('Cancelled').waitFor();
    });

    test('the waiting person is offered the time and takes it', async () => {
      const letter = await held.letter({ to: wren.contact, having: /https?:\/\/\S+\/(?:waiting|offers?|book)\/\S+/ });
      assert.doesNotMatch(letter.subject, /ketamine|therapy|KAP/i);
      const links = [...letter.text.matchAll(/https?:\/\/[^\s)>]+/g)].map((m) => m[0]);
      await waiting.goto(links[0]);
      await waiting.getByRole('heading', { name: 'A time has opened' }).waitFor();
      await waiting.getByRole('button', { name: 'Take this time' }).click();
      await pageHeading(waiting, 'Your time is kept');
      const cal = invitation(await held.letter({ to: wren.contact, where: inviting({ method: 'REQUEST' }) }));
      assert.equal(cal.start, robin.start, 'the time that opened');
    });

    test('the desk shows who comes now', async () => {
      await weekShowing(guide, wren.name);
    });
  });
}
