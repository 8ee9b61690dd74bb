// Reports under deaths: whichever call of a port is the last one of a process, and however many work at once.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { OutageError } from '../../infra/ports.ts'
import { HOLD_MS } from '../../sinks/report/hands.ts'
import type { ReportParts } from '../../sinks/report/parts.ts'
import { reportRound } from '../../sinks/report/report.ts'
import { settled } from '../fakes/clock.ts'
import { createReportWorld, type ReportWorld } from '../support/report-stage.ts'

const START_MS = Date.UTC(2026, 10, 22, 9, 0)
const NEVER = new AbortController().signal

/** What happens at a call: 'cut' before or after it had its effect, nothing answers any more. */
type Fate = 'go' | 'die-before' | 'die-after' | 'fail-before' | 'fail-after'

/** The ports of a process, each call of which goes through `fate`; once dead it stays so. */
function mortal(
  parts: ReportParts,
  fate: (call: number) => Promise<Fate>,
): ReportParts & { calls(): number } {
  let calls = 0
  let isDead = false
  const never = new Promise<never>(() => {})
  const guarded = <T extends object>(port: T): T =>
    new Proxy(port, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        return async (...args: unknown[]) => {
          if (isDead) return never
          const what = await fate(calls++)
          if (isDead || what === 'die-before') {
            isDead = true
            return never
          }
          if (what === 'fail-before') throw new OutageError('cut', 'cut before')
          const result: unknown = await value.apply(target, args)
          if (what === 'die-after') isDead = true
          if (what === 'fail-after') throw new OutageError('cut', 'cut after')
          return isDead ? never : result
        }
      },
    })
  return {
    ...parts,
    runs: guarded(parts.runs),
    archive: guarded(parts.archive),
    pdf: guarded(parts.pdf),
    outbox: guarded(parts.outbox),
    subscribers: guarded(parts.subscribers),
    history: guarded(parts.history),
    calls: () => calls,
  }
}

/** Rounds of a process that lives, until nothing is left to do. */
async function finish(world: ReportWorld, parts: ReportParts): Promise<void> {
  for (let i = 0; i < 12; i++) {
    await world.clock.advance(HOLD_MS)
    await reportRound(parts, NEVER).catch(error => {
      if (!(error instanceof OutageError)) throw error
    })
  }
}

/** A down-time of two days is what is tried: two reports, one mail. */
async function expectOnce(world: ReportWorld): Promise<void> {
  const runs = await world.runs.runs('UTC', '2026-11-20', '2026-11-30')
  expect(runs.map(({ day, state, mailing }) => [day, state, mailing])).toEqual([
    ['2026-11-20', 'sent', 1],
    ['2026-11-21', 'sent', 1],
  ])
  const told = (await world.mails()).flatMap(({ recipient, content }) =>
    content.kind === 'report' ? content.days.map(day => `${recipient} ${day}`) : [],
  )
  const readers = ['ann', 'bob', 'cleo']
  expect(told.sort()).toEqual(readers.flatMap(r => ['20', '21'].map(d => `${r}@example.org 2026-11-${d}`)))
  const kinds = ['csv', 'html', 'json', 'pdf', 'sha256']
  const expected = ['20', '21'].flatMap(d => kinds.map(k => `reports/daily/2026/11/2026-11-${d}.v1.${k}`))
  expect([...world.archive.files.keys()].sort()).toEqual(expected)
}

async function downForTwoDays(): Promise<ReportWorld> {
  const world = await createReportWorld(START_MS)
  world.extent = { firstSaleMs: Date.UTC(2026, 10, 20, 1), watermarkMs: Number.MAX_SAFE_INTEGER }
  return world
}

/** A world moves on while it is read: another attempt would read other numbers. */
const restless = (world: ReportWorld): void => {
  let reads = 100
  world.figures = () => ({ items: reads++ })
}

describe('a report stage that dies', () => {
  test('[Q1] at any call of a port leaves one mail for each and every file once, made by the next', async () => {
    const whole = await downForTwoDays()
    const living = mortal(whole.parts('a'), async () => 'go')
    await finish(whole, living)
    await expectOnce(whole)
    expect(await whole.mails()).toHaveLength(3)
    const perRound = 60
    expect(living.calls()).toBeGreaterThan(perRound)
    for (let at = 0; at < perRound; at++) {
      for (const fate of ['die-before', 'die-after'] as const) {
        const world = await downForTwoDays()
        restless(world)
        const dying = mortal(world.parts('a'), async call => (call === at ? fate : 'go'))
        void reportRound(dying, NEVER)
        await world.clock.advance(0)
        for (let i = 0; i < 5; i++) await settled()
        await finish(world, world.parts('b'))
        await expectOnce(world)
        expect(await world.mails()).toHaveLength(3)
      }
    }
  })

  test('[Q2] any number of them, slow, failing and dying at random, with clocks that go on, leave the same', async () => {
    const fates = fc.constantFrom<Fate>(
      'go',
      'go',
      'go',
      'go',
      'go',
      'go',
      'fail-before',
      'fail-after',
      'die-after',
    )
    const process = fc.record({
      fates: fc.array(fates, { maxLength: 120 }),
      pauses: fc.array(fc.nat(HOLD_MS * 2), { maxLength: 20 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(process, { minLength: 2, maxLength: 4 }), async plans => {
        const world = await downForTwoDays()
        restless(world)
        plans.forEach(({ fates, pauses }, i) => {
          const parts = mortal(world.parts(`p${i}`), async call => {
            // Some calls take long: meanwhile somebody else may take over, and this one comes back late.
            if (call % 3 === i % 3) await world.clock.sleep(pauses[call % (pauses.length || 1)] ?? 0)
            return fates[call] ?? 'go'
          })
          void (async () => {
            for (let round = 0; round < 6; round++) {
              await reportRound(parts, NEVER).catch(error => {
                if (!(error instanceof OutageError)) throw error
              })
              await world.clock.sleep(HOLD_MS / 2)
            }
          })()
        })
        for (let i = 0; i < 40; i++) await world.clock.advance(HOLD_MS / 2)
        await finish(world, world.parts('last'))
        await expectOnce(world)
      }),
      { numRuns: 60 },
    )
  })
})
