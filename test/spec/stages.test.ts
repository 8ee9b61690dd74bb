// Starting stages: one that cannot start closes the others, which may be waiting for a past.
import { expect, it } from 'vitest'
import type { StageParts } from '../../infra/main/stages.ts'
import { startStages } from '../../infra/main/stages.ts'
import { createFakeClock } from '../fakes/clock.ts'
import { createFakeEventLog } from '../fakes/event-log.ts'
import { createFakeStore } from '../fakes/store.ts'
import { createFakeTelemetry } from '../fakes/telemetry.ts'

it('[C26] a stage that cannot start ends the start, also while others wait for a past that is never written', async () => {
  const clock = createFakeClock(0)
  const forAnotherLog = { ...createFakeStore(), progress: async () => 1_000 }
  const parts = {
    config: { pollEveryMs: 1_000, feedOverlapMs: 0, enrichWaitMs: 0, allowedLatenessMs: 0 },
    log: createFakeEventLog(),
    store: forAnotherLog,
    clock,
    pace: clock,
    telemetry: createFakeTelemetry(),
    random: () => 0.5,
    pastWritten: new Promise<void>(() => {}),
    stop: new AbortController().signal,
  } as unknown as StageParts
  const names = ['poll', 'enrich', 'rolling', 'detect', 'store-writer'] as const
  await expect(startStages(names, parts)).rejects.toThrow(/filled from another log/)
})
