// The metrics of the system in Prometheus form: names, help and labels in one table.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** Pages take 0.1 s to 10 s (their bound), batches 1 ms to a minute. */
const PAGE_BUCKETS_S = [0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const BATCH_BUCKETS_S = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60]

/** No label takes more different values than this; what comes after them is counted as `other`. */
const MAX_LABEL_VALUES = 40

/**
 * Passes the first few values of a label and folds the rest, so that no input can grow a metric without end.
 */
export function createLabelGuard(maxValues: number = MAX_LABEL_VALUES): (value: string) => string {
  const known = new Set<string>()
  return value => {
    if (known.has(value)) return value
    if (known.size >= maxValues) return 'other'
    known.add(value)
    return value
  }
}

export interface MetricSources {
  /** Seconds that the results are behind the clock; null where nothing is known. */
  lagSeconds(): number | null
  /** Share of the feed's lines with a known genre; null where none came. */
  coverage(): number | null
}

/**
 * A registry of its own with every `bct_` metric; values of `sources` are asked for when somebody scrapes.
 */
export function createMetrics(sources: MetricSources, version: string) {
  const registry = new Registry()
  const registers = [registry]
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name: `bct_${name}`, help, labelNames: [...labelNames], registers })
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Gauge({ name: `bct_${name}`, help, labelNames: [...labelNames], registers })
  const asked = (name: string, help: string, ask: () => number | null) =>
    new Gauge({
      name: `bct_${name}`,
      help,
      registers,
      collect() {
        this.set(ask() ?? Number.NaN)
      },
    })

  collectDefaultMetrics({ register: registry })
  gauge('build_info', 'Always 1; the label says which version runs', ['version']).set({ version }, 1)
  asked('ingest_lag_seconds', 'Clock minus the lowest watermark; NaN: unknown', sources.lagSeconds)
  asked('genre_coverage_ratio', 'Lines of the last hour with a known genre', sources.coverage)

  return {
    registry,
    polls: counter('feed_poll_total', 'Answers of the feed', ['result']),
    events: counter('events_total', 'Feed events (baskets) and what became of them', ['stage', 'result']),
    items: counter('feed_items_total', 'Lines of new baskets', []),
    gaps: counter('feed_gap_seconds_total', 'Event time that could not be read', ['reason']),
    outages: counter('outages_total', 'Times that something outside did not answer', ['what', 'code']),
    deadLetters: counter('dlq_messages_total', 'Dead letters written', ['stage', 'reason']),
    lines: counter('enrich_lines_total', 'Lines at the first look at their genre', ['genre']),
    amended: counter('enrich_amended_total', 'Baskets whose genre was learnt later', []),
    pages: new Histogram({
      name: 'bct_enrich_request_duration_seconds',
      help: 'Item pages fetched',
      labelNames: ['outcome'],
      buckets: PAGE_BUCKETS_S,
      registers,
    }),
    batches: new Histogram({
      name: 'bct_stage_batch_duration_seconds',
      help: 'Time to handle one batch',
      labelNames: ['stage'],
      buckets: BATCH_BUCKETS_S,
      registers,
    }),
    read: counter('stage_records_total', 'Records read by a stage', ['stage']),
    emitted: counter('stage_emitted_total', 'Records written by a stage', ['stage']),
    lag: gauge('stage_lag_records', 'Records not yet read by a stage', ['stage', 'partition']),
    alerts: counter('alerts_total', 'Followed alerts by what was decided of them', ['outcome']),
    mails: counter('mail_deliveries_total', 'Messages and what became of them', ['kind', 'result']),
    mailFailures: gauge(
      'mail_failure_ratio',
      'Letters of 24 hours that do not get out; NaN: none were due',
      [],
    ),
    mailOverdue: gauge('mail_overdue', 'Letters on their way for more than an hour', []),
    lastReport: gauge('report_last_success_timestamp_seconds', 'When a report last went out', []),
    missedReports: counter('report_missed_total', 'Reports given up or not mailed', []),
    watermark: gauge('watermark_timestamp_seconds', 'All before it is done', ['stage']),
  }
}
export type Metrics = ReturnType<typeof createMetrics>
