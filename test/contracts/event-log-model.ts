// Random appends, reads, restarts and consumers against a plain array: the log must say the same.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { EventLog } from '../../infra/ports.ts'
import {
  basket,
  type EventLogHarness,
  eventually,
  idsOf,
  inFeed,
  type MakeHarness,
  witness,
} from './event-log-helpers.ts'

const PARTITIONS = 3

type Step =
  | { readonly do: 'append'; readonly to: readonly number[] }
  | { readonly do: 'append many'; readonly to: number; readonly count: number }
  | { readonly do: 'read'; readonly partition: number; readonly from: number; readonly max: number }
  | { readonly do: 'seek'; readonly partition: number; readonly timeMs: number }
  | { readonly do: 'reopen' }
  | { readonly do: 'consume' }

const partition = fc.nat(PARTITIONS - 1)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('append' as const), to: fc.array(partition, { maxLength: 9 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('append many' as const),
      to: partition,
      count: fc.integer({ min: 1, max: 2_500 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      partition,
      from: fc.oneof(fc.nat(40), fc.nat(4_000)),
      max: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 5_000 })),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('seek' as const),
      partition,
      timeMs: fc.oneof(fc.nat(100), fc.nat(5_000)),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'reopen' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'consume' as const }) },
)

interface Model {
  /** Ids by partition. */
  readonly ids: string[][]
  readonly timesMs: number[][]
  /** Committed offset by partition. */
  readonly committed: number[]
  appended: number
}

export function describeModel(makeHarness: MakeHarness, runs: number): void {
  test('[L10] appends, reads, seeks, restarts and groups agree with a plain array', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async steps => {
        const harness = await makeHarness({ partitions: PARTITIONS })
        const model: Model = { ids: [[], [], []], timesMs: [[], [], []], committed: [0, 0, 0], appended: 0 }
        let log = await harness.open()
        try {
          for (const one of steps) log = await take(one, log, model, harness)
        } finally {
          await log.close()
          await harness.remove()
        }
      }),
      { numRuns: runs },
    )
  })
}

async function append(log: EventLog, model: Model, to: readonly number[]): Promise<void> {
  const entries = to.map(p => {
    const id = `b${model.appended++}`
    // Times rise with steps back, as real ones do: what is reached first, and where, is seldom the same.
    const timeMs = model.appended + ((model.appended * 7_919) % 61)
    model.ids[p]!.push(id)
    model.timesMs[p]!.push(timeMs)
    return inFeed(p, basket(id, timeMs))
  })
  await log.append(entries)
}

async function take(one: Step, log: EventLog, model: Model, harness: EventLogHarness): Promise<EventLog> {
  switch (one.do) {
    case 'append':
      await append(log, model, one.to)
      return log
    case 'append many':
      await append(log, model, new Array<number>(one.count).fill(one.to))
      return log
    case 'read': {
      const ids = model.ids[one.partition]!
      const batch = await log.read('feed', one.partition, one.from, one.max)
      expect(idsOf(batch.records)).toEqual(ids.slice(one.from, one.from + one.max))
      expect(batch.endOffset).toBe(ids.length)
      return log
    }
    case 'seek': {
      const times = model.timesMs[one.partition]!
      const index = times.findIndex(timeMs => timeMs >= one.timeMs)
      const found = await log.offsetAtTime('feed', one.partition, one.timeMs)
      expect(found).toBe(index < 0 ? times.length : index)
      return log
    }
    case 'reopen':
      await log.close()
      return harness.open()
    case 'consume':
      await consumeAll(log, model)
      return log
  }
}

/** A member joins, reads all that is new to the group, and leaves. */
async function consumeAll(log: EventLog, model: Model): Promise<void> {
  const member = await witness(log)
  const due = model.ids.map((ids, p) => ids.slice(model.committed[p]))
  await eventually(() => {
    expect(due.map((_, p) => member.seen.get(p) ?? [])).toEqual(due)
    expect(member.holding.size).toBe(PARTITIONS)
  })
  await member.consumer.close()
  const committed = await log.committed('group', 'feed')
  for (const [p, ids] of model.ids.entries()) {
    model.committed[p] = ids.length
    expect(committed[p]?.offset ?? 0).toBe(ids.length)
  }
}
