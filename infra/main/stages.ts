// Starts stages on the log: each reader as a consumer group, so that more processes share its partitions.
import { FRESH } from '../../processors/aggregate/resume.ts'
import { PanesStage } from '../../processors/panes-stage.ts'
import { RollingStage } from '../../processors/rolling-stage.ts'
import type { StageName } from '../../processors/topology.ts'
import { WindowsStage } from '../../processors/windows-stage.ts'
import { createEnrich } from '../../producers/enrich.ts'
import { createPoller } from '../../producers/poll.ts'
import { runPollerUnderLease } from '../../producers/poll-lease.ts'
import { runReports } from '../../sinks/report/report.ts'
import type {
  Clock,
  Consumer,
  EventLog,
  ItemPages,
  PageCache,
  SalesFeed,
  Store,
  Telemetry,
} from '../ports.ts'
import { runProcessor } from '../runtime/run-processor.ts'
import { type Closable, openAfterPast, workAfterPast } from './after-past.ts'
import type { Config } from './config.ts'
import { runDetect } from './detect-part.ts'
import { type Mail, startMailing } from './mail-part.ts'
import type { Reports } from './report-part.ts'
import { dayBeforeEnd } from './rolling-place.ts'
import { checkSameLog } from './same-log.ts'
import { startWriting } from './store-writer-part.ts'

export type StageConfig = Pick<Config, 'pollEveryMs' | 'feedOverlapMs' | 'enrichWaitMs' | 'allowedLatenessMs'>

export interface StageParts {
  readonly config: StageConfig
  readonly log: EventLog
  readonly store: Store
  readonly cache: PageCache
  readonly feed: SalesFeed
  readonly pages: ItemPages
  /** The time of the feed. */
  readonly clock: Clock
  /** The time of the machine: how long to back off. */
  readonly pace: Clock
  readonly telemetry: Telemetry
  /** Uniform in `[0, 1)`: jitter. */
  readonly random: () => number
  /** Where there is none, nobody is told of alerts. */
  readonly mail?: Mail
  /** Where there is none, nobody makes reports. */
  readonly reports?: Reports
  /** Resolves when the past is in the log, or when there is none to write, or when it was given up. */
  readonly pastWritten: Promise<void>
  /** Aborts when the process is to stop: the feed is asked no more. */
  readonly stop: AbortSignal
}

/** A stage that runs. */
export interface RunningStage extends Closable {
  readonly name: StageName
}

const monotonicMs = (): number => performance.now()

type Start = (parts: StageParts) => Promise<RunningStage>

function running(
  name: StageName,
  consumers: readonly Consumer[],
  before?: () => Promise<void>,
): RunningStage {
  return {
    name,
    done: Promise.all(consumers.map(consumer => consumer.done)),
    close: async () => {
      await before?.()
      await Promise.all(consumers.map(consumer => consumer.close()))
    },
  }
}

/** Polls once the past is written, until `stop`. */
const startPoll: Start = async parts => {
  const { config, log, store, feed, clock, telemetry, random } = parts
  const options = { pollEveryMs: config.pollEveryMs, overlapMs: config.feedOverlapMs }
  const stage = workAfterPast(parts, signal => {
    const poller = createPoller({ log, feed, clock, telemetry, random, options })
    return runPollerUnderLease({ store, poller, clock, telemetry, signal })
  })
  return { name: 'poll', ...stage }
}

/** While a past is written, the process that writes it enriches it too. */
const startEnrich: Start = async parts => ({
  name: 'enrich',
  ...openAfterPast(parts.pastWritten, () => consumeFeed(parts)),
})

export async function consumeFeed({
  config,
  log,
  pages,
  cache,
  clock,
  telemetry,
}: Pick<StageParts, 'config' | 'log' | 'pages' | 'cache' | 'clock' | 'telemetry'>): Promise<RunningStage> {
  const options = { enrichWaitMs: config.enrichWaitMs, amendForMs: config.allowedLatenessMs }
  const enrich = createEnrich({ log, pages, cache, clock, telemetry, options })
  const consumer = await log.consume({ group: 'enrich', topic: 'feed', onAssigned: enrich.onAssigned })
  return running('enrich', [consumer], enrich.close)
}

const startPanes: Start = async ({ config, log, telemetry }) => {
  const { allowedLatenessMs } = config
  const outputPartitions = log.partitions('panes')
  const consumer = await runProcessor<'sales', 'panes'>({
    log,
    telemetry,
    stage: 'panes',
    topic: 'sales',
    nowMs: monotonicMs,
    start: (source, resume, emit) =>
      new PanesStage({ allowedLatenessMs, source, outputPartitions }, resume ?? FRESH, emit),
  })
  return running('panes', [consumer])
}

const startWindows: Start = async ({ config, log, telemetry }) => {
  const { allowedLatenessMs } = config
  const [partitions, sources] = [log.partitions('panes'), log.partitions('sales')]
  const consumer = await runProcessor<'panes', 'windows'>({
    log,
    telemetry,
    stage: 'windows',
    topic: 'panes',
    nowMs: monotonicMs,
    start: (partition, resume, emit) => {
      const options = { allowedLatenessMs, partition, partitions, sources, isNew: resume === null }
      return new WindowsStage(options, resume ?? FRESH, emit)
    },
  })
  return running('windows', [consumer])
}

/** Its windows are the present: while a past is written there is nothing for it to say. */
const startRolling: Start = async parts => ({
  name: 'rolling',
  ...openAfterPast(parts.pastWritten, () => consumePanes(parts)),
})

async function consumePanes({ config, log, telemetry }: StageParts): Promise<RunningStage> {
  const { allowedLatenessMs } = config
  const [partitions, sources] = [log.partitions('panes'), log.partitions('sales')]
  const consumer = await runProcessor<'panes', 'leaders'>({
    log,
    telemetry,
    stage: 'rolling',
    topic: 'panes',
    nowMs: monotonicMs,
    from: async partition => (await dayBeforeEnd(log, partition)).from,
    start: async (partition, _resume, emit) => {
      const { endMs: quietUpToMs } = await dayBeforeEnd(log, partition)
      const options = { allowedLatenessMs, partition, partitions, sources, quietUpToMs }
      return new RollingStage(options, emit)
    },
  })
  return running('rolling', [consumer])
}

/** Its baselines are everything there is in `sales`: it reads that first, once the past is written. */
const startDetect: Start = async parts => ({
  name: 'detect',
  ...workAfterPast(parts, signal => runDetect(parts, signal)),
})

const startStoreWriter: Start = async parts => {
  await checkSameLog(parts.log, parts.store)
  return { name: 'store-writer', ...(await startWriting(parts)) }
}

/** Any number of processes may mail at once. */
const startAlertMailer: Start = async parts => {
  const { mail, log, store } = parts
  if (mail === undefined) throw new Error('the alert-mailer needs somewhere to mail to')
  await checkSameLog(log, store)
  return { name: 'alert-mailer', ...(await startMailing({ ...parts, mail })) }
}

/** Any number of processes may make reports: one does at a time. */
const startReport: Start = async parts => {
  const { reports } = parts
  if (reports === undefined) throw new Error('reports need somewhere to be kept')
  return { name: 'report', ...workAfterPast(parts, signal => runReports(reports.parts, signal)) }
}

/** All but `dashboard`, which is started by the product itself. */
const STARTS: Partial<Record<StageName, Start>> = {
  poll: startPoll,
  enrich: startEnrich,
  panes: startPanes,
  windows: startWindows,
  rolling: startRolling,
  detect: startDetect,
  'store-writer': startStoreWriter,
  'alert-mailer': startAlertMailer,
  report: startReport,
}

/** Starts those of `names` that meet in the log. When one cannot start, those that did are closed again. */
export async function startStages(
  names: readonly StageName[],
  parts: StageParts,
): Promise<readonly RunningStage[]> {
  const started: RunningStage[] = []
  try {
    for (const name of names) {
      const start = STARTS[name]
      if (start === undefined) continue
      const stage = await start(parts)
      stage.done.catch(() => {}) // seen by whoever awaits it, which is not before all have started
      started.push(stage)
    }
    return started
  } catch (error) {
    await Promise.allSettled(started.map(stage => stage.close()))
    throw error
  }
}
