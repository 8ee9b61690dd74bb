// The dead letters among the records of their topic.
import type { DeadLetter, DeadLetterRecord } from '../../schemas/records.ts'

export function lettersIn(records: readonly DeadLetterRecord[]): readonly DeadLetter[] {
  return records.filter(record => record.kind === 'dead-letter')
}
