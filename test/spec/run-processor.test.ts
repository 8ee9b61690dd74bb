// Running a processor on a log: what it tells besides its records.
import { expect, it } from 'vitest'
import { runProcessor } from '../../infra/runtime/run-processor.ts'
import { FRESH } from '../../processors/aggregate/resume.ts'
import { PanesStage } from '../../processors/panes-stage.ts'
import { HOUR_MS, MINUTE_MS } from '../../schemas/time.ts'
import { settled } from '../fakes/clock.ts'
import { createFakeEventLog } from '../fakes/event-log.ts'
import { createFakeTelemetry } from '../fakes/telemetry.ts'
import { sale, T0 } from '../support/sales.ts'

it('[W6] what comes after the allowed lateness is told as too late, and a basket met again as a duplicate', async () => {
  const log = createFakeEventLog({ partitions: 1 })
  const telemetry = createFakeTelemetry()
  const consumer = await runProcessor<'sales', 'panes'>({
    log,
    telemetry,
    stage: 'panes',
    topic: 'sales',
    nowMs: () => 0,
    start: (source, resume, emit) =>
      new PanesStage({ allowedLatenessMs: HOUR_MS, source, outputPartitions: 1 }, resume ?? FRESH, emit),
  })
  const tick = (upToMs: number) => ({ kind: 'tick', upToMs }) as const
  const records = [
    tick(T0),
    sale('a', T0 - MINUTE_MS),
    sale('a', T0 - MINUTE_MS),
    tick(T0 + HOUR_MS),
    sale('b', T0 - 1),
    sale('c', T0 - 2 * HOUR_MS),
    sale('d', T0),
  ]
  await log.append(records.map(record => ({ topic: 'sales', partition: 0, record })))
  while ((await log.committed('panes', 'sales'))[0] == null) await settled()
  expect(telemetry.of('counted')).toEqual([
    { stage: 'panes', what: 'duplicate', count: 1 },
    { stage: 'panes', what: 'too-late', count: 2 },
  ])
  await consumer.close()
})
