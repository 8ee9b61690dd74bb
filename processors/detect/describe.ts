// Makes the record of an alert: everything a person needs to understand it, from the books and the evidence.
import type { Alert, AlertHour, AlertPart } from '../../schemas/alerts.ts'
import { dimensionOf, keyValue } from '../../schemas/keys.ts'
import { MINUTE_MS } from '../../schemas/time.ts'
import type { KeyTable } from '../aggregate/key-table.ts'
import { LINE_ARTIST, LINE_COUNTRY, LINE_ITEM, type Line } from './evidence.ts'
import type { Books } from './explain.ts'
import type { Finding } from './finding.ts'
import type { OpenAlert } from './open-alert.ts'
import {
  ALL_PURCHASES,
  HOUR_MINUTES,
  KNOWN_PURCHASES,
  LEARNING_DAYS,
  STEADY,
  WINDOW_MINUTES,
} from './tuning.ts'

const TOP = 5
const HOURS = 24
/** Scores and expectations are told to so many decimals: enough to explain, the same on every machine. */
const DECIMALS = 1_000

/** What a page says of an item, where it is still remembered. */
export interface ItemTexts {
  readonly artistName: string
  readonly title: string
  readonly artUrl: string | null
}

export type ItemTextsOf = (url: string) => ItemTexts | null

const rounded = (value: number): number => Math.round(value * DECIMALS) / DECIMALS

/** The facts of an alert that need no evidence. */
export type AlertHead = Pick<
  OpenAlert,
  'id' | 'keyId' | 'kind' | 'threshold' | 'openedMinute' | 'severity' | 'peakScore'
>

export interface Scene {
  readonly books: Books
  readonly keys: KeyTable
  readonly textsOf: ItemTextsOf
  /** Length of the window in minutes, where it is not one of the six. */
  readonly windowMinutes?: number
  /** The key's share of the market: what hours expect. */
  readonly share: number
  readonly firstSeenMinute: number
}

export function describe(head: AlertHead, finding: Finding, scene: Scene): Alert {
  const { books, keys } = scene
  const { market } = books
  const minutes = scene.windowMinutes ?? WINDOW_MINUTES[finding.window]!
  const endMinute = market.minute + 1
  const key = keys.key(head.keyId)
  const isSilence = head.kind === 'feed-silent'
  const parts = new Parts(endMinute - minutes)
  if (!isSilence)
    books.evidence.forEach(head.keyId, endMinute - HOURS * HOUR_MINUTES, endMinute, line => parts.add(line))
  const spread = Math.sqrt(finding.mu + (finding.mu * finding.mu) / finding.r)
  const known = market.sums[ALL_PURCHASES]![STEADY]!
  const ratioWindow = Math.max(
    0,
    WINDOW_MINUTES.findIndex(each => each >= minutes),
  )
  return {
    kind: 'alert',
    id: head.id,
    revision: 0,
    state: 'opened',
    alertKind: head.kind,
    key,
    dimension: dimensionOf(key),
    severity: head.severity,
    openedAtMs: (head.openedMinute + 1) * MINUTE_MS,
    atMs: endMinute * MINUTE_MS,
    closedAtMs: null,
    windowMs: minutes * MINUTE_MS,
    windowEndMs: endMinute * MINUTE_MS,
    purchases: finding.n,
    items: parts.items,
    units: parts.units,
    revenueUsdCents: parts.revenueUsdCents,
    expected: rounded(finding.mu),
    expectedLow: rounded(Math.max(0, finding.mu - spread)),
    expectedHigh: rounded(finding.mu + spread),
    score: rounded(finding.score),
    threshold: head.threshold,
    peakScore: rounded(head.peakScore),
    topReleases: releases(parts, scene),
    topCountries: parts
      .top(parts.countries)
      .map(([id, part]) => ({ country: keyValue(keys.key(id)), ...part })),
    topArtists: parts
      .top(parts.artists)
      .map(([id, part]) => ({ artistHost: keyValue(keys.key(id)), ...part })),
    hours: isSilence ? [] : hoursOf(parts, scene),
    firstSeenMs: scene.firstSeenMinute * MINUTE_MS,
    coverage: known > 0 ? rounded(market.sums[KNOWN_PURCHASES]![STEADY]! / known) : 0,
    partial: market.isPartial(ratioWindow),
    learningDay: market.days < LEARNING_DAYS ? Math.max(1, Math.ceil(market.days)) : null,
    marketRatio: rounded(market.ratio(ratioWindow)),
    isFrenzy: market.isFrenzy,
  }
}

function releases(parts: Parts, { keys, textsOf }: Scene): Alert['topReleases'] {
  return parts.top(parts.releases).map(([id, part]) => {
    const url = keyValue(keys.key(id))
    const { artistName, title, artUrl } = textsOf(url) ?? { artistName: '', title: '', artUrl: null }
    return { url, artistName, title, artUrl, ...part }
  })
}

function hoursOf(parts: Parts, { books: { market }, share }: Scene): readonly AlertHour[] {
  return Array.from({ length: HOURS }, (_, i) => {
    const back = HOURS - i
    let market60 = 0
    for (let m = 0; m < HOUR_MINUTES; m++) market60 += market.purchasesBack((back - 1) * HOUR_MINUTES + m)
    const startMinute = market.minute + 1 - back * HOUR_MINUTES
    return {
      startMs: startMinute * MINUTE_MS,
      purchases: parts.purchasesIn(startMinute, startMinute + HOUR_MINUTES),
      expected: rounded(share * market60),
    }
  })
}

/** Adds up lines: those of the window by release, country and artist, those of the day by minute. */
class Parts {
  items = 0
  units = 0
  revenueUsdCents = 0
  readonly releases = new Map<number, number>()
  readonly countries = new Map<number, number>()
  readonly artists = new Map<number, number>()
  readonly #fromMinute: number
  readonly #byMinute = new Map<number, number>()
  readonly #seen = new Set<string>()
  /** Distinct purchases of the window that are still at hand: a day's at most. */
  #purchases = 0

  constructor(fromMinute: number) {
    this.#fromMinute = fromMinute
  }

  add({ minute, basket, units, paidUsdCents, keys, at }: Line): void {
    const isNew = this.#once(`${minute}/${basket}`)
    if (isNew) this.#byMinute.set(minute, (this.#byMinute.get(minute) ?? 0) + 1)
    if (minute < this.#fromMinute) return
    if (isNew) this.#purchases++
    this.items++
    this.units += units
    this.revenueUsdCents += paidUsdCents
    this.#count(this.releases, minute, basket, keys[at + LINE_ITEM]!)
    this.#count(this.countries, minute, basket, keys[at + LINE_COUNTRY]!)
    this.#count(this.artists, minute, basket, keys[at + LINE_ARTIST]!)
  }

  purchasesIn(fromMinute: number, toMinute: number): number {
    let sum = 0
    for (let m = fromMinute; m < toMinute; m++) sum += this.#byMinute.get(m) ?? 0
    return sum
  }

  top(counts: ReadonlyMap<number, number>): readonly (readonly [number, AlertPart])[] {
    // Ties stay in the order in which they were first sold, which every replay repeats.
    const sorted = [...counts]
      .filter(([id]) => id >= 0)
      .sort((a, b) => b[1] - a[1])
      .slice(0, TOP)
    return sorted.map(([id, n]) => [id, { purchases: n, share: rounded(n / this.#purchases) }])
  }

  #count(counts: Map<number, number>, minute: number, basket: number, id: number): void {
    if (this.#once(`${minute}/${basket}/${id}`)) counts.set(id, (counts.get(id) ?? 0) + 1)
  }

  #once(what: string): boolean {
    const size = this.#seen.size
    return this.#seen.add(what).size > size
  }
}
