// What the book of reports promises: on the fake and on PostgreSQL.
import { describe, expect, test } from 'vitest'
import type { ReportRun, ReportRuns, ReportVersion } from '../../infra/ports.ts'

export interface ReportRunsUnderTest {
  /** Empty. */
  open(): Promise<ReportRuns>
}

const T0 = Date.UTC(2026, 10, 22, 9)
const ZONE = 'Europe/London'
const run = (day: string, over: Partial<ReportRun> = {}): ReportRun => ({
  day,
  zone: ZONE,
  state: 'collecting',
  reason: null,
  attempts: 0,
  retryAtMs: 0,
  version: 0,
  mailing: 0,
  mailDay: null,
  changedAtMs: T0,
  ...over,
})
const version = (day: string, over: Partial<ReportVersion> = {}): ReportVersion => ({
  day,
  version: 1,
  asOfMs: T0 + 1,
  isPartial: false,
  headline: 'Sat 21 Nov: 5 sales ‮肉',
  report: '{"title":"𝐺𝑂𝑅𝐸 \\u0000 \\ud800 肉"}\n',
  files: [],
  ...over,
})
const untilMs = T0 + 1_000

export function reportRunsContract({ open }: ReportRunsUnderTest): void {
  describe('the book of reports', () => {
    test('[Q5] gives back what was written, by zone and day, oldest first', async () => {
      const book = await open()
      await book.take(ZONE, 'a', T0, untilMs)
      const files = [{ path: 'x.pdf', bytes: 3, sha256: 'ab' }]
      const full = run('2026-11-21', {
        state: 'sent',
        reason: 'why \u0007 \u{1f600}',
        attempts: 2,
        retryAtMs: T0 + 5,
        version: 3,
        mailing: 2,
        mailDay: '2026-11-22',
      })
      expect(await book.write(ZONE, 'a', { runs: [full, run('2026-11-20')], untilMs })).toBe(true)
      await book.write(ZONE, 'a', { runs: [], version: version('2026-11-21'), untilMs })
      const second = version('2026-11-21', { version: 2, isPartial: true, files })
      await book.write(ZONE, 'a', { runs: [], version: second, untilMs })
      expect(await book.runs(ZONE, '2026-11-20', '2026-11-21')).toEqual([run('2026-11-20'), full])
      expect(await book.runs(ZONE, '2026-11-21', '2026-12-31')).toEqual([full])
      expect(await book.runs('UTC', '2026-01-01', '2026-12-31')).toEqual([])
      expect(await book.versions(ZONE, '2026-11-21')).toEqual([second, version('2026-11-21')])
      expect(await book.versions('UTC', '2026-11-21')).toEqual([])
      await book.write(ZONE, 'a', { runs: [], version: version('2026-11-20'), untilMs })
      const listed = await book.listed(ZONE, '2026-11-20', '2026-11-21')
      expect(listed).toEqual(
        [version('2026-11-20'), version('2026-11-21'), second].map(
          ({ report: _, asOfMs: __, ...rest }) => rest,
        ),
      )
      expect(await book.listed(ZONE, '2026-11-22', '2026-12-31')).toEqual([])
    })

    test('[Q5] a later write of a day or version takes the place of the earlier one', async () => {
      const book = await open()
      await book.take(ZONE, 'a', T0, untilMs)
      const change = { runs: [run('2026-11-21')], version: version('2026-11-21'), untilMs }
      await book.write(ZONE, 'a', change)
      await book.write(ZONE, 'a', change)
      const sent = run('2026-11-21', { state: 'sent' })
      await book.write(ZONE, 'a', { runs: [sent], untilMs })
      expect(await book.runs(ZONE, '2026-11-21', '2026-11-21')).toEqual([sent])
      expect(await book.versions(ZONE, '2026-11-21')).toHaveLength(1)
    })

    test('[Q5] one hand at a time; a hold that is over, or let go of, is free', async () => {
      const book = await open()
      expect(await book.take(ZONE, 'a', T0, T0 + 10)).toBe(true)
      expect(await book.take(ZONE, 'a', T0, T0 + 10)).toBe(true)
      expect(await book.take(ZONE, 'b', T0 + 9, T0 + 20)).toBe(false)
      expect(await book.take('UTC', 'b', T0 + 9, T0 + 20)).toBe(true)
      expect(await book.take(ZONE, 'b', T0 + 10, T0 + 20)).toBe(true)
      expect(await book.take(ZONE, 'a', T0 + 10, T0 + 30)).toBe(false)
      await book.leave(ZONE, 'a')
      expect(await book.take(ZONE, 'a', T0 + 10, T0 + 30)).toBe(false)
      await book.leave(ZONE, 'b')
      await book.leave(ZONE, 'b')
      expect(await book.take(ZONE, 'a', T0 + 10, T0 + 30)).toBe(true)
    })

    test('[Q5] whoever was overtaken writes nothing, even when the other has left', async () => {
      const book = await open()
      await book.take(ZONE, 'a', T0, T0 + 10)
      await book.take(ZONE, 'b', T0 + 10, T0 + 20)
      const change = { runs: [run('2026-11-21')], version: version('2026-11-21'), untilMs }
      expect(await book.write(ZONE, 'a', change)).toBe(false)
      await book.leave(ZONE, 'b')
      expect(await book.write(ZONE, 'a', change)).toBe(false)
      expect(await book.write(ZONE, 'nobody', change)).toBe(false)
      expect(await book.runs(ZONE, '2026-01-01', '2026-12-31')).toEqual([])
      expect(await book.versions(ZONE, '2026-11-21')).toEqual([])
    })

    test('[Q5] a write holds on; of many that take at once one gets it', async () => {
      const book = await open()
      const names = Array.from({ length: 8 }, (_, i) => `p${i}`)
      const taken = await Promise.all(names.map(name => book.take(ZONE, name, T0, T0 + 10)))
      expect(taken.filter(Boolean)).toHaveLength(1)
      const holder = names[taken.indexOf(true)]!
      expect(await book.write(ZONE, holder, { runs: [], untilMs: T0 + 100 })).toBe(true)
      expect(await book.take(ZONE, 'other', T0 + 99, T0 + 200)).toBe(false)
      expect(await book.take(ZONE, 'other', T0 + 100, T0 + 200)).toBe(true)
    })
  })
}
