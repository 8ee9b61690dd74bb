// What the operator hears of reports: never what readers hear.
import { outboxMessage } from '../../infra/runtime/outbox-message.ts'
import type { ReportParts } from './parts.ts'

export interface OperatorNews {
  /** What makes it one message, however often it is noticed. */
  readonly about: string
  readonly subject: string
  readonly lines: readonly string[]
}

/** A warning in the log, and a message where there is an address. */
export async function tellOperator(
  {
    outbox,
    operatorEmail,
    pace,
    telemetry,
  }: Pick<ReportParts, 'outbox' | 'operatorEmail' | 'pace' | 'telemetry'>,
  { about, subject, lines }: OperatorNews,
): Promise<void> {
  telemetry.warn(subject, { about, what: lines[0] })
  if (operatorEmail === null) return
  const message = outboxMessage({
    dedupeKey: `operator:${about}`,
    channel: 'mail',
    subscriberId: null,
    recipient: operatorEmail,
    content: { kind: 'operator', subject, lines },
    dueAtMs: pace.nowMs(),
  })
  await outbox.post([message])
}
