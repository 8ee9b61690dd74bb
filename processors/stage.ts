// What every processor stage looks like to whoever runs it.
import type { TopicName } from '../schemas/topics.ts'

/** Collects one output record; the runner appends them in this order before it commits. */
export type Emit<T extends TopicName, R> = (topic: T, partition: number, record: R) => void

/** See `Position` in infra/ports.ts, whose shape this is. */
export interface ProcessorPosition {
  readonly offset: number
  readonly watermarkMs: number | null
  readonly finalAtMs: number | null
}
