// The simulated feed: answers as Bandcamp's does, from a world and a clock, with faults on demand.
import type { Clock, ItemPages, SalesFeed } from '../../infra/ports.ts'
import { floorTo, MINUTE_MS, SECOND_MS } from '../../schemas/time.ts'
import { createFaults, driftedText, type FaultKind, type FaultRule, strikesEvent } from './core/faults.ts'
import { CHALLENGE_PAGE } from './core/pages.ts'
import { hash } from './core/random.ts'
import type { SimulatedEvent, World } from './core/world.ts'
import { type Answer, answer, HTML_TYPE, JSON_TYPE, type Reply, spoilt } from './replies.ts'

/** The widest window anybody saw: older starts are answered from here on. */
const CLAMP_MS = 600_000
/** A minute is shown so long after its end. */
const PUBLICATION_LAG_MS = 11_000
/** The initial view: the last two complete minutes. */
const INITIAL_MS = 2 * MINUTE_MS
/** What the feed calls data_delay_sec: how long Bandcamp's own page waits before it shows a sale. */
const DATA_DELAY_SECONDS = 120
/** Minutes whose text is kept: those of one widest answer, its overlap and a few more. */
const MINUTES_KEPT = 16
/** How long a caller in the same process waits for an answer that does not come. */
const HANG_MS = 30_000
const DRIFT = 72

export interface FeedStatus {
  readonly seed: number
  readonly nowMs: number
  /** What end_date is now, were the feed not silent. */
  readonly endMs: number
  readonly faults: readonly FaultRule[]
  /** How often each kind of fault struck an answer. */
  readonly struck: Readonly<Partial<Record<FaultKind, number>>>
}

export interface SimulatedFeed extends SalesFeed {
  /** The answer to `get?start_date=` (epoch seconds) or, for null, to `get_initial`. */
  reply(startSeconds: number | null): Reply
  /** The item page of an absolute or scheme-less URL; status 404 where there is none. */
  page(url: string): Reply
  /** Replaces all fault rules. */
  setFaults(rules: readonly FaultRule[]): void
  status(): FeedStatus
}

export interface SimulatedFeedOptions {
  readonly world: World
  /** Simulated time: the feed shows what the world holds up to its now. */
  readonly clock: Clock
  readonly clampMs?: number
  readonly publicationLagMs?: number
  readonly faults?: readonly FaultRule[]
}

interface Minute {
  readonly events: readonly SimulatedEvent[]
  readonly texts: readonly string[]
  readonly joined: string
}

/** Texts of the minutes asked for last; each is made once for all answers that hold it. */
function createMinutes(world: World): (minuteMs: number) => Minute {
  const kept = new Map<number, Minute>()
  return minuteMs => {
    const known = kept.get(minuteMs)
    if (known !== undefined) return known
    const events = world.eventsOfMinute(minuteMs)
    const texts = events.map(event => event.text)
    const minute = { events, texts, joined: texts.join(',') }
    kept.set(minuteMs, minute)
    if (kept.size > MINUTES_KEPT) kept.delete(kept.keys().next().value!)
    return minute
  }
}

/** What the faults of events make of a minute's texts at `nowMs`. */
function createEventFaults(world: World, faults: ReturnType<typeof createFaults>, lagMs: number) {
  return (minute: Minute, minuteMs: number, nowMs: number): readonly string[] => {
    const late = faults.eventRule('late-sales', nowMs)
    const twice = faults.eventRule('duplicates', nowMs)
    const drift = faults.eventRule('schema-drift', nowMs)
    if (late === null && twice === null && drift === null) return minute.texts
    const struck = (rule: FaultRule | null, place: number) =>
      rule !== null && strikesEvent(world.seed, rule, minuteMs, place)
    const shownLateMs = minuteMs + MINUTE_MS + lagMs + (late?.delayMinutes ?? 1) * MINUTE_MS
    return minute.texts.flatMap((text, place) => {
      if (nowMs < shownLateMs && struck(late, place)) return []
      const shown = struck(drift, place)
        ? driftedText(minute.events[place]!.event, hash(world.seed, DRIFT, minuteMs / MINUTE_MS, place))
        : text
      return struck(twice, place) ? [shown, shown] : [shown]
    })
  }
}

/**
 * Speaks FEED.md 1.1 and 1.4: whole minutes, the widest window `clampMs`, `{server_time}` alone where the
 * start is too recent. In-process calls see what the HTTP adapter would: bodies, or outages `http-<status>`,
 * `timeout` and `challenged`.
 */
export function createSimulatedFeed(options: SimulatedFeedOptions): SimulatedFeed {
  const { world, clock, clampMs = CLAMP_MS, publicationLagMs = PUBLICATION_LAG_MS } = options
  const faults = createFaults(world.seed, options.faults)
  const minuteOf = createMinutes(world)
  const textsOf = createEventFaults(world, faults, publicationLagMs)
  let lastEndMs: number | null = null
  const endAt = (nowMs: number) => floorTo(nowMs - publicationLagMs, MINUTE_MS)

  const minuteText = (minuteMs: number, fromMs: number, nowMs: number): string => {
    const minute = minuteOf(minuteMs)
    const texts = textsOf(minute, minuteMs, nowMs)
    if (fromMs <= minuteMs) return texts === minute.texts ? minute.joined : texts.join(',')
    // A start within a minute: from that second on. Faults of events keep to whole minutes.
    return minute.texts.filter((_, i) => minute.events[i]!.soldAtMs >= fromMs).join(',')
  }
  const show = (startMs: number, endMs: number, nowMs: number): string => {
    const parts: string[] = []
    for (let at = floorTo(startMs, MINUTE_MS); at < endMs; at += MINUTE_MS) {
      const text = minuteText(at, startMs, nowMs)
      if (text !== '') parts.push(text)
    }
    const bounds = `"start_date":${startMs / SECOND_MS},"end_date":${endMs / SECOND_MS}`
    const head = `${bounds},"data_delay_sec":${DATA_DELAY_SECONDS}`
    return `{${head},"events":[${parts.join(',')}],"server_time":${Math.floor(nowMs / SECOND_MS)}}`
  }
  const goodAnswer = (startSeconds: number | null, endMs: number, nowMs: number): Answer => {
    if (startSeconds === null) {
      return answer(200, JSON_TYPE, `{"feed_data":${show(endMs - INITIAL_MS, endMs, nowMs)}}`)
    }
    const startMs = Math.max(Math.floor(startSeconds) * SECOND_MS, endMs - clampMs)
    if (startMs < endMs) return answer(200, JSON_TYPE, show(startMs, endMs, nowMs))
    return answer(200, JSON_TYPE, `{"server_time":${Math.floor(nowMs / SECOND_MS)}}`)
  }
  const reply = (startSeconds: number | null): Reply => {
    const nowMs = clock.nowMs()
    const rule = faults.next('feed', nowMs)
    const endMs = rule?.kind === 'silent' ? (lastEndMs ?? endAt(nowMs)) : endAt(nowMs)
    lastEndMs = endMs
    return spoilt(rule, () => goodAnswer(startSeconds, endMs, nowMs))
  }

  return {
    reply,
    async get(startMs, signal) {
      const made = reply(startMs === null ? null : Math.floor(startMs / SECOND_MS))
      if (made.kind === 'hang') {
        await clock.sleep(HANG_MS, signal)
        return { kind: 'outage', code: 'timeout', retryAfterMs: null }
      }
      if (made.text === CHALLENGE_PAGE) return { kind: 'outage', code: 'challenged', retryAfterMs: null }
      if (made.status === 200) return { kind: 'body', text: made.text }
      const retryAfterMs = made.retryAfterSeconds === null ? null : made.retryAfterSeconds * SECOND_MS
      return { kind: 'outage', code: `http-${made.status}`, retryAfterMs }
    },
    page(url) {
      return spoilt(faults.next('pages', clock.nowMs()), () => {
        const html = world.pageHtml(url)
        return html === null
          ? answer(404, HTML_TYPE, '<title>Sorry, that something isn’t here.</title>')
          : answer(200, HTML_TYPE, html)
      })
    },
    setFaults: rules => faults.set(rules),
    status() {
      const nowMs = clock.nowMs()
      return {
        seed: world.seed,
        nowMs,
        endMs: endAt(nowMs),
        faults: faults.rules(),
        struck: faults.struck(),
      }
    },
  }
}

/** Item pages without a socket: the same pages and faults as the server's. */
export function createSimulatedPages(feed: SimulatedFeed, clock: Clock): ItemPages {
  return {
    async get(url, signal) {
      const made = feed.page(url)
      if (made.kind === 'hang') {
        await clock.sleep(HANG_MS, signal)
        return { kind: 'failed', code: 'timeout' }
      }
      if (made.text === CHALLENGE_PAGE) return { kind: 'challenged' }
      if (made.status === 200) return { kind: 'html', html: made.text, finalUrl: url }
      if (made.status !== 429) return { kind: 'failed', code: `http-${made.status}` }
      const retryAfterMs = made.retryAfterSeconds === null ? null : made.retryAfterSeconds * SECOND_MS
      return { kind: 'refused', code: 'http-429', retryAfterMs }
    },
  }
}
