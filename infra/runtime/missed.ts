// Says so where a log dropped records before a stage had read them: its results lack them until a replay.
import { recordTimeMs } from '../../schemas/record-time.ts'
import { floorTo, HOUR_MS } from '../../schemas/time.ts'
import type { Batch, Position, Telemetry } from '../ports.ts'

const hourText = (ms: number): string => new Date(ms).toISOString().slice(0, 13).concat(':00Z')

/**
 * Hand it every batch, in order. `committed`: where the stage had been; null: nowhere yet, and what was
 * dropped before its first record is none of its own.
 */
export function watchMissed(
  telemetry: Pick<Telemetry, 'counted' | 'warn'>,
  stage: string,
  committed: Pick<Position, 'offset' | 'watermarkMs'> | null,
): (batch: Batch) => void {
  let nextOffset = committed?.offset ?? null
  let readToMs = committed?.watermarkMs ?? null
  return ({ topic, partition, firstOffset, records }) => {
    const count = firstOffset - (nextOffset ?? firstOffset)
    const first = records[0]
    if (count > 0 && first !== undefined) {
      const fromMs = floorTo(readToMs ?? recordTimeMs(first), HOUR_MS)
      const toMs = floorTo(recordTimeMs(first), HOUR_MS) + HOUR_MS
      telemetry.counted({ stage, what: 'missed', count })
      telemetry.warn('records were dropped by retention before they were read; a replay has them', {
        ...{ stage, topic, partition, records: count },
        next: `bct replay --from ${hourText(fromMs)} --to ${hourText(toMs)} --late --into repaired`,
      })
    }
    for (const record of records) if (record.kind === 'tick') readToMs = record.upToMs
    nextOffset = firstOffset + records.length
  }
}
