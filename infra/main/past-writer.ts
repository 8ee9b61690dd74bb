// A process of its own that writes the simulated past into the log; started by backfill.ts, ends with its
// parent.
import { openLmdbLog } from '../lmdb/log.ts'
import { systemClock } from '../system/clock.ts'
import { createTelemetry } from '../system/telemetry.ts'
import { type PastWork, pollPast } from './past.ts'

// Ctrl-C reaches all processes of a terminal; ours ends when its parent says so, or is gone.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit(1))

const work = JSON.parse(process.argv[2]!) as PastWork
const { telemetry } = createTelemetry({ level: 'warn', clock: systemClock })
const log = await openLmdbLog({ dir: work.logDir, partitions: work.partitions })
await pollPast({ log, work, clock: systemClock, telemetry })
await log.close()
process.exit(0)
