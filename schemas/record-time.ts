// The one time of each record: what logs index, seek and forget by.
import type { TopicName, TopicRecords } from './topics.ts'

export type AnyRecord = TopicRecords[TopicName]

/**
 * Epoch milliseconds of what a record speaks of: the sale, the start of a pane or window, the end of a gap or
 * rolling window, the bound of a tick, the arrival of a dead letter, when it was settled, the watermark of an
 * alert. 0 for kinds not known here.
 */
export function recordTimeMs(record: AnyRecord): number {
  switch (record.kind) {
    case 'tick':
      return record.upToMs
    case 'gap':
      return record.toMs
    case 'basket':
    case 'sale':
      return record.soldAtMs
    case 'amend':
      return record.sale.soldAtMs
    case 'pane':
    case 'window':
      return record.startMs
    case 'leaders':
      return record.endMs
    case 'alert':
    case 'dead-letter':
    case 'settled':
      return record.atMs
    default:
      return 0
  }
}
