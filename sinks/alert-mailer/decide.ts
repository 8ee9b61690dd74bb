// Reads alerts and writes down who is to hear of each, with its own place in the log, in one transaction.
import type { ConsumeOptions, PartitionTask } from '../../infra/ports.ts'
import { type Patience, throughOutages } from '../../infra/runtime/through-outages.ts'
import type { Alert } from '../../schemas/alerts.ts'
import { NO_FILTER } from '../../schemas/history.ts'
import type { Notice, OutboxMessage } from '../../schemas/subscriptions.ts'
import { DAY_MS, floorTo, HOUR_MS } from '../../schemas/time.ts'
import { type Circumstances, type Decision, decisionsOn, isNews, needsCoverage } from './core/wants.ts'
import { silenceSeen } from './operator.ts'
import { ALERT_MAILER, type AlertMailerParts } from './parts.ts'

/** Rows of one transaction, whatever the number of subscribers: one alert at least. */
const MAX_DECISIONS = 5_000
const USUAL_DAYS = 7
/** Fewer items than this say nothing of what is usual. */
const MIN_USUAL_ITEMS = 500

/** Share of items with a known genre over the week before the alert's last six hours; null: not known. */
async function usualCoverage({ history }: AlertMailerParts, alert: Alert): Promise<number | null> {
  const toMs = floorTo(alert.atMs, HOUR_MS) - 6 * HOUR_MS
  const query = { fromMs: toMs - USUAL_DAYS * DAY_MS, toMs, filter: NO_FILTER }
  const { items, knownGenreItems } = await history.totals(query)
  return items < MIN_USUAL_ITEMS ? null : knownGenreItems / items
}

interface Decided {
  readonly decisions: Decision[]
  readonly operator: OutboxMessage[]
}

async function decideOn(parts: AlertMailerParts, alerts: readonly Alert[]): Promise<readonly Decided[]> {
  const { subscribers, mutes, clock, pace, webhook } = parts
  const everybody = await subscribers.subscribers()
  const nowMs = pace.nowMs()
  const muted = await mutes.mutes(nowMs)
  const decided: Decided[] = []
  for (const alert of alerts) {
    const feedNowMs = clock.nowMs()
    // What is too old for anybody needs no question to the history.
    const asks = needsCoverage(alert) && isNews(alert) && feedNowMs - alert.atMs <= DAY_MS
    const usual = asks ? await usualCoverage(parts, alert) : null
    const now: Circumstances = { feedNowMs, nowMs, mutes: muted, usualCoverage: usual }
    const silence = silenceSeen(parts, alert, { feedNowMs, nowMs })
    decided.push({
      decisions: [...decisionsOn(alert, everybody, webhook !== null, now)],
      operator: silence === null ? [] : [silence],
    })
  }
  return decided
}

/** Bounds of the transactions: each as many alerts as give about `MAX_DECISIONS` rows. */
function* transactions(decided: readonly Decided[]): Generator<readonly [from: number, to: number]> {
  let from = 0
  let rows = 0
  for (const [at, { decisions }] of decided.entries()) {
    if (at > from && rows + decisions.length > MAX_DECISIONS) {
      yield [from, at]
      from = at
      rows = 0
    }
    rows += decisions.length
  }
  if (decided.length > from) yield [from, decided.length]
}

function tell({ telemetry }: AlertMailerParts, decisions: readonly Decision[]): void {
  const counts = new Map<string, number>()
  for (const { reason } of decisions) {
    const outcome = reason ?? 'told'
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
  }
  for (const [outcome, count] of counts) telemetry.alertDecided({ outcome, count })
}

async function write(
  { outbox }: AlertMailerParts,
  decided: readonly Decided[],
  place: { readonly partition: number; readonly offset: number },
): Promise<void> {
  const operator = decided.flatMap(each => each.operator)
  // First, since the place in the log says that it is done.
  if (operator.length > 0) await outbox.post(operator)
  const notices: Notice[] = []
  const suppressed = []
  for (const { reason, ...notice } of decided.flatMap(each => each.decisions)) {
    if (reason === null) notices.push(notice)
    else suppressed.push({ ...notice, reason })
  }
  await outbox.decide({ notices, suppressed, progress: { stage: ALERT_MAILER, ...place } })
}

/**
 * For `log.consume` of `alerts`. Reading resumes where the store says; what was decided once stays, so that
 * repeats, and two members of a group for a moment, change nothing.
 */
export function createDecider(
  parts: AlertMailerParts,
  stop: AbortSignal,
): ConsumeOptions<'alerts'>['onAssigned'] {
  return async partition => {
    const taken = new AbortController()
    const patience: Patience = {
      clock: parts.pace,
      telemetry: parts.telemetry,
      what: 'store',
      signal: AbortSignal.any([taken.signal, stop]),
    }
    const task: PartitionTask<'alerts'> = {
      async handle({ records, firstOffset, endOffset }) {
        const startedMs = parts.pace.nowMs()
        const decided = await throughOutages(patience, () => decideOn(parts, records))
        for (const [from, to] of transactions(decided)) {
          const slice = decided.slice(from, to)
          await throughOutages(patience, () => write(parts, slice, { partition, offset: firstOffset + to }))
          tell(
            parts,
            slice.flatMap(each => each.decisions),
          )
        }
        const offset = firstOffset + records.length
        parts.telemetry.batchHandled({
          stage: ALERT_MAILER,
          partition,
          records: records.length,
          emitted: decided.reduce((sum, { decisions }) => sum + decisions.length, 0),
          lagRecords: Math.max(0, endOffset - offset),
          durationMs: Math.max(0, parts.pace.nowMs() - startedMs),
        })
        return { offset, watermarkMs: null, finalAtMs: null }
      },
      async revoked() {
        taken.abort()
      },
    }
    const from = await throughOutages(patience, () => parts.progress(ALERT_MAILER, 'alerts', partition))
    return { task, from: from ?? 0 }
  }
}
