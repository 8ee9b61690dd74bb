// What the header of the page says: is it alive, how far behind, how much is known.
import type { Clock } from '../../infra/ports.ts'
import { NO_FILTER } from '../../schemas/history.ts'
import { MINUTE_MS } from '../../schemas/time.ts'
import type { Status } from '../core/api.ts'
import type { Clients } from './clients.ts'
import type { LiveHub } from './hub.ts'
import type { Summaries } from './summaries.ts'

/** What the feed's own side knows; read anew whenever it is needed. */
export interface FeedInfo {
  readonly mode: Status['mode']
  /** Why a simulated feed runs where nobody asked for it; null otherwise. */
  readonly modeReason: string | null
  /** Progress of writing the first history, 0..1; null when there is none under way. */
  readonly historyProgress: number | null
  /** How far the watermark is behind the clock when all is well: the feed's delay and the poll's rhythm. */
  readonly ownLagMs: number
  /** Older minutes are being read, to get back to the present. */
  readonly catchingUp: boolean
}

export type StageLag = Status['stages'][number]

/** Silence may be an accident of three minutes; after that it is said. */
export const SILENT_AFTER_MS = 3 * MINUTE_MS
/** Records not yet handled, beyond which a late watermark is our own doing and not the feed's. */
const BEHIND_RECORDS = 200

interface Times {
  readonly watermarkMs: number | null
  readonly startedAtMs: number
  readonly nowMs: number
}

/** `alive`, unless something better explains why the numbers do not reach the present. */
export function stateOf(
  feed: FeedInfo,
  { watermarkMs, startedAtMs, nowMs }: Times,
  stages: readonly StageLag[],
): Status['state'] {
  if (feed.historyProgress !== null || feed.catchingUp) return 'catching-up'
  // A feed that never answered since we began is as silent as one that stopped.
  const countedToMs = watermarkMs ?? startedAtMs
  if (nowMs - countedToMs <= SILENT_AFTER_MS + feed.ownLagMs) {
    return watermarkMs === null ? 'starting' : 'alive'
  }
  return stages.some(stage => (stage.lagRecords ?? 0) > BEHIND_RECORDS) ? 'catching-up' : 'silent'
}

export interface StatusOptions {
  /** When this dashboard began. */
  readonly startedAtMs: number
  readonly feed: () => FeedInfo
  readonly stages: () => Promise<readonly StageLag[]>
  readonly summaries: Summaries
  readonly hub: LiveHub
  readonly clock: Clock
  readonly deadLetters: () => Promise<readonly Status['deadLetters'][number][]>
  readonly mail: () => Promise<Status['mail']>
  readonly report: () => Promise<Status['report']>
  readonly clients: Pick<Clients, 'sawUntrustedProxy'>
}

export async function readStatus(options: StatusOptions): Promise<Status> {
  const { feed, stages, summaries, hub, clock } = options
  const [pulse, lags, held, letters, mail, report] = await Promise.all([
    ...([summaries.pulse(), stages(), summaries.recent(NO_FILTER, 1)] as const),
    ...([options.deadLetters(), options.mail(), options.report()] as const),
  ])
  const { watermarkMs, firstSaleMs } = summaries.extent()
  const info = feed()
  const newest = hub.newest(NO_FILTER, 1)[0] ?? held[0]
  const nowMs = clock.nowMs()
  return {
    mode: info.mode,
    modeReason: info.modeReason,
    state: stateOf(info, { watermarkMs, startedAtMs: options.startedAtMs, nowMs }, lags),
    nowMs,
    watermarkMs,
    lastSaleMs: newest?.soldAtMs ?? null,
    firstSaleMs,
    coverage:
      pulse === null || pulse.lastDay.items === 0
        ? null
        : pulse.lastDay.knownGenreItems / pulse.lastDay.items,
    historyProgress: info.historyProgress,
    itemsPerMinute: pulse?.itemsPerMinute ?? null,
    stages: [...lags],
    deadLetters: [...letters],
    mail,
    report,
    untrustedProxy: options.clients.sawUntrustedProxy(),
  }
}
