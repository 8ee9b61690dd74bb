// Laws of the simulator: a seed fixes every byte, order of asking does not matter, and polling loses nothing.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createWorld, type World } from '../../producers/simulator/core/world.ts'
import { createSimulatedFeed } from '../../producers/simulator/feed.ts'
import { MINUTE_MS } from '../../schemas/time.ts'

const FIRST_MINUTE = Date.UTC(2025, 0, 1) / MINUTE_MS
const LAST_MINUTE = Date.UTC(2028, 0, 1) / MINUTE_MS

const minute = fc.integer({ min: FIRST_MINUTE, max: LAST_MINUTE }).map(n => n * MINUTE_MS)
const textOf = (world: World, at: number) => world.eventsOfMinute(at).map(event => event.text)

const shared = createWorld({ seed: 42 })

describe('the world', () => {
  it('[X1] gives the same bytes for the same seed, and others for another', () => {
    fc.assert(
      fc.property(fc.integer(), minute, (seed, at) => {
        const once = textOf(createWorld({ seed }), at)
        expect(textOf(createWorld({ seed }), at)).toEqual(once)
        expect(textOf(createWorld({ seed: seed + 1 }), at)).not.toEqual(once)
      }),
      { numRuns: 12 },
    )
  })

  it('[X1] gives each minute independently of which were asked before', () => {
    fc.assert(
      fc.property(fc.array(minute, { minLength: 2, maxLength: 8 }), minutes => {
        const fresh = createWorld({ seed: 42 })
        const forwards = new Map(minutes.map(at => [at, textOf(fresh, at)]))
        for (const at of [...minutes].reverse()) expect(textOf(shared, at)).toEqual(forwards.get(at))
      }),
      { numRuns: 12 },
    )
  })
})

describe('the feed', () => {
  it('[X4] shows every event exactly once to whoever chains end_date, at any rhythm', async () => {
    const startMs = Date.UTC(2026, 10, 21, 9)
    const rhythm = fc.array(fc.integer({ min: 1_000, max: 500_000 }), { minLength: 1, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(rhythm, async waits => {
        let nowMs = startMs + 75_000
        const clock = { nowMs: () => nowMs, sleep: async () => {} }
        const feed = createSimulatedFeed({ world: shared, clock })
        const seen: unknown[] = []
        let cursorMs = startMs
        for (const wait of waits) {
          nowMs += wait
          const answer = await feed.get(cursorMs)
          const body = JSON.parse(answer.kind === 'body' ? answer.text : '')
          if (body.events === undefined) continue
          seen.push(...body.events)
          expect(body.start_date * 1000).toBe(cursorMs)
          cursorMs = body.end_date * 1000
        }
        const truth = []
        for (let at = startMs; at < cursorMs; at += MINUTE_MS) truth.push(...shared.eventsOfMinute(at))
        expect(seen).toEqual(truth.map(({ event }) => event))
      }),
      { numRuns: 15 },
    )
  })
})
