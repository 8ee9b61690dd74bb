// The simulated world: what its sales look like on the wire, what its pages and covers say.
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readItemPage } from '../../producers/core/item-page.ts'
import { normaliseBasket } from '../../producers/core/normalise.ts'
import { HOSTILE_NAMES } from '../../producers/simulator/core/words.ts'
import { createWorld, type SimulatedEvent } from '../../producers/simulator/core/world.ts'
import { type FeedItem, feedEventSchema } from '../../schemas/feed.ts'
import { BANDCAMP_FRIDAYS } from '../../schemas/fridays.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../schemas/time.ts'

const SEED = 7
/** A common Wednesday afternoon. */
const START_MS = Date.UTC(2026, 9, 7, 14)
const SAMPLES = new URL('../../../shared/data/feed/feed-examples.json', import.meta.url)

const world = createWorld({ seed: SEED })

function eventsOf(fromMs: number, minutes: number): readonly SimulatedEvent[] {
  return Array.from({ length: minutes }, (_, i) => world.eventsOfMinute(fromMs + i * MINUTE_MS)).flat()
}

const hour = eventsOf(START_MS, 60)
const items: readonly FeedItem[] = hour.flatMap(({ event }) => event.items)

/** Minutes that hold a hostile name, found once: about one item in fifteen hundred has one. */
function hostileItems(): readonly FeedItem[] {
  const names = new Set(HOSTILE_NAMES)
  return eventsOf(START_MS, 6 * 60)
    .flatMap(({ event }) => event.items)
    .filter(item => names.has(item.artist_name ?? ''))
}

describe('a minute of the world', () => {
  it('holds events of that minute only, in order of time, and its text is the event', () => {
    for (let at = START_MS; at < START_MS + HOUR_MS; at += MINUTE_MS) {
      const events = world.eventsOfMinute(at)
      const times = events.map(event => event.soldAtMs)
      expect(times).toEqual([...times].sort((a, b) => a - b))
      for (const { soldAtMs, text, event } of events) {
        expect(soldAtMs).toBeGreaterThanOrEqual(at)
        expect(soldAtMs).toBeLessThan(at + MINUTE_MS)
        expect(JSON.parse(text)).toEqual(event)
      }
    }
  })

  it('[X2] gives events that the wire schema and the normaliser accept whole', () => {
    for (const { text, soldAtMs } of hour) {
      feedEventSchema.parse(JSON.parse(text))
      const { sale, rejected } = normaliseBasket({ kind: 'basket', id: 'any', soldAtMs, text })
      expect(rejected).toEqual([])
      expect(sale?.items.length).toBe(JSON.parse(text).items.length)
    }
  })

  it('writes times finer than a microsecond, and lines within 0.3 s of their event', () => {
    const digits = hour.map(({ event }) => String(event.utc_date).split('.')[1]?.length ?? 0)
    expect(Math.max(...digits)).toBeGreaterThan(6)
    for (const { event } of hour) {
      for (const item of event.items)
        expect(Math.abs(item.utc_date - event.utc_date)).toBeLessThanOrEqual(0.3001)
    }
    const sides = new Set(hour.map(({ event }) => Math.sign(event.items[0]!.utc_date - event.utc_date)))
    expect(sides).toEqual(new Set([-1, 1]))
  })

  it('keeps the identity of every line its own', () => {
    const ids = items.map(item => `${item.utc_date}&${item.url}`)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('pairs nulls and absent keys as the feed does', () => {
    for (const item of eventsOf(START_MS, 40).flatMap(({ event }) => event.items)) {
      expect(item.url).toMatch(/^\/\/[a-z0-9-]+\.bandcamp\.com\/(album|track|merch)\/[a-z0-9-]+$/)
      expect(['a/a', 't/t', 'p/a', 'p/p', 'b/null']).toContain(`${item.item_type}/${item.slug_type}`)
      expect(item.releases !== null).toBe(item.item_type === 'b')
      expect('addl_count' in item).toBe('item_slug' in item)
      if (item.item_type === 'a') expect(item.album_title).toBeNull()
      if (item.item_type !== 'p') expect(item.package_image_id).toBeNull()
      if (item.item_type !== 'p') expect(item.art_id).not.toBeNull()
      expect(item.art_id ?? 0).toBeLessThan(2 ** 32)
      expect(item.amount_paid_usd).toBeGreaterThanOrEqual(0.2)
      expect(item.art_url).toMatch(/^https:\/\/f4\.bcbits\.com\/img\/(a\d{10}_7|\d{10}_37)\.jpg$/)
      if (item.amount_over_fmt !== undefined) expect(item.amount_paid!).toBeGreaterThan(item.item_price!)
    }
  })

  it('has hostile names in it, now and then, that arrive unharmed', () => {
    const hostile = hostileItems()
    expect(hostile.length).toBeGreaterThan(0)
    expect(hostile.length).toBeLessThan(200)
    for (const item of hostile) {
      const html = world.pageHtml(item.url)!
      expect(html).not.toContain('<img src=x')
      expect(html).not.toContain('<script>alert')
    }
  })
})

describe.skipIf(!existsSync(SAMPLES))(
  'beside real fixtures (../shared/data/feed, skipped where absent)',
  () => {
    const samples = existsSync(SAMPLES) ? JSON.parse(readFileSync(SAMPLES, 'utf8')) : null

    it('[X2] has the same keys in the same order and values of the same types', () => {
      const digital = samples.get_response_shape.events.flatMap((event: { items: FeedItem[] }) => event.items)
      const physical = samples.physical_item_event.event.items
      for (const real of [...digital, ...physical] as FeedItem[]) {
        const alike = items.find(
          item =>
            item.item_type === real.item_type &&
            item.slug_type === real.slug_type &&
            (item.package_image_id !== null) === (real.package_image_id !== null) &&
            (item.album_title !== null) === (real.album_title !== null) &&
            Object.keys(item).length === Object.keys(real).length,
        )!
        expect(Object.keys(alike)).toEqual(Object.keys(real))
        const types = (item: object) =>
          Object.values(item).map(value => (value === null ? 'null' : typeof value))
        expect(types(alike)).toEqual(types(real))
      }
      const [event] = samples.get_response_shape.events
      expect(Object.keys(hour[0]!.event)).toEqual(Object.keys(event))
    })
  },
)

describe('item pages', () => {
  const urls = [...new Set(items.map(item => item.url))]

  it('[X3] say to the product’s own parser exactly what pageFacts says, for every page of an hour', () => {
    for (const url of urls) {
      const facts = world.pageFacts(url)
      const page = readItemPage(world.pageHtml(url)!, `https:${url}`)
      if (facts === null) expect(page).toEqual({ kind: 'not-an-item', what: 'merch' })
      else if (!HOSTILE_NAMES.includes(facts.label ?? '')) expect(page).toEqual({ kind: 'item', facts })
    }
  })

  it('are the same for the scheme-less and the absolute URL, and in a world made anew', () => {
    const other = createWorld({ seed: SEED })
    for (const url of urls.slice(0, 200)) {
      expect(world.pageHtml(`https:${url}`)).toBe(world.pageHtml(url))
      expect(other.pageHtml(url)).toBe(world.pageHtml(url))
    }
  })

  it('lack a genre on about 5 % of hosts, and have 1 to 8 tags', () => {
    const facts = urls.map(url => world.pageFacts(url)).filter(found => found !== null)
    const without = facts.filter(({ genre }) => genre === null).length / facts.length
    expect(without).toBeGreaterThan(0.03)
    expect(without).toBeLessThan(0.07)
    for (const { tags } of facts) {
      expect(tags.length).toBeGreaterThanOrEqual(1)
      expect(tags.length).toBeLessThanOrEqual(8)
    }
  })

  it('are null for what does not exist', () => {
    for (const url of [
      '',
      'x',
      '//nobody.example/album/x',
      '//nobody-zz.bandcamp.com/album/x',
      `${urls[0]}x`,
    ]) {
      expect(world.pageHtml(url)).toBeNull()
      expect(world.pageFacts(url)).toBeNull()
    }
  })
})

describe('covers', () => {
  it('are pictures under 2 KB of shapes only, as many as there are art ids', () => {
    const svgs = items.slice(0, 500).map(item => world.coverSvg(item.art_url!)!)
    for (const svg of svgs) {
      expect(svg.length).toBeLessThan(2048)
      expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" /)
      expect(svg).not.toMatch(/script|href|url\(|style|on\w+=|NaN|undefined/)
    }
    expect(new Set(svgs).size).toBeGreaterThan(300)
    expect(world.coverSvg('https://example.org/x.png')).toBeNull()
  })
})

describe('Bandcamp Fridays', () => {
  it('last from midnight to midnight in Los Angeles and sell seven to eight times as much', () => {
    const friday = BANDCAMP_FRIDAYS.find(({ fromMs }) => fromMs === Date.UTC(2026, 11, 4, 8))!
    expect(friday.toMs).toBe(Date.UTC(2026, 11, 5, 8))
    const count = (fromMs: number) => eventsOf(fromMs, 60).length
    const ratio = count(friday.fromMs + 4 * HOUR_MS) / count(friday.fromMs + 4 * HOUR_MS - 7 * DAY_MS)
    expect(ratio).toBeGreaterThan(6.5)
    expect(ratio).toBeLessThan(8.5)
    expect(count(friday.fromMs - 2 * HOUR_MS) * 4).toBeLessThan(count(friday.fromMs))
  })

  it('are the first Friday of a month, in Los Angeles', () => {
    const format = new Intl.DateTimeFormat('en', {
      timeZone: 'America/Los_Angeles',
      weekday: 'short',
      day: 'numeric',
      hour: 'numeric',
      hour12: false,
    })
    for (const { fromMs } of BANDCAMP_FRIDAYS) {
      const parts = Object.fromEntries(format.formatToParts(fromMs).map(({ type, value }) => [type, value]))
      expect(parts.weekday).toBe('Fri')
      expect(Number(parts.day)).toBeLessThanOrEqual(7)
      expect(Number(parts.hour) % 24).toBe(0)
    }
  })
})
