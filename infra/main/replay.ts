// Builds results again from the log, with the same processors chained in memory, beside the live ones.
import type { Interval } from '../../schemas/time.ts'
import { type EventLog, OutageError } from '../ports.ts'
import type { Begun, ReplayPart } from '../postgres/replays/registry.ts'
import type { Replays } from '../postgres/replays/replays.ts'
import { type Config, type Mode, storeSchema } from './config.ts'
import { CommandError, EXIT } from './errors.ts'
import type { Progress } from './progress.ts'
import { openReplayParts, type ReplayParts } from './replay-resources.ts'
import { rebuildRows } from './replay-rows.ts'
import { ANY_LATENESS_MS, offsetsAt, type ReplayWork, rebuildWindows } from './replay-windows.ts'

export interface ReplayOptions {
  readonly config: Config
  readonly mode: Mode
  readonly interval: Interval
  /** Name of the schema that the results go to. */
  readonly into: string
  readonly parts: readonly ReplayPart[]
  /** Counts sales however late they came, to the end of the log. */
  readonly late: boolean
  /** Starts the progress display, once it is known how much there is. */
  readonly startProgress: (title: string, total: number) => Progress
  /** Milliseconds of any origin, for the rate. */
  readonly nowMs: () => number
  readonly signal: AbortSignal
  readonly say: (text: string) => void
}

/** What the schema holds afterwards. */
export interface ReplayResult {
  readonly items: number
  readonly baskets: number
  readonly windows: number
  readonly gaps: number
  /** Watermark of the log that was reached; null where it was interrupted. */
  readonly upToMs: number | null
}

/** Somebody else's replay into the same schema is waited for so long. */
const LEASE_WITHIN_MS = 2_000

/**
 * Windows that lie wholly in the interval and rows of the sales sold in it, as they are once everything
 * within the allowed lateness has come. Interrupted, the same call goes on where it stopped; with other
 * parameters it starts again; a finished one is left as it is.
 */
export async function replay(options: ReplayOptions): Promise<ReplayResult> {
  const parts = await openReplayParts(options.config, options.mode)
  try {
    await checkName(parts.replays, options.into)
    return await underLease(parts, options)
  } finally {
    await parts.close()
  }
}

async function checkName(replays: Replays, into: string): Promise<void> {
  if ((await replays.read(into)) !== null) return
  const fix = 'choose another name: only what a replay has made is ever overwritten'
  throw new CommandError(EXIT.precondition, `schema ${into} is there already and is no replay`, fix)
}

async function underLease(parts: ReplayParts, options: ReplayOptions): Promise<ReplayResult> {
  const { into, signal } = options
  const lease = await parts.replays.lease(
    into,
    AbortSignal.any([signal, AbortSignal.timeout(LEASE_WITHIN_MS)]),
  )
  if (lease === null) {
    const fix = 'wait for it, or choose another name'
    throw new CommandError(EXIT.precondition, `another replay is writing into ${into}`, fix)
  }
  try {
    const result = await rebuild(parts, options, AbortSignal.any([signal, lease.lost]))
    if (!lease.lost.aborted) return result
    throw new OutageError('lease-lost', `the database let go of the lease on ${into}`)
  } finally {
    await lease.release()
  }
}

async function rebuild(
  { log, replays, openStore }: ReplayParts,
  options: ReplayOptions,
  signal: AbortSignal,
): Promise<ReplayResult> {
  const { config, mode, interval, into, say } = options
  const live = storeSchema(config, mode)
  const allowedLatenessMs = options.late ? ANY_LATENESS_MS : config.allowedLatenessMs
  const untilMs = interval.toMs + allowedLatenessMs
  const starts = await offsetsAt(log, interval.fromMs)
  const ends = await endsOf(log)
  const stops = options.late ? ends : await offsetsAt(log, untilMs)
  if (starts.every((start, p) => start === stops[p])) {
    throw new CommandError(EXIT.notFound, 'the log holds nothing of that time', 'see bct log stat')
  }
  const params = { ...interval, mode, live, parts: options.parts, allowedLatenessMs, starts }
  const begun = await replays.begin(into, params, untilMs)
  say(SAID[begun](into))
  const store = await openStore(into)
  try {
    if (begun !== 'finished') {
      const { windowsUpToMs } = await replays.contents(into)
      const toRead = stops.reduce((sum, stop, p) => sum + stop - starts[p]!, 0) * options.parts.length
      const shown = showProgress(options, toRead)
      const work = { log, store, interval, allowedLatenessMs, ends, onRead: shown.onRead }
      try {
        await runParts(options.parts, work, { starts, windowsUpToMs, signal })
      } finally {
        shown.stop()
      }
      if (!signal.aborted) await replays.finish(into)
    }
    const { windowsUpToMs: _, ...contents } = await replays.contents(into)
    const info = await replays.read(into)
    return { ...contents, upToMs: info?.finishedAtMs == null ? null : info.upToMs }
  } finally {
    await store.close()
  }
}

interface From {
  readonly starts: readonly number[]
  /** What is in the store already. */
  readonly windowsUpToMs: number | null
  readonly signal: AbortSignal
}

/** Side by side: while the database takes the rows of one, the other is made. One that fails stops both. */
async function runParts(
  parts: readonly ReplayPart[],
  work: Omit<ReplayWork, 'signal'>,
  from: From,
): Promise<void> {
  const failed = new AbortController()
  const signal = AbortSignal.any([from.signal, failed.signal])
  const run = (part: ReplayPart): Promise<unknown> =>
    part === 'sales'
      ? rebuildRows({ ...work, signal }, from.starts)
      : rebuildWindows({ ...work, signal }, from.windowsUpToMs)
  const results = await Promise.allSettled(
    parts.map(part =>
      run(part).catch((error: unknown) => {
        failed.abort()
        throw error
      }),
    ),
  )
  for (const result of results) if (result.status === 'rejected') throw result.reason
}

const SAID: Readonly<Record<Begun, (into: string) => string>> = {
  new: into => `building ${into}`,
  resumed: into => `going on with ${into} where it stopped`,
  restarted: into => `${into} was built with other parameters, or promoted: starting again`,
  finished: into => `${into} is complete already: nothing to do (bct replay drop ${into} makes room)`,
}

const SECOND_MS = 1_000

function showProgress({ startProgress, nowMs }: ReplayOptions, total: number) {
  const progress = startProgress('Replay', Math.max(1, total))
  const startedMs = nowMs()
  let read = 0
  return {
    onRead: (records: number) => {
      read += records
      const perSecond = Math.round((read * SECOND_MS) / Math.max(1, nowMs() - startedMs))
      progress.update(Math.min(read, total), `${perSecond.toLocaleString('en')} records/s`)
    },
    stop: () => progress.stop(),
  }
}

async function endsOf(log: EventLog): Promise<readonly number[]> {
  return (await log.bounds('sales')).map(({ end }) => end)
}
