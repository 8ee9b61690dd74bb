// Whether a movement is news of its own, or is explained by one buyer, one artist, or the genre above it.
import type { Key } from '../../schemas/keys.ts'
import type { DenseBook } from './dense.ts'
import type { Evidence } from './evidence.ts'
import type { Line } from './evidence-hour.ts'
import type { Finding } from './finding.ts'
import type { Market } from './market.ts'
import type { SparseBook } from './sparse.ts'
import { dropSurprise, riseSurprise } from './tails.ts'
import { Tally } from './tally.ts'
import {
  ARTIST,
  DAY_MINUTES,
  GENRE,
  IGNORANT_DAYS,
  LONGEST,
  TAG,
  WINDOW_HANDICAP,
  WINDOW_MINUTES,
} from './tuning.ts'

/** Checkouts from one country within so many minutes may be one buyer's; of many it does not matter. */
const ONE_BUYER_MINUTES = 10
const ONE_BUYER_BELOW = 40
/** More than there are key ids: a number for a pair. */
const KEYS_MAX = 2 ** 24
/** Fewer buyers than this are no movement. */
const BUYERS_LEAST = 3
/** So many artists may be taken out of a wider key to see whether it still moves. */
const ARTISTS_OUT = 2
/** What one of them may have of the expectation: shares are learnt apart, so they need not add up. */
const MOST_OUT = 0.7
/** A genre explains its children where it surprises by itself as much as this. */
const PARENT_SURPRISE = 1.5
/** The drop of a tag with fewer artists in a day may be one artist's. */
const ARTISTS_OF_WIDE = 30
/** The lagged baseline has seen two days. */
const LAGGED_AFTER_DAYS = 10
/** An artist stands out where it sold so many times its usual, and so many more. */
const STANDS_OUT = { times: 3, purchases: 2 }

export interface Books {
  readonly market: Market
  readonly dense: DenseBook
  readonly sparse: SparseBook
  readonly evidence: Evidence
  readonly keyOf: (keyId: number) => Key
}

export interface Candidate {
  readonly keyId: number
  readonly cls: number
  readonly direction: 1 | -1
  readonly finding: Finding
  readonly threshold: number
  /** A drop needs so many expected purchases. */
  readonly least: number
}

/** The last day has to show this part of what an emerging tag needs. */
const LATELY_SHARE = 0.5
/** Artists that an emerging tag needs, and the share that the first of them may have. */
const SCENE = { artists: 5, topShare: 0.4 }

/**
 * What is left of the score of an emerging tag without the artists who grow by themselves; 0 where it is not
 * carried by several, or where it was a matter of days ago. The window of `finding` is in half days.
 */
export function ownGrowth(books: Books, keyId: number, { window, n, mu, r }: Finding): number {
  const { keyOf, sparse } = books
  const purchases = lastDay(books, keyId)
  const top = purchases.byArtist.top(SCENE.artists, keyOf)
  if (top.length < SCENE.artists || top[0]![1] > purchases.byArtist.sum * SCENE.topShare) return 0
  let [counted, expected] = [n, mu]
  let today = sparse.count(sparse.find(keyId), LONGEST)
  for (const [artistId, sold] of top) {
    const place = sparse.find(artistId)
    if (place < 0) continue
    const own = sparse.lagged(place, window - 1)
    if (own.n < own.mu * STANDS_OUT.times + STANDS_OUT.purchases) continue
    counted -= own.n
    expected -= Math.min(own.mu, expected * MOST_OUT)
    today -= sold
  }
  const lately = riseSurprise(today, sparse.laggedExpected(sparse.find(keyId), LONGEST), r)
  return Math.min(riseSurprise(counted, expected, r), lately / LATELY_SHARE)
}

/** What is left of the score once everything else has been allowed for. */
export function ownScore(books: Books, candidate: Candidate): number {
  return candidate.direction > 0 ? ownRise(books, candidate) : ownDrop(books, candidate)
}

function ownRise(books: Books, { keyId, cls, finding, threshold }: Candidate): number {
  const { market, evidence, keyOf } = books
  const { window, n, mu, r } = finding
  const to = market.minute + 1
  const purchases = new Purchases()
  evidence.forEach(keyId, to - WINDOW_MINUTES[window]!, to, line => purchases.add(line))
  let [counted, expected] = [n, mu]
  if (cls === ARTIST) {
    if (n < ONE_BUYER_BELOW) counted = Math.min(n, purchases.buyers)
    if (counted < BUYERS_LEAST) return 0
  } else {
    // The artists that stand out are told by themselves: does the rest still move?
    for (const [artistId, sold] of purchases.byArtist.top(ARTISTS_OUT, keyOf)) {
      const usual = artistExpected(books, artistId, window)
      // Of a tag the first artists are often most: the rest has to move without them.
      const standsOut = cls === TAG ? sold > usual : sold >= usual * STANDS_OUT.times + STANDS_OUT.purchases
      if (!standsOut) continue
      counted -= sold
      expected -= Math.min(usual, expected * MOST_OUT)
    }
  }
  const handicap = WINDOW_HANDICAP[window]!
  let score = riseSurprise(counted, expected, r) - handicap
  if (score < threshold || cls < TAG) return score
  const lift = parentLift(books, purchases.topGenre(keyOf), window, counted, expected)
  if (lift > 1) score = Math.min(score, riseSurprise(counted, expected * lift, r) - handicap)
  return score
}

function ownDrop(books: Books, { keyId, cls, finding, least }: Candidate): number {
  const { market, keyOf, sparse, dense } = books
  const { window, n, r } = finding
  let { mu, score } = finding
  if (cls < TAG) return score
  // In the first week nobody knows whether what is less now was not a burst before.
  if (market.days < IGNORANT_DAYS) return 0
  const place = sparse.find(keyId)
  // What is back where it was weeks ago, or dies down for days, has not dropped: what lifted it is over.
  const weeksAgo = market.days > LAGGED_AFTER_DAYS ? sparse.laggedExpected(place, window) : Infinity
  mu = Math.min(mu, dense.lift[GENRE]![window]! * Math.min(weeksAgo, sparse.latelyExpected(place, window)))
  if (mu < least) return 0
  score = Math.min(score, dropSurprise(n, mu, r) - WINDOW_HANDICAP[window]!)
  const purchases = lastDay(books, keyId)
  if (cls === TAG && purchases.byArtist.size < ARTISTS_OF_WIDE) {
    const [sold, usual] = remaining(books, purchases)
    if (usual < least) return 0
    score = Math.min(score, dropSurprise(sold, usual, r) - WINDOW_HANDICAP[LONGEST]!)
  }
  const genre = parentLift(books, purchases.topGenre(keyOf), window, n, mu)
  return genre < 1 ? Math.min(score, dropSurprise(n, mu * genre, r) - WINDOW_HANDICAP[window]!) : score
}

/** What the artists who still sell sold in a day, and would have: one who stopped is told as an artist. */
function remaining({ sparse, dense, keyOf }: Books, { byArtist }: Purchases): [sold: number, usual: number] {
  let [sold, usual] = [0, 0]
  for (const [artistId, n] of byArtist.top(ARTISTS_OF_WIDE, keyOf)) {
    const place = sparse.find(artistId)
    if (place < 0) continue
    sold += n
    usual += sparse.expected(place, LONGEST) * dense.lift[GENRE]![LONGEST]!
  }
  return [sold, usual]
}

function lastDay({ evidence, market }: Books, keyId: number): Purchases {
  const purchases = new Purchases()
  const to = market.minute + 1
  evidence.forEach(keyId, to - DAY_MINUTES, to, line => purchases.add(line))
  return purchases
}

function artistExpected({ sparse, dense }: Books, artistId: number, window: number): number {
  const place = sparse.find(artistId)
  return place < 0 ? 0 : sparse.expected(place, window) * dense.lift[GENRE]![window]!
}

/** How many times its usual the genre sells without the child; 1 where that is nothing special. */
function parentLift({ dense }: Books, genreId: number, window: number, n: number, mu: number): number {
  const place = genreId < 0 ? -1 : dense.find(genreId)
  if (place < 0) return 1
  const others = dense.count(place, window) - n
  const expected = dense.expected(place, window) * dense.lift[GENRE]![window]! - mu
  if (expected <= 0 || others <= 0) return 1
  const r = dense.sizeOf(place, window)
  const surprise = Math.max(riseSurprise(others, expected, r), dropSurprise(others, expected, r))
  return surprise >= PARENT_SURPRISE ? others / expected : 1
}

/** Distinct purchases of a key in a window, by artist, genre and likely buyer. */
class Purchases {
  readonly byArtist = new Tally()
  readonly #byGenre = new Tally()
  readonly #buyers = new Set<number>()

  add({ minute, basket, artist, genre, country }: Line): void {
    this.byArtist.add(artist, basket)
    this.#byGenre.add(genre, basket)
    if (this.#buyers.size >= ONE_BUYER_BELOW) return
    this.#buyers.add(Math.floor(minute / ONE_BUYER_MINUTES) * KEYS_MAX + country)
  }

  get buyers(): number {
    return this.#buyers.size
  }

  topGenre(keyOf: (keyId: number) => Key): number {
    return this.#byGenre.top(1, keyOf)[0]?.[0] ?? -1
  }
}
