// What a log dropped before a stage had read it is told, with the way to get it back.
import { expect, it } from 'vitest'
import { watchMissed } from '../../infra/runtime/missed.ts'
import { runProcessor } from '../../infra/runtime/run-processor.ts'
import { MINUTE_MS } from '../../schemas/time.ts'
import { createStoreWriter } from '../../sinks/store-writer.ts'
import { settled } from '../fakes/clock.ts'
import { createFakeEventLog } from '../fakes/event-log.ts'
import { createFakeStore } from '../fakes/store.ts'
import { createFakeTelemetry } from '../fakes/telemetry.ts'
import { T0 } from '../support/sales.ts'

const tick = (minutes: number) => ({ kind: 'tick', upToMs: T0 + minutes * MINUTE_MS }) as const
const REPAIR = 'bct replay --from 2026-11-20T22:00Z --to 2026-11-21T01:00Z --late --into repaired'

it('[L19] a stage whose next record is gone says how many it missed, and which replay has them', () => {
  const telemetry = createFakeTelemetry()
  const note = watchMissed(telemetry, 'windows', { offset: 5, watermarkMs: T0 })
  const batch = { topic: 'panes', partition: 2, endOffset: 100 } as const
  note({ ...batch, firstOffset: 5, records: [tick(1), tick(2)] })
  expect(telemetry.events).toEqual([])
  note({ ...batch, firstOffset: 17, records: [tick(130)] })
  expect(telemetry.of('counted')).toEqual([{ stage: 'windows', what: 'missed', count: 10 }])
  expect(telemetry.events.at(-1)?.event).toMatchObject({
    ...{ stage: 'windows', topic: 'panes', partition: 2, records: 10, next: REPAIR },
  })
  note({ ...batch, firstOffset: 18, records: [tick(131)] })
  expect(telemetry.of('counted')).toHaveLength(1)
})

it('[L19] a processor and the store-writer say it from where they had been, and nothing at a first start', async () => {
  for (const hasBeenThere of [true, false]) {
    const log = createFakeEventLog()
    const telemetry = createFakeTelemetry()
    const store = createFakeStore()
    if (hasBeenThere) {
      const progress = { stage: 'store-writer', topic: 'windows', partition: 0, offset: 2 } as const
      await store.write({ progress })
    }
    // The log as it is after retention: what it gives begins behind what is asked for.
    const consume: typeof log.consume = async options => {
      const committed = hasBeenThere ? { offset: 2, watermarkMs: T0, finalAtMs: null } : null
      const { task } = await options.onAssigned(0, committed)
      const found = { topic: options.topic, partition: 0, firstOffset: 9, endOffset: 10, records: [tick(1)] }
      await task.handle(found as never)
      return { done: Promise.resolve(), close: async () => {} }
    }
    const writer = createStoreWriter({ store, telemetry })
    await consume({ group: 'store-writer', topic: 'windows', onAssigned: writer.windows })
    await runProcessor<'panes', 'windows'>({
      ...{ log: { ...log, consume }, telemetry, stage: 'windows', topic: 'panes', nowMs: () => 0 },
      start: () => ({
        handle: () => {},
        position: offset => ({ offset, watermarkMs: null, finalAtMs: null }),
      }),
    })
    await settled()
    expect(telemetry.of('counted').map(({ stage, what, count }) => [stage, what, count])).toEqual(
      hasBeenThere
        ? [
            ['store-writer', 'missed', 7],
            ['windows', 'missed', 7],
          ]
        : [],
    )
  }
})
