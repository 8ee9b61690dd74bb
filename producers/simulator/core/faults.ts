// What can go wrong at the source, on demand: rules, and which of them strike, decided by a seed.
import type { FeedEvent } from '../../../schemas/feed.ts'
import { hash, hashUnit } from './random.ts'

/** Faults of a whole answer, of the feed or of a page. */
export const ANSWER_FAULTS = [
  'rate-limited', // 429 with Retry-After
  'server-error', // 503
  'hang', // no answer at all
  'truncated', // the answer breaks off in its middle
  'silent', // the feed's end_date stands still
  'challenge', // an anti-bot page with status 200
  'huge', // an answer of very many bytes
] as const
/** Faults of single events: `rate` is a share of events. */
export const EVENT_FAULTS = [
  'late-sales', // missing at first, there when the minute is asked for again
  'duplicates', // twice in one answer
  'schema-drift', // a field missing, renamed or absurd, or an unknown event type
] as const
export type FaultKind = (typeof ANSWER_FAULTS)[number] | (typeof EVENT_FAULTS)[number]

export interface FaultRule {
  readonly kind: FaultKind
  /** Whose answers; the feed's where absent. Pages are never silent. */
  readonly on?: 'feed' | 'pages'
  /** Share of answers (or events) in [0, 1]; 1 where absent. */
  readonly rate?: number
  /** Only while the clock is in `[fromMs, toMs)`. */
  readonly fromMs?: number
  readonly toMs?: number
  /** At most so many answers; without bound where absent. Not for faults of events. */
  readonly times?: number
  /** `rate-limited`: seconds to wait. */
  readonly retryAfterSeconds?: number
  /** `late-sales`: minutes after the minute was first shown; 1 where absent. */
  readonly delayMinutes?: number
  /** `huge`: bytes of padding. */
  readonly bytes?: number
}

export interface Faults {
  /** Replaces all rules; counts begin anew. */
  set(rules: readonly FaultRule[]): void
  rules(): readonly FaultRule[]
  /** How often each kind struck an answer since the beginning. */
  struck(): Readonly<Partial<Record<FaultKind, number>>>
  /** The first rule that strikes the next answer, or null. */
  next(on: 'feed' | 'pages', nowMs: number): FaultRule | null
  /** The rule for single events of this kind that holds now, or null. */
  eventRule(kind: (typeof EVENT_FAULTS)[number], nowMs: number): FaultRule | null
}

const ANSWERS = 71
const answerKinds: ReadonlySet<string> = new Set(ANSWER_FAULTS)

function holds({ fromMs = -Infinity, toMs = Infinity }: FaultRule, nowMs: number): boolean {
  return fromMs <= nowMs && nowMs < toMs
}

/** Which answers are struck depends on the seed, the rule's place and the number of the answer alone. */
export function createFaults(seed: number, initial: readonly FaultRule[] = []): Faults {
  let rules = initial
  let answers = 0
  let used = new Map<FaultRule, number>()
  const struck: Partial<Record<FaultKind, number>> = {}
  return {
    set(next) {
      rules = next
      used = new Map()
    },
    rules: () => rules,
    struck: () => struck,
    next(on, nowMs) {
      answers++
      const found = rules.find(
        (rule, place) =>
          answerKinds.has(rule.kind) &&
          (rule.on ?? 'feed') === on &&
          holds(rule, nowMs) &&
          (used.get(rule) ?? 0) < (rule.times ?? Infinity) &&
          hashUnit(seed, ANSWERS, answers, place) < (rule.rate ?? 1),
      )
      if (found === undefined) return null
      used.set(found, (used.get(found) ?? 0) + 1)
      struck[found.kind] = (struck[found.kind] ?? 0) + 1
      return found
    },
    eventRule: (kind, nowMs) => rules.find(rule => rule.kind === kind && holds(rule, nowMs)) ?? null,
  }
}

/** Whether an event, by the start of its minute and its place there, is struck: the same in every answer. */
export function strikesEvent(seed: number, rule: FaultRule, minuteMs: number, place: number): boolean {
  return hashUnit(seed, hash(seed, rule.kind.length), minuteMs / 60_000, place) < (rule.rate ?? 1)
}

type Json = Record<string, unknown>

/** What a changed or broken source might send. `item` is a copy that may be changed. */
const DRIFTS: readonly ((event: Json, item: Json) => void)[] = [
  (_, item) => {
    delete item.url
  },
  (_, item) => {
    item.usd_amount = item.amount_paid_usd
    delete item.amount_paid_usd
  },
  (_, item) => {
    item.utc_date = 'yesterday'
  },
  (_, item) => {
    item.amount_paid_usd = -1e308
  },
  (_, item) => {
    item.item_type = 'hologram'
  },
  event => {
    event.event_type = 'refund'
  },
  event => {
    event.items = []
  },
  event => {
    event.items = null
  },
]

/** The event's text after a drift chosen by `choice`, a uint32. */
export function driftedText(event: FeedEvent, choice: number): string {
  const copy = structuredClone(event) as unknown as Json
  const [item] = copy.items as [Json]
  DRIFTS[choice % DRIFTS.length]!(copy, item)
  return JSON.stringify(copy)
}

const NUMBERS = ['rate', 'fromMs', 'toMs', 'times', 'retryAfterSeconds', 'delayMinutes', 'bytes'] as const
/** More padding than this only fills memory. */
export const MAX_HUGE_BYTES = 256 * 1024 * 1024

/** Rules from parsed JSON (an array of objects); throws a TypeError that says what is wrong. */
export function faultRulesOf(value: unknown): readonly FaultRule[] {
  if (!Array.isArray(value)) throw new TypeError('an array of fault rules is wanted')
  const kinds: readonly string[] = [...ANSWER_FAULTS, ...EVENT_FAULTS]
  for (const rule of value as Json[]) {
    if (typeof rule !== 'object' || rule === null) throw new TypeError('a fault rule is an object')
    if (!kinds.includes(rule.kind as string)) throw new TypeError(`kind must be one of ${kinds.join(', ')}`)
    if (rule.on !== undefined && rule.on !== 'feed' && rule.on !== 'pages') {
      throw new TypeError('on must be feed or pages')
    }
    for (const name of NUMBERS) {
      const number = rule[name]
      if (number !== undefined && !(Number.isFinite(number) && (number as number) >= 0)) {
        throw new TypeError(`${name} must be a number of 0 or more`)
      }
    }
    if (((rule.bytes as number | undefined) ?? 0) > MAX_HUGE_BYTES) throw new TypeError('bytes is too much')
  }
  return value as FaultRule[]
}
