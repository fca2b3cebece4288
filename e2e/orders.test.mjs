// An order for a medicine session: worked out before it is signed, stopped and
// asked about by the protocol, drawn up and confirmed by a second person without
// scripts; and the ledger of controlled substances, counted, explained, witnessed.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { startDemo } from './program.mjs';
import { closeBrowser, leave } from './browser.mjs';
import { signIn } from './people.mjs';
import { go } from './desk.mjs';
import { pageHeading } from './ask.mjs';
import { none } from './checks.mjs';
import { examine } from './look.mjs';

const limit = { timeout: 4 * 60_000 };

describe('orders and the ledger', () => {
  let held, owner, prescriber;
  before(async () => {
    held = await startDemo();
    owner = await signIn(held, 'owner', { js: false });
    prescriber = await signIn(held, 'prescriber');
  });
  after(async () => {
    const faults = [];
    for (const page of [owner, prescriber]) if (page) faults.push(...await leave(page));
    await closeBrowser();
    await held?.stop();
    none(faults);
  });

  let session, chart;
  const main = (page) => page.getByRole('main');
  const order = () => `/desk/appointments/${session}/order`;
  const form = (page) => page.getByRole('form', { name: 'Write the order' });

  test('the prescriber comes to the order from readiness', limit, async () => {
    const client = await signIn(held, 'client', { width: 390 });
    await client.goto('/space');
    await main(client).getByRole('link', { name: /^Prepare for/ }).first().click();
    await pageHeading(client, 'Preparing');
    session = client.url().match(/appointments\/([0-9a-f-]+)/)[1];
    none(await leave(client));
    await prescriber.goto(`/desk/appointments/${session}/readiness`);
    await main(prescriber).getByRole('link', { name: 'Order', exact: true }).click();
    await pageHeading(prescriber, 'Ilan, order');
    assert.match(await main(prescriber).textContent(), /No order stands for this session/);
    chart = await main(prescriber).getByRole('link', { name: /Record a weight/ }).getAttribute('href');
    none(await examine(prescriber, '/desk/appointments/*/order', {}));
  });

  test('a weight that is too old stops it, and says what to do; nothing typed is lost', limit, async () => {
    await form(prescriber).getByLabel('Dose', { exact: true }).fill('0.75');
    await form(prescriber).getByLabel('Written in').selectOption('mg/kg');
    await form(prescriber).getByLabel('Boosters allowed').fill('0');
    await form(prescriber).getByRole('button', { name: 'Work it out' }).click();
    await prescriber.getByText(/The weight is \d+ days old .* Weigh them/).first().waitFor();
    assert.equal(await form(prescriber).getByLabel('Dose', { exact: true }).inputValue(), '0.75');
    assert.equal(await prescriber.getByRole('button', { name: 'Sign the order' }).count(), 0, 'what is stopped cannot be signed');
    none(await examine(prescriber, '/desk/appointments/*/order, stopped', { night: false }));
  });

  test('with a weight of today it is worked out in mg and mg/kg, and signed', limit, async () => {
    await prescriber.goto(chart);
    await prescriber.getByText('Record a weight', { exact: true }).click();
    const weight = prescriber.getByRole('form', { name: 'Record a weight' });
    await weight.getByLabel('Weight, kg').fill('70');
    await weight.getByRole('button', { name: /Record/ }).click();
    await prescriber.getByRole('status').waitFor();
    await prescriber.goto(order());
    await form(prescriber).getByLabel('Dose', { exact: true }).fill('0.75');
    await form(prescriber).getByLabel('Written in').selectOption('mg/kg');
    await form(prescriber).getByLabel('Boosters allowed').fill('0');
    await form(prescriber).getByRole('button', { name: 'Work it out' }).click();
    await prescriber.getByText('52.5 mg (0.75 mg/kg)').first().waitFor();
    for (const area of await prescriber.getByLabel('Why you order it all the same').all()) await area.fill('Spoken about in person.');
    await prescriber.getByRole('button', { name: 'Sign the order' }).click();
    await prescriber.getByRole('status').waitFor();
    assert.match(await main(prescriber).textContent(), /52\.5 mg \(0\.75 mg\/kg\)[^]*70 kg/);
  });

  test('above what the protocol asks about, the reason is asked for; another version replaces the first', limit, async () => {
    await prescriber.getByText('Write a new version', { exact: true }).first().click();
    await form(prescriber).getByLabel('Dose', { exact: true }).fill('1.6');
    await form(prescriber).getByRole('button', { name: 'Work it out' }).click();
    await prescriber.getByRole('button', { name: 'Sign the order' }).click();
    await prescriber.getByRole('link', { name: /Please write why you order it all the same/ }).first().waitFor();
    none(await examine(prescriber, '/desk/appointments/*/order, asked', { night: false }));
    for (const area of await prescriber.getByLabel('Why you order it all the same').all()) await area.fill('Spoken about in person.');
    await prescriber.getByRole('button', { name: 'Sign the order' }).click();
    await prescriber.getByRole('status').waitFor();
    assert.match(await main(prescriber).textContent(), /112 mg \(1\.6 mg\/kg\)[^]*“Spoken about in person\.”[^]*Version 1[^]*Replaced/);
    await prescriber.getByRole('link', { name: 'This order by itself, to read and print' }).click();
    await pageHeading(prescriber, 'Order for Ilan');
    none(await examine(prescriber, '/desk/appointments/*/order/*', {}));
  });

  test('what is drawn up goes into the ledger, and a second person confirms it, without scripts', limit, async () => {
    await prescriber.goto(order());
    const draw = prescriber.getByRole('form', { name: 'Draw up' });
    await draw.getByRole('button', { name: 'Enter what is drawn up' }).click();
    await prescriber.getByRole('link', { name: /Please choose the lot/ }).waitFor();
    await draw.getByLabel('Lot').selectOption({ index: 1 });
    await draw.getByLabel('Amount drawn up').fill('2.3');
    await draw.getByRole('button', { name: 'Enter what is drawn up' }).click();
    await prescriber.getByRole('status').waitFor();
    assert.match(await main(prescriber).textContent(), /You drew it up\. A second person signs in[^]*Together 115 mg; ordered are 112 mg\. It is more than was ordered/);
    await owner.goto(order());
    assert.equal(await owner.getByRole('button', { name: 'Work it out' }).count(), 0, 'only a prescriber writes an order');
    await owner.getByRole('button', { name: /^I looked at it/ }).click();
    await pageHeading(owner, 'Ilan, order');
    assert.match(await main(owner).textContent(), /A second person has confirmed what is drawn up[^]*Confirmed by Leonor/);
    none(await examine(prescriber, '/desk/appointments/*/order, drawn up', { night: false }));
  });

  test('a count that differs waits for its explanation, a waste for its witness', limit, async () => {
    const settings = await go(prescriber, 'Settings');
    await settings.getByRole('link', { name: 'Controlled substances' }).click();
    await pageHeading(prescriber, 'Controlled substances');
    none(await examine(prescriber, '/desk/stock', {}));
    await main(prescriber).getByRole('link', { name: 'DEMO-5120' }).click();
    await pageHeading(prescriber, 'Ketamine, lot DEMO-5120');
    await prescriber.getByText('A count', { exact: true }).click();
    const count = prescriber.getByRole('form', { name: 'A count' });
    await count.getByLabel('Found, mL').fill('some');
    await count.getByRole('button', { name: 'Enter the count' }).click();
    await prescriber.getByRole('link', { name: /Please give a figure/ }).waitFor();
    await count.getByLabel('Found, mL').fill('39.5');
    await count.getByRole('button', { name: 'Enter the count' }).click();
    await prescriber.getByRole('status').waitFor();
    await prescriber.getByLabel('What is known about it').fill('A drop in the cap of each.');
    await prescriber.getByRole('button', { name: 'Explain it' }).click();
    await prescriber.getByRole('status').waitFor();
    assert.match(await main(prescriber).textContent(), /Discrepancy[^]*Explanation[^]*A drop in the cap of each\./);
    none(await examine(prescriber, '/desk/stock/*', {}));
    await owner.goto('/desk/stock/witness');
    await owner.getByRole('button', { name: /^I saw it, and confirm it/ }).first().click();
    assert.match(await main(owner).textContent(), /Confirmed, under your name/);
    await prescriber.goto('/desk/stock/witness');
    none(await examine(prescriber, '/desk/stock/witness', {}));
  });

  test('the ledger holds, and is taken along', limit, async () => {
    await prescriber.goto('/desk/stock');
    await prescriber.getByRole('link', { name: /^Check that every entry/ }).click();
    await prescriber.getByText(/^Every entry is as it was made/).waitFor();
    await prescriber.goto('/desk/orders');
    await pageHeading(prescriber, 'Doses to look at');
    none(await examine(prescriber, '/desk/orders', {}));
    for (const [as, holds] of [['csv', /drawn,ketamine/], ['json', /"kind": "witness"/]]) {
      const file = await prescriber.request.get(`/desk/stock/file/${as}`);
      assert.equal(file.status(), 200);
      assert.match(await file.text(), holds);
    }
  });

  test('who has no part in it reads nothing of it', limit, async () => {
    for (const [who, paths] of [['coordinator', [order(), '/desk/stock', '/desk/stock/witness']], ['attendant', [order()]]]) {
      const page = await signIn(held, who);
      for (const path of paths) assert.equal((await page.goto(path)).status(), 403, `${who} at ${path}`);
      await leave(page); // the browser names the refused pages
    }
  });
});
