// When reports are due, what becomes of late, partial and failed ones, and who hears of what.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { workAfterPast } from '../../infra/main/after-past.ts'
import { OutageError, SetupError } from '../../infra/ports.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../schemas/time.ts'
import { reportAttachments } from '../../sinks/report/attachments.ts'
import { addDays, dayInterval, dayOf } from '../../sinks/report/core/day.ts'
import {
  CATCH_UP_DAYS,
  dueAtMs,
  dueDays,
  newestDueDay,
  nextDueAtMs,
} from '../../sinks/report/core/schedule.ts'
import { failedOf, mailDayAgain, makeDay, retryOf } from '../../sinks/report/one-day.ts'
import { reportRound, runReports } from '../../sinks/report/report.ts'
import { createReportWorld, type ReportWorld } from '../support/report-stage.ts'

const NEVER = new AbortController().signal
const LONDON = { zone: 'Europe/London', at: '09:00' }
const iso = (ms: number) => new Date(ms).toISOString()
const ZONES = [
  'UTC',
  'Europe/London',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Africa/Cairo',
  'Pacific/Apia',
]

describe('when a report is due', () => {
  test('[Q6] at its local time on the day after, also where clocks change', () => {
    expect(iso(dueAtMs('2026-10-24', LONDON))).toBe('2026-10-25T09:00:00.000Z')
    expect(iso(dueAtMs('2026-10-23', LONDON))).toBe('2026-10-24T08:00:00.000Z')
    expect(iso(dueAtMs('2026-03-28', { zone: 'Europe/London', at: '01:30' }))).toBe(
      '2026-03-29T01:30:00.000Z',
    )
    expect(iso(dueAtMs('2026-10-24', { zone: 'Europe/London', at: '01:30' }))).toBe(
      '2026-10-25T00:30:00.000Z',
    )
  })

  test('[Q6] every day is due once, a day apart give or take an hour, and the next is after now', () => {
    const instants = fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2030, 0, 1) })
    const times = fc.constantFrom('00:00', '02:30', '09:00', '23:59')
    fc.assert(
      fc.property(instants, fc.constantFrom(...ZONES), times, (nowMs, zone, at) => {
        const schedule = { zone, at }
        const newest = newestDueDay(nowMs, schedule)
        const dueMs = dueAtMs(newest, schedule)
        const nextMs = nextDueAtMs(nowMs, schedule)
        expect(dueMs).toBeLessThanOrEqual(nowMs)
        expect(nextMs).toBe(dueAtMs(addDays(newest, 1), schedule))
        expect(nextMs).toBeGreaterThan(nowMs)
        expect(Math.abs(nextMs - dueMs - DAY_MS)).toBeLessThanOrEqual(HOUR_MS)
        expect(dayInterval(newest, zone).toMs).toBeLessThanOrEqual(dueMs)
        expect(dayOf(dueMs, zone)).toBe(addDays(newest, 1))
      }),
      { numRuns: 300 },
    )
  })

  test('[Q6] a day that the calendar of a zone skips has none', () => {
    const apia = { zone: 'Pacific/Apia', at: '09:00' }
    const after = dueAtMs('2011-12-29', apia)
    expect(newestDueDay(after, apia)).toBe('2011-12-29')
    expect(newestDueDay(nextDueAtMs(after, apia), apia)).toBe('2011-12-31')
  })

  test('[Q6] what is due follows from the store: settled days never again, a week back, and only days it holds', () => {
    const nowMs = dueAtMs('2026-11-21', LONDON)
    const run = (day: string, state: 'sent' | 'failed' | 'skipped' | 'sending') => ({
      day,
      state,
      attempts: 0,
      retryAtMs: 0,
    })
    expect(dueDays({ nowMs: nowMs - 1, firstSaleMs: 0 }, LONDON, [])).not.toContain('2026-11-21')
    expect(dueDays({ nowMs, firstSaleMs: 0 }, LONDON, [])).toEqual(
      Array.from({ length: CATCH_UP_DAYS }, (_, i) => addDays('2026-11-15', i)),
    )
    const runs = [run('2026-11-19', 'sent'), run('2026-11-20', 'sending'), run('2026-11-18', 'failed')]
    const firstSaleMs = Date.UTC(2026, 10, 17, 13)
    expect(dueDays({ nowMs, firstSaleMs }, LONDON, runs)).toEqual(['2026-11-20', '2026-11-21'])
    expect(dueDays({ nowMs, firstSaleMs: null }, LONDON, runs)).toEqual([])
  })
})

const START_MS = Date.UTC(2026, 10, 22, 8, 59)
/** A world whose history begins on the day of the report, so that one report alone is due. */
async function oneDay(startMs = START_MS, zone = 'UTC'): Promise<ReportWorld> {
  const world = await createReportWorld(startMs, zone)
  const first = dayInterval(newestDueDay(startMs + HOUR_MS, { zone, at: '09:00' }), zone).fromMs
  world.extent = { firstSaleMs: first, watermarkMs: Number.MAX_SAFE_INTEGER }
  return world
}
/** Looks every quarter of an hour for so long. */
async function live(world: ReportWorld, hours: number, parts = world.parts('a')): Promise<void> {
  for (let at = 0; at < hours * 4; at++) {
    await reportRound(parts, NEVER)
    await world.clock.advance(15 * MINUTE_MS)
  }
}
const statesOf = async (world: ReportWorld, zone = 'UTC') =>
  (await world.runs.runs(zone, '2026-01-01', '2027-12-31')).map(({ day, state }) => [day, state])
const contents = async (world: ReportWorld) =>
  (await world.mails()).flatMap(({ content }) => (content.kind === 'report' ? [content] : []))

describe('a report goes out', () => {
  test('[Q7] once, at 09:00 local on the day of 25 hours, to those who are active and want it', async () => {
    const world = await oneDay(Date.UTC(2026, 9, 26, 8, 59), 'Europe/London')
    await reportRound(world.parts('a'), NEVER)
    expect(await world.mails()).toEqual([])
    await world.clock.advance(MINUTE_MS)
    await live(world, 12)
    expect(await statesOf(world, 'Europe/London')).toEqual([['2026-10-25', 'sent']])
    const mails = await world.mails()
    expect(mails.map(mail => mail.recipient).sort()).toEqual(
      ['ann', 'bob', 'cleo'].map(n => `${n}@example.org`),
    )
    expect(new Set(mails.map(mail => mail.id)).size).toBe(3)
    expect((await contents(world))[0]?.table?.notes.at(-1)?.text).toContain('25-hour day')
    expect(await world.operatorNews()).toEqual([])
  })

  test('[Q7] waits for the windows of its day, an hour at most', async () => {
    const world = await oneDay(Date.UTC(2026, 10, 22, 9))
    world.extent = { ...world.extent, watermarkMs: Date.UTC(2026, 10, 22, 0, 30) }
    await live(world, 0.75)
    expect(await statesOf(world)).toEqual([])
    world.extent = { ...world.extent, watermarkMs: Date.UTC(2026, 10, 22, 1) }
    await live(world, 0.25)
    expect(await statesOf(world)).toEqual([['2026-11-21', 'sent']])
    const late = await oneDay(Date.UTC(2026, 10, 22, 9))
    late.extent = { ...late.extent, watermarkMs: Date.UTC(2026, 10, 21, 23) }
    late.figures = () => ({ completeness: 0.958 })
    await live(late, 1)
    expect(await late.mails()).toEqual([])
    await live(late, 0.25)
    expect(await late.mails()).toHaveLength(3)
    expect((await contents(late))[0]).toMatchObject({
      isPartial: true,
      subject: expect.stringContaining('PARTIAL'),
    })
  })

  test('[Q7] PARTIAL below 95%, and not at all below 50%: then the operator hears of it', async () => {
    const partial = await oneDay()
    partial.figures = () => ({ completeness: 0.94 })
    await live(partial, 2)
    expect((await contents(partial)).map(({ isPartial }) => isPartial)).toEqual([true, true, true])
    const little = await oneDay()
    little.figures = () => ({ completeness: 0.49 })
    await live(little, 2)
    expect(await statesOf(little)).toEqual([['2026-11-21', 'skipped']])
    expect(await little.mails()).toEqual([])
    expect(await little.operatorNews()).toEqual(['The report of 2026-11-21 was not sent'])
    expect([...little.archive.files.keys()]).toContain('reports/daily/2026/11/2026-11-21.v1.pdf')
  })

  test('[Q8] after three days down: three reports in the archive, one mail that names them', async () => {
    const world = await createReportWorld(Date.UTC(2026, 10, 22, 11))
    world.extent = { firstSaleMs: Date.UTC(2026, 10, 19), watermarkMs: Number.MAX_SAFE_INTEGER }
    await live(world, 6)
    expect(await statesOf(world)).toEqual([
      ['2026-11-19', 'skipped'],
      ['2026-11-20', 'sent'],
      ['2026-11-21', 'sent'],
    ])
    expect([...world.archive.files.keys()].filter(path => path.endsWith('.pdf'))).toHaveLength(3)
    expect(await world.mails()).toHaveLength(3)
    const [content] = await contents(world)
    expect(content?.days).toEqual(['2026-11-19', '2026-11-20', '2026-11-21'])
    expect(content?.table?.notes).toContainEqual({
      label: 'Late',
      text: 'Sent at 11:00, 2 hours late: it was due at 09:00 UTC.',
    })
    expect(content?.table?.earlier.map(({ day }) => day)).toEqual(['2026-11-20', '2026-11-19'])
    expect(content?.subject).toMatch(/^3 reports · Sat 21 Nov: /)
    expect(content?.subject.length).toBeLessThanOrEqual(60)
  })

  test('[Q8] later than 36 hours it is kept, and mailed to nobody', async () => {
    const world = await oneDay(Date.UTC(2026, 10, 23, 8, 59))
    await world.clock.advance(14 * HOUR_MS)
    world.extent = { ...world.extent, firstSaleMs: Date.UTC(2026, 10, 21) }
    world.figures = day => ({ completeness: day === '2026-11-22' ? 0.1 : 1 })
    await live(world, 1)
    expect(await statesOf(world)).toEqual([
      ['2026-11-21', 'skipped'],
      ['2026-11-22', 'skipped'],
    ])
    expect(await world.mails()).toEqual([])
  })

  test('[Q9] what fails is tried again and told to the operator once, never to readers', async () => {
    const world = await oneDay()
    let failures = 0
    const parts = world.parts('a', {
      archive: {
        ...world.archive,
        put: async (...args) => {
          if (failures++ < 6) throw new OutageError('ECONNREFUSED', 's3 is away')
          return world.archive.put(...args)
        },
      },
    })
    await live(world, 5, parts)
    expect(await statesOf(world)).toEqual([['2026-11-21', 'sent']])
    expect(await world.mails()).toHaveLength(3)
    expect(await world.operatorNews()).toEqual(['The report of 2026-11-21 is held up'])
  })

  test('[Q9] what a person must repair is told at once with the next step, and given up after a day and a half', async () => {
    const world = await oneDay()
    const put = async () => {
      throw new SetupError('there is no bucket', 'make it')
    }
    await live(world, 40, world.parts('a', { archive: { ...world.archive, put } }))
    expect((await statesOf(world))[0]).toEqual(['2026-11-21', 'failed'])
    expect(await world.mails()).toEqual([])
    const news = await world.operatorNews()
    expect(news).toContain('The report of 2026-11-21 is held up')
    expect(news).toContain('The report of 2026-11-21 was given up')
  })

  test('[Q10] without a browser the page and the table are kept and mailed, with a note, and the operator is told', async () => {
    const world = await oneDay()
    world.pdf.browser(false)
    await live(world, 2)
    const [content] = await contents(world)
    expect(content?.archived).toEqual(['reports/daily/2026/11/2026-11-21.v1.html'])
    expect(content?.table?.notes.map(({ text }) => text).join('\n')).toMatch(/no PDF/)
    expect(await world.operatorNews()).toEqual(['Reports go out without a PDF'])
    const files = await reportAttachments(content!, world.archive)
    expect(files.map(({ filename }) => filename)).toEqual([
      'bandcamp-2026-11-21.v1.html',
      'bandcamp-2026-11-21.v1.csv',
    ])
  })

  test('[Q10] a PDF that is too large for a mail is left to the archive', async () => {
    const world = await oneDay()
    const large = new TextEncoder().encode(`%PDF-${'x'.repeat(1_500_000)}%%EOF`)
    await live(world, 2, world.parts('a', { pdf: { pdf: async () => large } }))
    const [content] = await contents(world)
    expect(await reportAttachments(content!, world.archive)).toEqual([])
    const small = await oneDay()
    await live(small, 2)
    const [attached] = await reportAttachments((await contents(small))[0]!, small.archive)
    expect(attached).toMatchObject({ filename: 'bandcamp-2026-11-21.v1.pdf', contentType: 'application/pdf' })
  })

  test('two installations on one archive do not mix their reports: the other one takes the next version', async () => {
    const world = await oneDay()
    await world.archive.put(
      'reports/daily/2026/11/2026-11-21.v1.json',
      new TextEncoder().encode('{}'),
      'application/json',
    )
    await live(world, 2)
    expect((await contents(world))[0]?.archived).toEqual(['reports/daily/2026/11/2026-11-21.v2.pdf'])
  })
})

describe('a report that is asked for', () => {
  test('[Q11] other numbers are another version with its difference, mailed only when asked for', async () => {
    const world = await oneDay()
    await live(world, 2)
    const parts = world.parts('cli')
    expect(await makeDay(parts, '2026-11-21', 'as-due')).toMatchObject({
      isNewVersion: false,
      run: { state: 'sent', version: 1 },
    })
    world.figures = () => ({ items: 120 })
    expect(await makeDay(parts, '2026-11-21', 'as-due')).toMatchObject({
      isNewVersion: true,
      run: { state: 'sent', version: 2 },
    })
    expect(await world.mails()).toHaveLength(3)
    const diff = new TextDecoder().decode(
      world.archive.files.get('reports/daily/2026/11/2026-11-21.v2.diff.json'),
    )
    expect(JSON.parse(diff)).toMatchObject({
      from: 1,
      to: 2,
      figures: { items: { before: 100, after: 120 } },
    })
    await live(world, 2)
    expect(await world.mails()).toHaveLength(3)
    expect(await makeDay(parts, '2026-11-21', 'yes')).toMatchObject({
      isNewVersion: false,
      run: { state: 'sent', mailing: 2 },
    })
    expect(await world.mails()).toHaveLength(6)
    const said = (await contents(world)).filter(({ archived }) => archived[0]?.includes('.v2.'))
    const note = said[0]?.table?.notes.find(({ label }) => label === 'Version 2')
    expect(note?.text).toMatch(/^Numbers have changed since version 1\. .*Sales: 120, before 100\./)
  })

  test('[Q11] a day that no schedule looks at any more can be made, and goes out when asked for', async () => {
    const world = await oneDay(Date.UTC(2026, 11, 20, 12))
    world.extent = { ...world.extent, firstSaleMs: 0 }
    expect(await makeDay(world.parts('cli'), '2026-11-21', 'as-due')).toMatchObject({
      run: { state: 'skipped' },
    })
    expect(await makeDay(world.parts('cli'), '2026-11-21', 'yes')).toMatchObject({ run: { state: 'sent' } })
    expect(await world.mails()).toHaveLength(3)
  })

  test('[Q11] a report that nobody subscribes to is made, and is not said to be sent', async () => {
    const world = await oneDay()
    for (const { id } of await world.delivery.subscribers.subscribers()) {
      await world.delivery.subscribers.unsubscribe(id, world.clock.nowMs())
    }
    await live(world, 2)
    expect(await world.runs.runs('UTC', '2026-11-21', '2026-11-21')).toMatchObject([
      { state: 'skipped', version: 1, reason: 'nobody subscribes yet' },
    ])
    expect(world.archive.files.size).toBeGreaterThan(3)
    expect(await world.mails()).toHaveLength(0)
  })

  test('[Q11] while somebody else makes reports, nobody does', async () => {
    const world = await oneDay()
    await world.runs.take('UTC', 'other', world.clock.nowMs(), world.clock.nowMs() + HOUR_MS)
    expect(await makeDay(world.parts('cli'), '2026-11-21', 'as-due')).toBeNull()
  })

  test('[Q11] it goes to all once more, or to those alone whom it did not reach', async () => {
    const world = await oneDay()
    await live(world, 2)
    const [run] = await world.runs.runs('UTC', '2026-11-21', '2026-11-21')
    expect(await mailDayAgain(world.parts('cli'), run!)).toMatchObject({ state: 'sent', mailing: 2 })
    expect(await world.mails()).toHaveLength(6)
    const [one] = await world.mails()
    await world.delivery.outbox.giveUp(one!.id, 'failed', 'no', world.clock.nowMs())
    const failed = failedOf(await world.mails(), '2026-11-21', 'UTC')
    for (let i = 0; i < 2; i++) {
      await world.delivery.outbox.post(failed.map(message => retryOf(message, world.clock.nowMs())))
    }
    const mails = await world.mails()
    expect([mails.length, mails.filter(mail => mail.recipient === one!.recipient).length]).toEqual([7, 3])
  })
})

test('a stage that is closed before the past is written ends all the same', async () => {
  const world = await oneDay()
  const never = { pastWritten: new Promise<void>(() => {}), stop: NEVER }
  const stage = workAfterPast(never, signal => runReports(world.parts('a'), signal))
  await stage.close()
  await stage.done
  expect(await world.mails()).toEqual([])
})
