// The simulated world: every minute of sales, every page and every cover, each a function of the seed alone.
import type { FeedEvent, FeedItem } from '../../../schemas/feed.ts'
import { bandcampFridayAt } from '../../../schemas/fridays.ts'
import type { PageFacts } from '../../../schemas/page-facts.ts'
import { DAY_MS, floorTo, MINUTE_MS, SECOND_MS } from '../../../schemas/time.ts'
import { ARTISTS, createPopulation, rankOf } from './artists.ts'
import { type BurstsNow, createBursts } from './bursts.ts'
import { createCalendar } from './calendar.ts'
import { createCatalogue } from './catalogue.ts'
import { coverSvg } from './covers.ts'
import { createItemMaker } from './items.ts'
import { factsOf, pageHtml } from './pages.ts'
import { hash, hashUnit, Rng } from './random.ts'

const MINUTES = 51
const RATES = 52
const FRIDAYS = 53

/** Mean of a common week, 2026: 48 items a minute in 41 baskets (FEED.md 2.1). */
export const BASKETS_PER_MINUTE = 40.4
const ITEMS_PER_EVENT = 1.19
/** Shape of the swing from minute to minute: 49 events in one pair of minutes, 97 in another, was seen. */
const SWING_SHAPE = 9
/** Baskets by size: nearly all hold one item; a few hold very many. */
const SEVERAL_CHANCE = 0.118
const ONE_MORE_CHANCE = 0.3
const BULK_CHANCE = 0.0022
const BULK_MIN = 6
const BULK_SPAN = 18
/** On a Bandcamp Friday people fill their baskets. */
const FRIDAY_SEVERAL_TIMES = 1.5
/** Further items of a basket that come from the same host as the one before. */
const SAME_HOST_SHARE = 0.55
/** On a Bandcamp Friday half of the sales go to artists as if ranks had been dealt anew, by a prime step. */
const FRIDAY_SHUFFLED_SHARE = 0.5
const FRIDAY_STEP = 104_729
/** Just under a minute, so that rounding keeps an event inside. */
const MINUTE_SECONDS = 59.999_999

export interface SimulatedEvent {
  readonly soldAtMs: number
  /** The event's JSON as the feed sends it: written when asked for, the same each time. */
  readonly text: string
  readonly event: FeedEvent
}

export interface World {
  readonly seed: number
  /** Checkouts of `[minuteStartMs, minuteStartMs + 1 min)` by time; the same in whatever order asked. */
  eventsOfMinute(minuteStartMs: number): readonly SimulatedEvent[]
  /** What the item page says; null for pages without an item (merch) and pages that do not exist. */
  pageFacts(url: string): PageFacts | null
  /** A page as Bandcamp serves it, small; null where there is none. Scheme-less and absolute URLs both do. */
  pageHtml(url: string): string | null
  /** A square picture, under 2 KB, of a picture's URL or file name; null where it is not one. */
  coverSvg(artUrl: string): string | null
}

export interface WorldOptions {
  /** A whole number; its low 32 bits count. */
  readonly seed: number
  /** How many times as many baskets as the real feed has; 1 where absent. */
  readonly volume?: number
}

function basketSize(rng: Rng, severalChance: number): number {
  const roll = rng.unit()
  if (roll < BULK_CHANCE) return BULK_MIN + Math.floor(rng.unit() ** 2 * BULK_SPAN)
  if (roll >= severalChance) return 1
  let size = 2
  while (rng.unit() < ONE_MORE_CHANCE) size++
  return size
}

/** The minute's moments in seconds from its start, ascending. */
function moments(rng: Rng, count: number): Float64Array {
  const seconds = new Float64Array(count)
  for (let i = 0; i < count; i++) seconds[i] = rng.fineUnit() * MINUTE_SECONDS
  return seconds.sort()
}

/** Holds tables and small caches, nothing that grows: about 20 MB. */
export function createWorld({ seed, volume = 1 }: WorldOptions): World {
  const population = createPopulation(seed)
  const catalogue = createCatalogue(seed, population)
  const items = createItemMaker(seed, catalogue)
  const calendar = createCalendar()
  const burstsAt = createBursts(seed, BASKETS_PER_MINUTE * ITEMS_PER_EVENT)

  const drawArtist = (rng: Rng, friday: number) => {
    const rank = rankOf(rng.unit())
    if (friday < 0 || rng.unit() >= FRIDAY_SHUFFLED_SHARE) return rank
    return (rank * FRIDAY_STEP + hash(seed, FRIDAYS, friday)) % ARTISTS
  }
  const basket = (rng: Rng, eventSeconds: number, minuteMs: number, bursts: BurstsNow) => {
    const friday = bandcampFridayAt(minuteMs)
    const context = {
      eventSeconds,
      country: calendar.country(minuteMs, rng.unit(), rng.unit()),
      rateSwing: hashUnit(seed, RATES, Math.floor(minuteMs / DAY_MS)),
    }
    const lines: FeedItem[] = []
    const size = basketSize(rng, friday < 0 ? SEVERAL_CHANCE : SEVERAL_CHANCE * FRIDAY_SEVERAL_TIMES)
    let artist = -1
    while (lines.length < size) {
      const burst = artist < 0 && rng.unit() < bursts.share * ITEMS_PER_EVENT ? bursts.pick(rng.unit()) : null
      if (burst !== null) artist = burst.artist
      else if (artist < 0 || rng.unit() >= SAME_HOST_SHARE) artist = drawArtist(rng, friday)
      lines.push(items.make(rng, population.artist(artist), burst?.release ?? null, context))
    }
    return lines
  }

  return {
    seed,
    eventsOfMinute(minuteStartMs) {
      const minuteMs = floorTo(minuteStartMs, MINUTE_MS)
      const rng = new Rng(hash(seed, MINUTES), minuteMs / MINUTE_MS)
      const mean = volume * BASKETS_PER_MINUTE * calendar.level(minuteMs) * rng.gammaOfMeanOne(SWING_SHAPE)
      const bursts = burstsAt(minuteMs)
      return Array.from(moments(rng, rng.poisson(mean)), second => {
        const eventSeconds = minuteMs / SECOND_MS + second
        const event: FeedEvent = {
          event_type: 'sale',
          utc_date: eventSeconds,
          items: basket(rng, eventSeconds, minuteMs, bursts),
        }
        return {
          soldAtMs: Math.floor(eventSeconds * SECOND_MS),
          event,
          get text() {
            return JSON.stringify(event)
          },
        }
      })
    },
    pageFacts(url) {
      const ware = catalogue.find(url)
      return ware === null || ware.kind === 'merch' ? null : factsOf(catalogue, ware)
    },
    pageHtml(url) {
      const ware = catalogue.find(url)
      return ware === null ? null : pageHtml(catalogue, ware)
    },
    coverSvg,
  }
}
