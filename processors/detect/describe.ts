// Makes the record of an alert: everything a person needs to understand it, from the books and the evidence.
import type { Alert, AlertHour, AlertPart, AlertSize } from '../../schemas/alerts.ts'
import { dimensionOf, type Key, keyValue } from '../../schemas/keys.ts'
import { MINUTE_MS } from '../../schemas/time.ts'
import type { KeyTable } from '../aggregate/key-table.ts'
import type { Line } from './evidence-hour.ts'
import type { Books } from './explain.ts'
import type { Counted, Finding } from './finding.ts'
import type { OpenAlert } from './open-alert.ts'
import { Tally } from './tally.ts'
import {
  ALL_PURCHASES,
  EVIDENCE_MINUTES,
  HOUR_MINUTES,
  KNOWN_PURCHASES,
  LEARNING_DAYS,
  STEADY,
  WINDOW_MINUTES,
} from './tuning.ts'

const TOP = 5
const HOURS = EVIDENCE_MINUTES / HOUR_MINUTES
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
  readonly windowMinutes: number
  /** The key's share of the market: what hours expect. */
  readonly share: number
  readonly firstSeenMinute: number
}

/** What a window held up to `endMinute`, and the range in which two of three such windows lie. */
export function sizeOf({ n, mu, r }: Counted, minutes: number, endMinute: number): AlertSize {
  const spread = Math.sqrt(mu + (mu * mu) / r)
  return {
    windowMs: minutes * MINUTE_MS,
    windowEndMs: endMinute * MINUTE_MS,
    purchases: n,
    expected: rounded(mu),
    expectedLow: rounded(Math.max(0, mu - spread)),
    expectedHigh: rounded(mu + spread),
  }
}

export function describe(head: AlertHead, finding: Finding, scene: Scene): Alert {
  const { books, keys } = scene
  const { market } = books
  const minutes = scene.windowMinutes
  const endMinute = market.minute + 1
  const key = keys.key(head.keyId)
  const isSilence = head.kind === 'feed-silent'
  const parts = new Parts(books.keyOf, endMinute - minutes, endMinute)
  if (!isSilence)
    books.evidence.forEach(head.keyId, endMinute - EVIDENCE_MINUTES, endMinute, line => parts.add(line))
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
    ...sizeOf(finding, minutes, endMinute),
    items: parts.items,
    units: parts.units,
    revenueUsdCents: parts.revenueUsdCents,
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

/** What lies before the log is not shown as nothing. */
function hoursOf(parts: Parts, { books: { market }, share }: Scene): readonly AlertHour[] {
  const known = Math.min(HOURS, Math.floor((market.minute + 1 - market.firstMinute) / HOUR_MINUTES))
  return Array.from({ length: known }, (_, i) => {
    const back = known - i
    let market60 = 0
    for (let m = 0; m < HOUR_MINUTES; m++) market60 += market.purchasesBack((back - 1) * HOUR_MINUTES + m)
    const startMinute = market.minute + 1 - back * HOUR_MINUTES
    return {
      startMs: startMinute * MINUTE_MS,
      purchases: parts.hours[HOURS - back]!,
      expected: rounded(share * market60),
    }
  })
}

/** Adds up lines: those of the window by release, country and artist, all by hour. */
class Parts {
  items = 0
  units = 0
  revenueUsdCents = 0
  readonly releases = new Tally()
  readonly countries = new Tally()
  readonly artists = new Tally()
  /** Distinct purchases of the last 48 hours, oldest hour first. */
  readonly hours = new Array<number>(HOURS).fill(0)
  /** Distinct purchases of the window that are still at hand: two days' at most. */
  #purchases = 0
  #lastBasket = Number.NaN
  readonly #keyOf: (keyId: number) => Key
  readonly #fromMinute: number
  readonly #firstMinute: number

  constructor(keyOf: (keyId: number) => Key, fromMinute: number, endMinute: number) {
    this.#keyOf = keyOf
    this.#fromMinute = fromMinute
    this.#firstMinute = endMinute - EVIDENCE_MINUTES
  }

  add({ minute, basket, units, paidUsdCents, item, country, artist }: Line): void {
    const isNew = basket !== this.#lastBasket
    this.#lastBasket = basket
    const hour = Math.floor((minute - this.#firstMinute) / HOUR_MINUTES)
    if (isNew) this.hours[hour] = this.hours[hour]! + 1
    if (minute < this.#fromMinute) return
    if (isNew) this.#purchases++
    this.items++
    this.units += units
    this.revenueUsdCents += paidUsdCents
    this.releases.add(item, basket)
    this.countries.add(country, basket)
    this.artists.add(artist, basket)
  }

  top(tally: Tally): readonly (readonly [number, AlertPart])[] {
    const part = (purchases: number) => ({ purchases, share: rounded(purchases / this.#purchases) })
    return tally.top(TOP, this.#keyOf).map(([id, purchases]) => [id, part(purchases)])
  }
}
