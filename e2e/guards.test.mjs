// The two guards of the journal: a calendar that is read in the browser and
// nowhere else, and a reminder about names that would rather be silent.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { closeBrowser, newPage, leave } from './browser.mjs';
import { none } from './checks.mjs';
import { serveParts, visit } from './parts.mjs';
import { until } from './until.mjs';

let served, page;
before(async () => {
  served = await serveParts();
  page = await newPage(served.url, { zone: 'Europe/Lisbon' });
  await page.goto('/held-guard');
});
after(async () => {
  const faults = page ? await leave(page) : [];
  await closeBrowser();
  served?.stop();
  none(faults);
});

const event = (...lines) => ['BEGIN:VEVENT', 'UID:1@x', ...lines, 'END:VEVENT'].join('\r\n');
const calendar = (...events) => ['BEGIN:VCALENDAR', 'VERSION:2.0', ...events, 'END:VCALENDAR', ''].join('\r\n');

// within reads a calendar in the browser and gives what lies in a stretch.
const within = (text, from, to) => page.evaluate(([t, f, e]) => {
  const c = window.readCalendar(t);
  return c.within(Date.parse(f), Date.parse(e)).map((b) => `${new Date(b.from).toISOString().slice(0, 16)} ${(b.to - b.from) / 60_000} ${b.title}${b.allDay ? ' (day)' : ''}`);
}, [text, from, to]);
const day = (text, d) => within(text, `${d}T00:00:00Z`, `${d}T23:59:59Z`);
const starts = async (text, from, to) => (await within(text, `${from}T00:00:00Z`, `${to}T23:59:59Z`)).map((l) => l.slice(0, 16));

test('times: in a zone, in Outlook\'s zone, in UTC, floating, folded, whole days', async () => {
  const text = calendar(
    event('SUMMARY:New York', 'DTSTART;TZID=America/New_York:20261203T090000', 'DTEND;TZID=America/New_York:20261203T095000'),
    event('SUMMARY:Outlook', 'DTSTART;TZID="W. Europe Standard Time":20261203T090000', 'DURATION:PT1H30M'),
    event('SUMMARY:Utc', 'DTSTART:20261203T080000Z', 'DTEND:20261203T083000Z'),
    event('SUMMARY:Floating', 'DTSTART:20261203T100000', 'DTEND:20261203T110000'),
    event('SUMMARY:Fol', ' ded\\, twice\\n', '\there', 'DTSTART:20261203T110000Z', 'DTEND:20261203T120000Z', 'BEGIN:VALARM', 'SUMMARY:No', 'DTSTART:20200101T000000Z', 'END:VALARM'),
    event('SUMMARY:Whole', 'DTSTART;VALUE=DATE:20261203', 'DTEND;VALUE=DATE:20261204'),
    event('SUMMARY:Another day', 'DTSTART;VALUE=DATE:20261204'),
  );
  assert.deepEqual(await day(text, '2026-12-03'), [
    '2026-12-03T00:00 1440 Whole (day)', '2026-12-03T08:00 30 Utc', '2026-12-03T08:00 90 Outlook',
    '2026-12-03T10:00 60 Floating', '2026-12-03T11:00 60 Folded, twice here', '2026-12-03T14:00 50 New York',
  ]);
  const late = calendar(event('SUMMARY:Over midnight', 'DTSTART;TZID=Europe/Lisbon:20260702T233000', 'DTEND;TZID=Europe/Lisbon:20260703T013000'));
  assert.deepEqual(await day(late, '2026-07-03'), ['2026-07-02T22:30 120 Over midnight'], 'what began the day before is still there');
});

test('a zone that the file explains itself, as Outlook does', async () => {
  const zone = ['BEGIN:VTIMEZONE', 'TZID:Customized Time Zone', 'BEGIN:STANDARD', 'DTSTART:16010101T030000', 'TZOFFSETFROM:+0200', 'TZOFFSETTO:+0100', 'RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10', 'END:STANDARD',
    'BEGIN:DAYLIGHT', 'DTSTART:16010101T020000', 'TZOFFSETFROM:+0100', 'TZOFFSETTO:+0200', 'RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3', 'END:DAYLIGHT', 'END:VTIMEZONE'].join('\r\n');
  const text = calendar(zone, event('SUMMARY:Team', 'DTSTART;TZID="Customized Time Zone":20261021T090000', 'DURATION:PT1H', 'RRULE:FREQ=WEEKLY;COUNT=3'));
  assert.deepEqual(await starts(text, '2026-10-01', '2026-12-31'), ['2026-10-21T07:00', '2026-10-28T08:00', '2026-11-04T08:00']);
  const fixed = calendar(['BEGIN:VTIMEZONE', 'TZID:Mine', 'BEGIN:STANDARD', 'DTSTART:19700101T000000', 'TZOFFSETFROM:-0330', 'TZOFFSETTO:-0330', 'END:STANDARD', 'END:VTIMEZONE'].join('\r\n'),
    event('DTSTART;TZID=Mine:20261203T090000'));
  assert.deepEqual(await starts(fixed, '2026-12-03', '2026-12-03'), ['2026-12-03T12:30']);
});

test('what returns: weekly across the change of clocks, with gaps, other times and cancelled ones', async () => {
  const weekly = calendar(
    event('SUMMARY:Tom', 'DTSTART;TZID=Europe/Lisbon:20261001T100000', 'DTEND;TZID=Europe/Lisbon:20261001T110000', 'RRULE:FREQ=WEEKLY;BYDAY=TH',
      'EXDATE;TZID=Europe/Lisbon:20261008T100000,20261015T100000'),
    event('SUMMARY:Tom, moved', 'RECURRENCE-ID;TZID=Europe/Lisbon:20261029T100000', 'DTSTART;TZID=Europe/Lisbon:20261030T160000', 'DTEND;TZID=Europe/Lisbon:20261030T170000'),
    event('SUMMARY:Tom', 'STATUS:CANCELLED', 'RECURRENCE-ID:20261105T100000Z', 'DTSTART:20261105T100000Z', 'DTEND:20261105T110000Z'),
  );
  assert.deepEqual(await within(weekly, '2026-10-01T00:00:00Z', '2026-11-13T00:00:00Z'), [
    '2026-10-01T09:00 60 Tom', '2026-10-22T09:00 60 Tom', '2026-10-30T16:00 60 Tom, moved', '2026-11-12T10:00 60 Tom',
  ]);
  assert.deepEqual(await day(calendar(event('SUMMARY:Gone', 'STATUS:CANCELLED', 'DTSTART:20261203T100000Z')), '2026-12-03'), []);
  assert.deepEqual(await day(calendar(event('SUMMARY:Free', 'TRANSP:TRANSPARENT', 'DTSTART;VALUE=DATE:20261203')), '2026-12-03'), [], 'what is marked as free is in nobody\'s way');
});

test('what returns: daily, monthly, yearly, counted and ended', async () => {
  const rule = (start, r, ...more) => calendar(event(`DTSTART:${start}T120000Z`, 'DURATION:PT1H', `RRULE:${r}`, ...more));
  const days = async (...of) => (await starts(...of)).map((s) => s.slice(5, 10));
  assert.deepEqual(await days(rule('20261101', 'FREQ=DAILY;INTERVAL=3;COUNT=4'), '2026-11-01', '2026-12-31'), ['11-01', '11-04', '11-07', '11-10']);
  assert.deepEqual(await days(rule('20261101', 'FREQ=DAILY;UNTIL=20261103T120000Z'), '2026-11-01', '2026-12-31'), ['11-01', '11-02', '11-03']);
  assert.deepEqual(await days(rule('20261102', 'FREQ=DAILY;BYDAY=MO,WE,FR'), '2026-11-02', '2026-11-08'), ['11-02', '11-04', '11-06']);
  assert.deepEqual(await days(rule('20261103', 'FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;COUNT=5'), '2026-11-01', '2026-12-31'), ['11-03', '11-05', '11-17', '11-19', '12-01']);
  assert.deepEqual(await days(rule('20261031', 'FREQ=MONTHLY'), '2026-10-01', '2027-03-31'), ['10-31', '12-31', '01-31', '03-31'], 'a month without that day is passed over');
  assert.deepEqual(await days(rule('20261110', 'FREQ=MONTHLY;BYDAY=2TU'), '2026-11-01', '2027-01-31'), ['11-10', '12-08', '01-12']);
  assert.deepEqual(await days(rule('20261127', 'FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20270131'), '2026-11-01', '2027-06-30'), ['11-27', '12-25', '01-29']);
  assert.deepEqual(await days(rule('20261130', 'FREQ=MONTHLY;BYMONTHDAY=-1'), '2026-11-01', '2027-02-28'), ['11-30', '12-31', '01-31', '02-28']);
  assert.deepEqual(await days(rule('20261130', 'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1'), '2026-11-01', '2027-01-31'), ['11-30', '12-31', '01-29']);
  assert.deepEqual(await starts(rule('20200229', 'FREQ=YEARLY'), '2023-01-01', '2028-12-31'), ['2024-02-29T12:00', '2028-02-29T12:00']);
  assert.deepEqual(await starts(rule('20201126', 'FREQ=YEARLY;BYMONTH=11;BYDAY=4TH'), '2026-01-01', '2027-12-31'), ['2026-11-26T12:00', '2027-11-25T12:00']);
  assert.deepEqual(await days(rule('20261101', 'FREQ=DAILY;COUNT=2', 'RDATE:20261105T120000Z', 'EXDATE:20261101T120000Z'), '2026-11-01', '2026-11-30'), ['11-02', '11-05']);
  assert.deepEqual(await days(rule('00010101', 'FREQ=DAILY'), '2026-12-03', '2026-12-03'), ['12-03'], 'what began long ago is reached at once');
});

test('a file that is no calendar, half of one, or a great many', { timeout: 60_000 }, async () => {
  const odd = await page.evaluate(() => {
    const tell = (text) => { const c = window.readCalendar(text); return [c.events, c.unread, c.unknown]; };
    const many = `BEGIN:VCALENDAR\n${Array.from({ length: 20_000 }, (_, i) => `BEGIN:VEVENT\nUID:${i}\nDTSTART:20260${1 + (i % 9)}01T100000Z\nDTEND:20260101T110000Z\nRRULE:FREQ=WEEKLY\nSUMMARY:${i}\nEND:VEVENT`).join('\n')}`;
    const from = performance.now();
    const n = window.readCalendar(many).within(Date.UTC(2027, 0, 1), Date.UTC(2027, 0, 8)).length;
    window.readCalendar(`BEGIN:VEVENT\nX;A=${','.repeat(100_000)}\nX${';A='.repeat(50_000)}\nEND:VEVENT`);
    let seed = 7;
    const next = () => (seed = (seed * 48271) % 2147483647);
    const whole = 'BEGIN:VEVENT\nDTSTART;TZID=Europe/Lisbon:20261203T100000\nRRULE:FREQ=MONTHLY;BYDAY=2TU;COUNT=9\nEXDATE:20261203\nDURATION:P1D\nEND:VEVENT\n';
    for (let i = 0; i < 3000; i++) { // what is torn anywhere is read without a fault
      const chars = [...whole.repeat(2)];
      for (let k = 0; k < 5; k++) chars[next() % chars.length] = String.fromCharCode(next() % 128);
      window.readCalendar(chars.slice(0, next() % chars.length).join('')).within(Date.UTC(2026, 11, 1), Date.UTC(2027, 0, 8));
    }
    return {
      empty: tell(''), half: tell('BEGIN:VEVENT\nDTSTART:2026'), zone: tell('BEGIN:VEVENT\nDTSTART;TZID=Mars/Base:20261203T100000\nEND:VEVENT'),
      rule: tell('BEGIN:VEVENT\nDTSTART:20261203T100000Z\nRRULE:FREQ=SECONDLY\nEND:VEVENT'), n, took: performance.now() - from,
    };
  });
  assert.deepEqual([odd.empty, odd.half, odd.zone, odd.rule], [[0, 0, []], [0, 0, []], [1, 0, ['Mars/Base']], [0, 1, []]]);
  assert.equal(odd.n, 20_000);
  console.log(`# 20,000 returning entries and 3,000 torn files: ${odd.took.toFixed(0)} ms`);
});

test('collisions with the day and the morning after are shown, and nothing leaves the browser', () => visit(served, 'held-guard', async (p) => {
  await p.evaluate(() => {
    window.part.days = [
      { day: '2026-12-03', label: 'Medicine session, Thursday 3 December', from: '2026-12-03T07:00:00Z', to: '2026-12-03T22:00:00Z' },
      { day: '2026-12-04', label: 'The morning after, Friday 4 December', from: '06:00', to: '12:00' },
    ];
  });
  await p.getByLabel('Or paste its text').fill('Dear all, see you on Thursday.');
  await p.getByRole('button', { name: 'Look' }).press('Enter');
  await p.locator('.notice').getByText('This does not look like a calendar').waitFor();
  const text = calendar(
    event('SUMMARY:Supervision', 'DTSTART;TZID=GMT Standard Time:20260903T170000', 'DTEND;TZID=GMT Standard Time:20260903T180000', 'RRULE:FREQ=WEEKLY'),
    event('SUMMARY:Afternoon', 'DTSTART:20261204T140000Z', 'DTEND:20261204T150000Z'),
    event('DTSTART:20261205T090000Z', 'RRULE:FREQ=HOURLY'),
  );
  await p.getByLabel('Choose your calendar\'s file').setInputFiles({ name: 'work.ics', mimeType: 'text/calendar', buffer: Buffer.from(text) });
  const first = p.getByRole('region', { name: 'Medicine session, Thursday 3 December' });
  assert.deepEqual(await first.getByRole('listitem').allTextContents(), ['17:00–18:00Supervision']);
  await p.getByRole('region', { name: 'The morning after, Friday 4 December' }).getByText('Nothing is in the way.').waitFor();
  await p.getByText('One entry could not be read').waitFor();
  const kept = await p.evaluate(async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length, (await caches.keys()).length, document.cookie]);
  assert.deepEqual(kept, [0, 0, 0, 0, '']);
  await p.getByRole('button', { name: 'Forget this calendar' }).press('Enter');
  await p.getByLabel('Or paste its text').waitFor();
  assert.doesNotMatch(await p.locator('main').innerText(), /Supervision/);
}));

// Sentences as people write them; each with what should be seen, if anything.
const sentences = [
  ['I keep thinking about my client Anna.', ['Anna']],
  ['My client Tom did not come today.', ['Tom']],
  ['There was a patient of mine, B. K., in the waiting room.', ['B. K.']],
  ['Client M. was in the room with me.', ['M.']],
  ['In the session with J. I felt nothing.', ['J.']],
  ['A new patient called Mário wept the whole hour.', ['Mário']],
  ['Then Mrs. Ferreira came to my mind.', ['Ferreira']],
  ['It reminded me of Sofia Almeida, from years ago.', ['Sofia Almeida']],
  ['I was so worried about Jean-Pierre.', ['Jean-Pierre']],
  ['and Ana said she would not come back.', ['Ana']],
  ['João cried when I told him.', ['João']],
  ['I saw Łukasz’s mother in the street.', ['Łukasz']],
  ['My supervisee Inês van der Berg asked me the same.', ['Inês van der Berg']],
  ['After the hour with my client Anna, Anna told me more.', ['Anna']],
  ['I felt the sea. It was cold, and I was not afraid.', []],
  ['On Monday I went to Lisbon with my sister.', []],
  ['In December we drive to Porto and then New York.', []],
  ['Mum told me to sit. Dad said nothing. Grandma laughed.', []],
  ['My client said that it was enough. My clients are tired.', []],
  ['I saw God, or something like a light.', []],
  ['I read Rilke and listened to Bach.', []],
  ['The Guide asked me to breathe. Something came in.', []],
  ['Grief came in. Nothing asked. Sadness laughed at me.', []],
  ['Then the Guide asked me to lie down, and this River told me more.', []],
  ['I dreamt of Venice, and it reminded me of Paris, where I saw Snow.', []],
  ['I. Am. Here. I said it aloud.', []],
  ['What if I told the truth? Everyone laughed.', []],
  ['I dreamt of a house. A Wednesday, I think.', []],
  ['My client, I noticed, is a part of me.', []],
  ['Seeing Christmas lights, I cried.', []],
  ['I talked to Mum about Easter.', []],
  ['Zoom session with a client at ten.', []],
  ['I thought of the Atlantic, of Sintra, of the train.', []],
  ['I was the patient. The couple next door sang.', []],
  ['EMDR came to mind; IFS too. I told myself no.', []],
  ['Old friends called. Children laughed in the yard.', []],
  ['I felt Love.\nThen Silence.\nThen Home.', []],
  ['Heute war die Angst ein Tier, das im Garten lag, und meine Mutter kam mit dem Wasser, während die Sonne über dem Haus und dem Feld stand. Dann sah ich das Licht saw Licht.', []],
];

test('names: seen where a sentence speaks of a person, and not elsewhere', async () => {
  const wrong = [];
  for (const [text, want] of sentences) {
    const got = await page.evaluate((t) => window.seen(t).map((s) => s.name), text);
    if (JSON.stringify(got) !== JSON.stringify(want)) wrong.push(`“${text}” gave ${JSON.stringify(got)}, not ${JSON.stringify(want)}`);
  }
  none(wrong);
});

test('names: a long page, and one that is made to be hard', { timeout: 30_000 }, async () => {
  const took = await page.evaluate(() => {
    const text = 'I was walking slowly, and I talked to Anna about the rain that came in from the sea, and there was nothing else to be done. '.repeat(800);
    const from = performance.now();
    const found = [text, 'my client Tom ' + 'A'.repeat(5000) + ' ' + 'Aa '.repeat(3000) + 'Aa’'.repeat(3000)].flatMap((t) => window.seen(t));
    return { took: performance.now() - from, found: found.length, length: text.length };
  });
  console.log(`# names in ${took.length} characters: ${took.took.toFixed(0)} ms`);
  assert.ok(took.found > 1);
});

test('names: said once and gently, and never again when that is wished', () => visit(served, 'held-names-guard', async (p) => {
  assert.equal(await p.locator('held-names-guard').isVisible(), false, 'it takes no room while it has nothing to say');
  await p.evaluate(() => { window.part.text = 'My client Anna and, later, Tom cried.'; });
  await p.getByRole('status').filter({ hasText: 'These may be somebody\'s names: “Anna” and “Tom”.' }).waitFor();
  await p.getByRole('button', { name: '“Anna” is fine' }).press('Enter');
  await p.getByRole('status').filter({ hasText: 'This may be somebody\'s name: “Tom”.' }).waitFor();
  assert.deepEqual(await p.evaluate(() => window.part.own), ['Anna']);
  assert.equal(await p.evaluate(() => window.changes), 1);
  await p.evaluate(() => { window.part.own = ['anna', 'TOM']; });
  await until('it to fall silent', async () => !(await p.locator('held-names-guard').isVisible()));
}));
