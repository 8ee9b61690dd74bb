// Where `rolling` begins to read: its windows are rebuilt at each start, from the panes of a day.
import { HOUR_MS } from '../../schemas/time.ts'
import type { EventLog } from '../ports.ts'

/** The longest rolling window and the lateness before it: what `rolling` reads again at each start. */
const ROLLING_READS_MS = 25 * HOUR_MS

/** Where to begin so that a day is in memory when the end of the log is reached, and the time of that end. */
export async function dayBeforeEnd(log: EventLog, partition: number) {
  const { end } = (await log.bounds('panes'))[partition]!
  const tail = end === 0 ? null : await log.read('panes', partition, end - 1, 1)
  const last = tail?.records[0]
  const endMs =
    last === undefined
      ? 0
      : last.kind === 'tick'
        ? last.upToMs
        : last.kind === 'gap'
          ? last.toMs
          : last.startMs
  return { endMs, from: await log.offsetAtTime('panes', partition, endMs - ROLLING_READS_MS) }
}
