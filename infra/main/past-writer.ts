// A process of its own that writes the simulated past into the log, polled and enriched; started by
// backfill.ts, ends with its parent.
import { createWorld } from '../../producers/simulator/core/world.ts'
import { createSimulatedFeed, createSimulatedPages } from '../../producers/simulator/feed.ts'
import { systemClock as clock } from '../system/clock.ts'
import { createTelemetry } from '../system/telemetry.ts'
import { openLog } from './open-log.ts'
import { enrichedUpTo, type PastWork, pollPast, worldFacts } from './past.ts'
import { consumeFeed } from './stages.ts'

// Ctrl-C reaches all processes of a terminal; ours ends when its parent says so, or is gone.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit(1))

// By message: arguments can be seen by everybody on the machine, and there may be a password in it.
const work = await new Promise<PastWork>(resolve => {
  process.once('message', message => resolve(message as PastWork))
})
const { telemetry } = createTelemetry({ level: 'warn', clock })
const log = await openLog(work.log, outage => telemetry.outage({ what: 'log', ...outage }))
const world = createWorld({ seed: work.seed, volume: work.volume })
const pages = createSimulatedPages(createSimulatedFeed({ world, clock }), clock)
const { config } = work
const enrich = await consumeFeed({ config, log, pages, cache: worldFacts(world), clock, telemetry })
const written = pollPast({ log, world, work, clock, telemetry }).then(() =>
  enrichedUpTo(log, work.toMs, clock),
)
await Promise.race([written, enrich.done])
await enrich.close()
await log.close()
process.exit(0)
