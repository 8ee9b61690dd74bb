// The natural key of a record: what other tools see beside it in Kafka and Kinesis.
import type { AnyRecord } from './record-time.ts'

/**
 * Basket id, key, dimension, alert or letter id; null for ticks and gaps, which go to every partition. It
 * says whose record it is, never where it goes: stages choose partitions themselves.
 */
export function recordKey(record: AnyRecord): string | null {
  switch (record.kind) {
    case 'basket':
    case 'alert':
    case 'dead-letter':
      return record.id
    case 'settled':
      return record.letterId
    case 'sale':
      return record.basketId
    case 'amend':
      return record.sale.basketId
    case 'pane':
    case 'window':
      return record.key
    case 'leaders':
      return record.dimension
    default:
      return null
  }
}
