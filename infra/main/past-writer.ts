// A process of its own that writes the simulated past into the log; started by backfill.ts, ends with its
// parent.
import { systemClock } from '../system/clock.ts'
import { createTelemetry } from '../system/telemetry.ts'
import { openLog } from './open-log.ts'
import { type PastWork, pollPast } from './past.ts'

// Ctrl-C reaches all processes of a terminal; ours ends when its parent says so, or is gone.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit(1))

// By message: arguments can be seen by everybody on the machine, and there may be a password in it.
const work = await new Promise<PastWork>(resolve => {
  process.once('message', message => resolve(message as PastWork))
})
const { telemetry } = createTelemetry({ level: 'warn', clock: systemClock })
const log = await openLog(work.log, outage => telemetry.outage({ what: 'log', ...outage }))
await pollPast({ log, work, clock: systemClock, telemetry })
await log.close()
process.exit(0)
