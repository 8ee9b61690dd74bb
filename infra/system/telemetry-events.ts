// What each event of the system says and counts: the log line and the metric stand side by side.
import type { Clock, Telemetry } from '../ports.ts'
import type { Say } from './log.ts'
import type { Metrics } from './metrics.ts'

const SECOND_MS = 1_000
/** A normal minute says one line; a trouble that goes on says one line a minute. */
const QUIET_MS = 60_000

/** What the process knows about itself; kept beside the metrics, since those can only be scraped. */
export interface Known {
  readonly counts: {
    polls: number
    baskets: number
    items: number
    duplicates: number
    deadLetters: number
  }
  lastPoll: { readonly result: string; readonly atMs: number } | null
  /** `untilMs`: taken for over when nothing more was heard of it by then. */
  readonly outages: Map<string, { readonly code: string; readonly sinceMs: number; readonly untilMs: number }>
  readonly lag: Map<string, Map<number, number>>
  readonly watermarks: Map<string, number>
}

/** The log, the metrics and the memory that the event functions share. */
export interface Desk {
  readonly clock: Clock
  readonly say: Say
  readonly metrics: Metrics
  readonly known: Known
  readonly label: Readonly<Record<'reason' | 'code' | 'stage', (value: string) => string>>
  readonly addLines: (known: number, unknown: number) => void
  readonly coverage: () => number | null
  /** Says it at most once a minute for each `key`, with how often it was held back. */
  readonly sayRarely: (key: string, ...line: Parameters<Say>) => void
}

export function createRarely(clock: Clock, say: Say): Desk['sayRarely'] {
  const said = new Map<string, { atMs: number; heldBack: number }>()
  return (key, level, component, message, fields) => {
    const before = said.get(key)
    if (before && Math.abs(clock.nowMs() - before.atMs) < QUIET_MS) {
      before.heldBack += 1
      return
    }
    said.set(key, { atMs: clock.nowMs(), heldBack: 0 })
    say(level, component, message, { ...fields, ...(before?.heldBack ? { heldBack: before.heldBack } : {}) })
  }
}

function outageBegan(desk: Desk, what: string, code: string, retryInMs: number): void {
  const { known, clock } = desk
  const nowMs = clock.nowMs()
  const before = known.outages.get(what)
  const sinceMs = before && before.untilMs >= nowMs ? before.sinceMs : nowMs
  known.outages.set(what, { code, sinceMs, untilMs: nowMs + retryInMs + QUIET_MS })
  desk.metrics.outages.inc({ what: desk.label.stage(what), code: desk.label.code(code) })
}

function feedAnswers({ known, clock, say }: Desk): void {
  const outage = known.outages.get('feed')
  if (!outage) return
  known.outages.delete('feed')
  say('info', 'feed', 'answers again', { afterS: Math.round((clock.nowMs() - outage.sinceMs) / SECOND_MS) })
}

export function pollEvents(desk: Desk): Pick<Telemetry, 'pollAnswered' | 'feedOutage' | 'feedGap'> {
  const { known, metrics, clock } = desk
  const sinceLine = { polls: 0, baskets: 0, items: 0 }
  let lineAtMs = clock.nowMs()
  return {
    pollAnswered(e) {
      feedAnswers(desk)
      known.counts.polls += 1
      known.counts.baskets += e.events
      known.counts.items += e.items
      known.counts.duplicates += e.duplicates
      known.lastPoll = { result: e.result, atMs: clock.nowMs() }
      metrics.polls.inc({ result: desk.label.reason(e.result) })
      metrics.events.inc({ stage: 'poll', result: 'new' }, e.events)
      metrics.events.inc({ stage: 'poll', result: 'duplicate' }, e.duplicates)
      metrics.items.inc(e.items)
      desk.say('debug', 'poll', 'answered', e)
      sinceLine.polls += 1
      sinceLine.baskets += e.events
      sinceLine.items += e.items
      if (Math.abs(clock.nowMs() - lineAtMs) < QUIET_MS) return
      const coverage = desk.coverage()
      desk.say('info', 'feed', 'alive', {
        ...sinceLine,
        ...(coverage === null ? {} : { coverage: Number(coverage.toFixed(2)) }),
      })
      Object.assign(sinceLine, { polls: 0, baskets: 0, items: 0 })
      lineAtMs = clock.nowMs()
    },
    feedOutage(e) {
      metrics.polls.inc({ result: 'outage' })
      outageBegan(desk, 'feed', e.code, e.retryInMs)
      desk.sayRarely(`feed ${desk.label.code(e.code)}`, 'warn', 'feed', 'does not answer', { ...e })
    },
    feedGap(e) {
      metrics.gaps.inc({ reason: e.reason }, Math.max(0, e.toMs - e.fromMs) / SECOND_MS)
      const [from, to] = [e.fromMs, e.toMs].map(ms => new Date(ms).toISOString())
      desk.say('warn', 'feed', 'gap: could not be read', { from, to, reason: e.reason })
    },
  }
}

export function stageEvents(
  desk: Desk,
): Pick<Telemetry, 'batchHandled' | 'counted' | 'watermark' | 'deadLettered' | 'outage'> {
  const { known, metrics, label } = desk
  return {
    batchHandled(e) {
      const stage = label.stage(e.stage)
      const lag = known.lag.get(stage) ?? new Map<number, number>()
      known.lag.set(stage, lag.set(e.partition, e.lagRecords))
      metrics.read.inc({ stage }, e.records)
      metrics.emitted.inc({ stage }, e.emitted)
      metrics.lag.set({ stage, partition: e.partition }, e.lagRecords)
      metrics.batches.observe({ stage }, e.durationMs / SECOND_MS)
      desk.say('debug', e.stage, 'batch', e)
    },
    counted(e) {
      metrics.events.inc({ stage: label.stage(e.stage), result: e.what }, e.count)
      desk.say('debug', e.stage, e.what, { count: e.count })
    },
    watermark(e) {
      const stage = label.stage(e.stage)
      known.watermarks.set(stage, e.upToMs)
      metrics.watermark.set({ stage }, e.upToMs / SECOND_MS)
    },
    deadLettered(e) {
      known.counts.deadLetters += 1
      metrics.deadLetters.inc({ stage: label.stage(e.stage), reason: label.reason(e.reason) })
      desk.sayRarely(`dead ${e.stage} ${label.reason(e.reason)}`, 'warn', e.stage, 'dead letter', {
        reason: e.reason,
        error: e.message,
      })
    },
    outage(e) {
      outageBegan(desk, e.what, e.code, e.retryInMs)
      desk.sayRarely(`outage ${e.what} ${label.code(e.code)}`, 'warn', e.what, 'does not answer', {
        code: e.code,
        retryInMs: e.retryInMs,
      })
    },
  }
}

/** Every value comes from a fixed list of ours. */
export function mailEvents({
  metrics,
  say,
}: Desk): Pick<Telemetry, 'alertDecided' | 'mailSettled' | 'mailHealth' | 'reportsSettled'> {
  return {
    alertDecided(e) {
      metrics.alerts.inc({ outcome: e.outcome }, e.count)
      say('debug', 'alert-mailer', 'decided', { ...e })
    },
    mailSettled(e) {
      metrics.mails.inc({ kind: e.kind, result: e.result })
      say('debug', 'alert-mailer', 'message', { ...e })
    },
    mailHealth({ share, overdue }) {
      metrics.mailFailures.set(share ?? Number.NaN)
      metrics.mailOverdue.set(overdue)
    },
    reportsSettled({ lastSuccessMs, missed }) {
      if (lastSuccessMs !== null) metrics.lastReport.set(lastSuccessMs / SECOND_MS)
      metrics.missedReports.inc(missed)
    },
  }
}

export function enrichEvents(desk: Desk): Pick<Telemetry, 'pageFetched' | 'enriched'> {
  const { metrics } = desk
  return {
    pageFetched(e) {
      metrics.pages.observe({ outcome: desk.label.reason(e.outcome) }, e.durationMs / SECOND_MS)
      desk.say('debug', 'enrich', 'page', e)
    },
    enriched(e) {
      metrics.lines.inc({ genre: 'known' }, e.known)
      metrics.lines.inc({ genre: 'unknown' }, e.unknown)
      metrics.amended.inc(e.amended)
      desk.addLines(e.known, e.unknown)
    },
  }
}
