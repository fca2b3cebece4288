// Somebody prepares for a medicine session: the client in their space, an
// escort by a link, the prescriber and the guide at the desk; and a course that
// is laid over the calendar, of which one time is moved.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { startDemo } from './program.mjs';
import { closeBrowser, leave, newPage } from './browser.mjs';
import { signIn } from './people.mjs';
import { go } from './desk.mjs';
import { pageHeading } from './ask.mjs';
import { none } from './checks.mjs';
import { examine } from './look.mjs';

const limit = { timeout: 4 * 60_000 };

describe('preparation', () => {
  let held, owner, prescriber, client;
  before(async () => {
    held = await startDemo();
    owner = await signIn(held, 'owner');
    prescriber = await signIn(held, 'prescriber');
    client = await signIn(held, 'client', { width: 390 });
  });
  after(async () => {
    const faults = [];
    for (const page of [owner, prescriber, client]) if (page) faults.push(...await leave(page));
    await closeBrowser();
    await held?.stop();
    none(faults);
  });

  let session, link;
  const main = (page) => page.getByRole('main');
  const readiness = () => `/desk/appointments/${session}/readiness`;

  test('the client finds what to do in their space, and writes', limit, async () => {
    await client.goto('/space');
    await main(client).getByRole('link', { name: /^Prepare for/ }).first().click();
    await pageHeading(client, 'Preparing');
    session = client.url().match(/appointments\/([0-9a-f-]+)/)[1];
    none(await examine(client, '/space/appointments/*/preparation', { crisis: true }));
    assert.match(await main(client).textContent(), /Please eat nothing after/);
    assert.match(await main(client).textContent(), /for you in/, 'times stand in both zones');
    await client.getByLabel('An intention to share').fill('To listen.');
    await client.getByRole('button', { name: 'Share it' }).click();
    await client.locator('.notice-kept').waitFor();
    assert.equal(await client.getByLabel('An intention to share').inputValue(), 'To listen.');
  });

  test('and names somebody who brings them home; nothing typed is lost', limit, async () => {
    const form = client.getByRole('form', { name: 'Somebody to bring you home' });
    await form.getByLabel('What may we call them?').fill('Ada');
    await form.getByLabel('How can they be reached?').fill('+351 21 555 0188');
    await form.getByRole('button', { name: 'Ask them' }).click();
    await client.getByRole('link', { name: /Please write the name by which they know you/ }).waitFor();
    assert.equal(await form.getByLabel('What may we call them?').inputValue(), 'Ada');
    await form.getByLabel('By which name do they know you?').fill('Ilan');
    await form.getByLabel(/They are an adult/).check();
    await form.getByRole('button', { name: 'Ask them' }).click();
    await client.locator('.notice-kept').waitFor();
    link = await client.locator('held-copy output').textContent();
    assert.match(link, /\/escort\//);
  });

  test('who opens the link again and again changes nothing, and says yes by a button', limit, async () => {
    const guest = await newPage(held.url, { width: 390, js: false });
    const seeing = await newPage(held.url, { width: 390 });
    await seeing.goto(link);
    none(await examine(seeing, '/escort/*', { crisis: true }));
    none(await leave(seeing));
    await guest.goto(link);
    await guest.goto(link);
    await pageHeading(guest, 'Bringing somebody home');
    assert.doesNotMatch(await guest.content(), /Slack Water|ketamine|medicine|therap/i);
    await guest.getByRole('button', { name: 'Yes, I can' }).click();
    assert.match(await main(guest).textContent(), /You said yes/);
    none(await leave(guest));
    await client.reload();
    assert.match(await main(client).textContent(), /Ada: they said yes/);
  });

  test('a new medicine is told, and everybody reads why the gate is closed', limit, async () => {
    await client.getByLabel('What has changed').fill('A tablet against high blood pressure, since Friday.');
    await client.getByRole('button', { name: 'Tell us' }).click();
    await client.locator('.notice-kept').waitFor();
    await client.getByRole('link', { name: 'What still has to be settled' }).click();
    await pageHeading(client, 'What still has to be settled');
    assert.match(await main(client).textContent(), /You told us of a change/);
    none(await examine(client, '/space/appointments/*/readiness', { crisis: true }));
    await owner.goto(readiness());
    assert.match(await main(owner).textContent(), /The session may not begin[^]*The prescriber has not looked at it yet/);
    none(await examine(owner, '/desk/appointments/*/readiness', {}));
  });

  test('the prescriber looks at it, writes what to pause, and reads what has none', limit, async () => {
    await prescriber.goto(readiness());
    await prescriber.getByLabel('What follows from it').fill('I have written to your doctor; nothing against it.');
    await prescriber.getByRole('button', { name: 'I have looked at it' }).click();
    await prescriber.getByRole('status').waitFor();
    const form = prescriber.getByRole('form', { name: 'Medication holds' });
    await form.getByLabel('Medication', { exact: true }).fill('Pseudoephedrine');
    await form.getByRole('button', { name: 'Write the hold' }).click();
    await prescriber.getByRole('link', { name: /what they are to do/ }).waitFor();
    assert.equal(await form.getByLabel('Medication', { exact: true }).inputValue(), 'Pseudoephedrine');
    await form.getByLabel('What they are to do').fill('None from the evening before.');
    await form.getByLabel('Until').fill('2099-01-01T12:00');
    await form.getByRole('button', { name: 'Write the hold' }).click();
    await prescriber.getByRole('status').waitFor();
    none(await examine(prescriber, '/desk/appointments/*/readiness', {}));
    assert.match(await main(prescriber).textContent(), /Nobody goes on without this one as it stands/);
    assert.equal(await prescriber.getByRole('button', { name: /^Attest/ }).count(), 0, 'no key before everything is settled');
    await client.goto(`/space/appointments/${session}/preparation`);
    assert.match(await main(client).textContent(), /Pseudoephedrine[^]*None from the evening before\.[^]*nothing against it/);
  });

  test('what ends by itself before a session stands on Today, with its day', limit, async () => {
    for (const [page, name, where] of [[owner, /^Ilan: The prescriber's clearance$/, /\/readiness$/], [prescriber, /^Ilan: Clearance$/, /\/desk\/screening\//]]) {
      await page.goto('/desk');
      const line = main(page).getByRole('region', { name: 'What lapses before a session' }).getByRole('listitem').filter({ has: page.getByRole('link', { name }) }).first();
      assert.match(await line.textContent(), /Does not hold from \d+ \w+ \d{4} on\. The session is on /);
      assert.match(await line.getByRole('link').getAttribute('href'), where);
      none(await examine(page, '/desk'));
    }
    assert.equal(await main(prescriber).getByRole('link', { name: 'Ilan: Weight' }).count() > 0, true);
    assert.equal(await main(owner).getByText(/Weight/).count(), 0, 'what stands in the chart is not named to the guide');
  });

  test('who has no part in it reads nothing of it', limit, async () => {
    for (const who of ['coordinator', 'attendant']) {
      const page = await signIn(held, who);
      const answer = await page.goto(readiness());
      assert.equal(answer.status(), 403, who);
      await leave(page); // the browser names the refused page
    }
  });

  test('a course is made from the example, and laid for a client with all its times', limit, async () => {
    const settings = await go(owner, 'Settings');
    await settings.getByRole('link', { name: 'Courses' }).click();
    none(await examine(owner, '/desk/courses', {}));
    await owner.getByRole('link', { name: 'Begin from the example' }).click();
    await pageHeading(owner, 'A new course');
    none(await examine(owner, '/desk/courses/new', {}));
    await owner.getByRole('button', { name: 'Save' }).click();
    assert.ok(await owner.getByRole('link', { name: /Please choose what is booked here/ }).count() > 0, 'the example is nothing to be used as it is');
    await go(owner, 'People');
    await owner.getByRole('link', { name: 'Ilan', exact: true }).click();
    await owner.getByRole('link', { name: 'Lay a course' }).click();
    await pageHeading(owner, 'Ilan, a course');
    await owner.getByLabel('Course', { exact: true }).selectOption({ label: 'One medicine session' });
    await owner.getByRole('button', { name: 'Propose times' }).click();
    await owner.getByRole('heading', { name: 'Proposed times' }).waitFor();
    none(await examine(owner, '/desk/people/*/course', {}));
    const first = owner.getByLabel('Time of session 1');
    await first.selectOption({ index: 5 });
    const chosen = await first.inputValue();
    await owner.getByRole('button', { name: 'Work out what follows session 1' }).click();
    assert.equal(await first.inputValue(), chosen, 'what was chosen stays');
    await owner.getByRole('button', { name: 'Book all of them' }).click();
    await pageHeading(owner, 'Ilan, One medicine session');
    assert.equal(await main(owner).getByText('Kept.', { exact: true }).count(), 4);
  });

  test('one of its times is moved, and the rest is offered to move with it', limit, async () => {
    await main(owner).getByRole('link', { name: 'Medicine session' }).click();
    await owner.getByRole('link', { name: 'Cancel the appointment' }).waitFor();
    await owner.getByRole('link', { name: /^Its course/ }).click();
    await main(owner).getByRole('link', { name: 'Preparation', exact: true }).click();
    await owner.getByRole('link', { name: 'Change the time' }).click();
    const far = new Date(Date.now() + 70 * 24 * 3600_000);
    while (far.getUTCDay() !== 2) far.setUTCDate(far.getUTCDate() + 1);
    await owner.getByLabel('Date', { exact: true }).fill(far.toISOString().slice(0, 10));
    await owner.getByLabel(/Another time on this date/).check();
    await owner.getByLabel('Another time', { exact: true }).fill('10:00');
    await owner.getByRole('button', { name: 'Change the time' }).click();
    await owner.getByRole('status').waitFor();
    await owner.getByRole('link', { name: /move the rest\?/ }).click();
    await owner.getByRole('heading', { name: 'Move the rest?' }).waitFor();
    assert.match(await main(owner).textContent(), /Nothing else was moved by itself/);
    none(await examine(owner, '/desk/laid/*', {}));
    await owner.getByRole('button', { name: 'Leave them where they are' }).click();
    assert.match(await owner.getByRole('status').textContent(), /The rest stays where it is/);
  });
});
