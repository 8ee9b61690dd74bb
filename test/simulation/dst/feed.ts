// The simulated feed and item pages as one seed makes them, with a list of all that the feed has shown.
import type { FeedAnswer, ItemPages, PageAnswer, SalesFeed } from '../../../infra/ports.ts'
import type { FaultRule } from '../../../producers/simulator/core/faults.ts'
import { Rng } from '../../../producers/simulator/core/random.ts'
import { BASKETS_PER_MINUTE, createWorld, type World } from '../../../producers/simulator/core/world.ts'
import { createSimulatedFeed } from '../../../producers/simulator/feed.ts'
import { HOUR_MS, MINUTE_MS } from '../../../schemas/time.ts'
import type { Owner, Scheduler } from './scheduler.ts'

/** One answer with sales, as it left the feed. */
export interface Shown {
  readonly startMs: number
  readonly endMs: number
  readonly texts: readonly string[]
}

export interface SeededFeed {
  readonly world: World
  feedFor(owner: Owner): SalesFeed
  pagesFor(owner: Owner): ItemPages
  /** The owner writes a tick: the answer it saw last is in the log. */
  took(owner: Owner): void
  readonly taken: ReadonlySet<Shown>
  /** From here on everything answers well. */
  heal(): void
}

const FAULTS = 91
/** Few sales a minute: what matters is the order of steps, not their number. */
const EVENTS_PER_MINUTE = [0.8, 2.5]
const WORLD_SEED = 5
const worlds = new Map<number, World>()

function worldOf(eventsPerMinute: number): World {
  const known = worlds.get(eventsPerMinute)
  if (known !== undefined) return known
  const world = createWorld({ seed: WORLD_SEED, volume: eventsPerMinute / BASKETS_PER_MINUTE })
  worlds.set(eventsPerMinute, world)
  return world
}

/** Rules for the whole run, those of single events too: so an event has one text. */
function faultsOf(rng: Rng, startMs: number): FaultRule[] {
  const rules: FaultRule[] = []
  const some = (): number => (rng.unit() < 0.5 ? 0 : rng.unit() * 0.25)
  const when = (): Pick<FaultRule, 'fromMs' | 'toMs'> => {
    const fromMs = startMs + rng.int(HOUR_MS)
    return { fromMs, toMs: fromMs + rng.int(15 * MINUTE_MS) }
  }
  for (const kind of ['rate-limited', 'server-error', 'hang', 'truncated', 'challenge'] as const)
    rules.push({ kind, rate: some(), retryAfterSeconds: rng.int(20) })
  if (rng.unit() < 0.3) rules.push({ kind: 'silent', ...when() })
  if (rng.unit() < 0.3) rules.push({ kind: 'server-error', ...when() })
  if (rng.unit() < 0.6) rules.push({ kind: 'late-sales', rate: 0.2, delayMinutes: 1 + rng.int(3) })
  if (rng.unit() < 0.4) rules.push({ kind: 'duplicates', rate: 0.2 })
  if (rng.unit() < 0.4) rules.push({ kind: 'schema-drift', rate: 0.1 })
  return rules
}

export function createSeededFeed(scheduler: Scheduler, worldOwner: Owner, seed: number): SeededFeed {
  const rng = new Rng(seed, FAULTS)
  const world = worldOf(EVENTS_PER_MINUTE[rng.int(EVENTS_PER_MINUTE.length)]!)
  const clock = {
    nowMs: () => scheduler.nowMs,
    sleep: (ms: number, signal?: AbortSignal) => scheduler.sleep(worldOwner, ms, signal),
  }
  const rules = faultsOf(rng, scheduler.nowMs)
  const feed = createSimulatedFeed({ world, clock, faults: rules })
  const lastShown = new Map<Owner, Shown>()
  const taken = new Set<Shown>()
  const pageTroubleShare = rng.unit() * 0.5
  let isHealthy = false

  function record(owner: Owner, answer: FeedAnswer): FeedAnswer {
    const seen = answer.kind === 'body' ? shownBy(answer.text) : null
    if (seen !== null) lastShown.set(owner, seen)
    return answer
  }

  function page(url: string): PageAnswer {
    if (!isHealthy && rng.unit() < pageTroubleShare) {
      const troubles: readonly PageAnswer[] = [
        { kind: 'challenged' },
        { kind: 'failed', code: 'timeout' },
        { kind: 'refused', code: 'http-429', retryAfterMs: 2_000 },
      ]
      return troubles[rng.int(troubles.length)]!
    }
    const html = world.pageHtml(url)
    return html === null ? { kind: 'failed', code: 'http-404' } : { kind: 'html', html, finalUrl: url }
  }

  return {
    world,
    feedFor: owner => ({
      get: async (startMs, signal) => {
        const ask = () => feed.get(startMs, signal).then(answer => record(owner, answer))
        return scheduler.step(owner, `feed get ${startMs === null ? 'first' : startMs}`, ask)
      },
    }),
    pagesFor: owner => ({
      get: async url => {
        await scheduler.sleep(owner, rng.int(4_000))
        return scheduler.step(owner, 'page get', () => page(url))
      },
    }),
    took(owner) {
      const seen = lastShown.get(owner)
      if (seen !== undefined) taken.add(seen)
    },
    taken,
    heal() {
      isHealthy = true
      feed.setFaults(rules.filter(rule => rule.kind === 'schema-drift'))
    },
  }
}

/** Read with the plainest means: the product's own reading is what is tested. */
function shownBy(text: string): Shown | null {
  try {
    const body = JSON.parse(text) as { feed_data?: object }
    const head = (body.feed_data ?? body) as Readonly<Record<string, unknown>>
    if (!Array.isArray(head.events)) return null
    const texts = (head.events as readonly unknown[]).map(event => JSON.stringify(event))
    return { startMs: Number(head.start_date) * 1_000, endMs: Number(head.end_date) * 1_000, texts }
  } catch {
    return null
  }
}
