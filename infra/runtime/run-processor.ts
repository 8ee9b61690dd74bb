// Runs a pure processor over the partitions that its group gives this process: read, handle, append, commit.

import type { TopicName, TopicRecords } from '../../schemas/topics.ts'
import type { ConsumeOptions, Consumer, Entry, EventLog, Position, Telemetry } from '../ports.ts'
import { watchMissed } from './missed.ts'

/** What a pure processor looks like from outside: no I/O, no clock; outputs leave through `emit`. */
export interface Processor<I extends TopicName> {
  handle(records: readonly TopicRecords[I][], firstOffset: number): void
  /** Where to resume when everything before `nextOffset` has been handled; null: as before, nothing new. */
  position(nextOffset: number): Position | null
  /** What happened since the last call that no record tells; absent where there is nothing to tell. */
  takeCounts?(): readonly StageCount[]
}

export type StageCount = Omit<Parameters<Telemetry['counted']>[0], 'stage'>

export type EmitRecord<O extends TopicName> = (topic: O, partition: number, record: TopicRecords[O]) => void

export interface RunProcessorOptions<I extends TopicName, O extends TopicName> {
  readonly log: EventLog
  readonly telemetry: Telemetry
  /** Stage and consumer group: one name for both. */
  readonly stage: string
  readonly topic: I
  /** Makes the processor of one partition as it was at `resume`; null: from the beginning. */
  start(partition: number, resume: Position | null, emit: EmitRecord<O>): Promise<Processor<I>> | Processor<I>
  /**
   * Where a processor without committed state begins; default: what was committed, else the oldest record.
   */
  from?(partition: number, committed: Position | null): Promise<number>
  /** Monotonic milliseconds, for telemetry only. */
  nowMs(): number
}

/**
 * Outputs of a batch are appended, in order, before its position is handed back to be committed:
 * at-least-once, and identity does the rest. A bug in the processor rejects the consumer's `done`.
 */
export function runProcessor<I extends TopicName, O extends TopicName>(
  options: RunProcessorOptions<I, O>,
): Promise<Consumer> {
  const onAssigned: ConsumeOptions<I>['onAssigned'] = async (partition, committed) => {
    let outputs: Entry[] = []
    const emit: EmitRecord<O> = (topic, to, record) => outputs.push({ topic, partition: to, record } as Entry)
    const processor = await options.start(partition, committed, emit)
    const from = (await options.from?.(partition, committed)) ?? committed?.offset ?? 0
    // A stage with a place of its own asks for no more than the log has.
    const noteMissed = watchMissed(options.telemetry, options.stage, options.from ? null : committed)
    return {
      from,
      task: {
        handle: async batch => {
          const startedMs = options.nowMs()
          outputs = []
          noteMissed(batch)
          processor.handle(batch.records, batch.firstOffset)
          const emitted = outputs
          outputs = []
          if (emitted.length > 0) await options.log.append(emitted)
          const next = batch.firstOffset + batch.records.length
          const position = processor.position(next)
          for (const counted of processor.takeCounts?.() ?? []) {
            if (counted.count > 0) options.telemetry.counted({ stage: options.stage, ...counted })
          }
          options.telemetry.batchHandled({
            stage: options.stage,
            partition,
            records: batch.records.length,
            emitted: emitted.length,
            lagRecords: batch.endOffset - next,
            durationMs: options.nowMs() - startedMs,
          })
          return position
        },
        revoked: async () => {},
      },
    }
  }
  return options.log.consume({ group: options.stage, topic: options.topic, onAssigned })
}
