// Chapter: one basket of the feed becomes a sale. What each field turns into, and what cannot be counted.
import { describe, expect, it } from 'vitest'
import { normaliseBasket } from '../../producers/core/normalise.ts'
import type { SaleItem } from '../../schemas/records.ts'
import { basketOf, FEED_T0, type Fields, feedEvent, feedItem } from '../support/feed.ts'
import { HAS_SAMPLES, sample } from '../support/samples.ts'

function normalised(over: Fields) {
  return normaliseBasket(basketOf(feedEvent([feedItem(over)])))
}

function soleItem(over: Fields): SaleItem {
  const { sale, rejected } = normalised(over)
  expect(rejected).toEqual([])
  return sale!.items[0]!
}

function reasonOf(over: Fields): string {
  const { sale, rejected } = normalised(over)
  expect(sale).toBeNull()
  expect(rejected).toHaveLength(1)
  return `${rejected[0]!.reason} ${rejected[0]!.message}`
}

describe('a good item', () => {
  it('[N1] becomes one line of a sale, every field in its one spelling', () => {
    const text = feedEvent([feedItem()])
    const { sale, rejected } = normaliseBasket(basketOf(text))
    expect(rejected).toEqual([])
    expect(sale).toEqual({
      kind: 'sale',
      basketId: basketOf(text).id,
      soldAtMs: FEED_T0 + 250,
      items: [
        {
          position: 0,
          soldAtText: String(FEED_T0 / 1000 + 0.25),
          ordinal: 0,
          url: 'https://ellazirina.bandcamp.com/album/boundless-blue-sunset-hue',
          artistHost: 'ellazirina.bandcamp.com',
          artistName: 'Ella Zirina',
          title: 'Boundless Blue, Sunset Hue',
          albumTitle: null,
          itemType: 'a',
          format: 'digital-album',
          country: 'jp',
          currency: 'EUR',
          paidMinor: 700,
          priceMinor: 700,
          paidUsdCents: 800,
          overUsdCents: 0,
          units: 1,
          releases: null,
          artUrl: 'https://f4.bcbits.com/img/a3672109546_7.jpg',
          genre: null,
          genreSource: 'pending',
          tags: [],
        },
      ],
    })
  })
})

describe('money', () => {
  it.each([
    { paid: 9.98999977, price: 9.99, currency: 'USD', usd: 9.98999977, minor: [999, 999, 999, 0] },
    { paid: 11, price: 10, currency: 'JPY', usd: 0.07, minor: [11, 10, 7, 1] },
    { paid: 50_000, price: 0, currency: 'JPY', usd: 330.5, minor: [50_000, 0, 33_050, 33_050] },
    { paid: 1_500, price: 1_000, currency: 'HUF', usd: 4.2, minor: [150_000, 100_000, 420, 140] },
    { paid: 20.25, price: 405, currency: 'USD', usd: 20.25, minor: [2025, 40_500, 2025, 0] },
    { paid: 1, price: 0, currency: 'KWD', usd: 3.25, minor: [1000, 0, 325, 325] },
    { paid: 7, price: 5, currency: 'EUR', usd: 8, minor: [700, 500, 800, 229] },
    { paid: 0.29, price: 0.28, currency: 'usd', usd: 0.29, minor: [29, 28, 29, 1] },
  ])('[N2] $paid $currency for $price is exact in minor units', ({ paid, price, currency, usd, minor }) => {
    const item = soleItem({ amount_paid: paid, item_price: price, currency, amount_paid_usd: usd })
    expect([item.paidMinor, item.priceMinor, item.paidUsdCents, item.overUsdCents]).toEqual(minor)
    expect(item.currency).toBe(currency.toUpperCase())
  })

  it('[N3] what is not known is never a tip', () => {
    const base = { amount_paid: 10, item_price: 5, currency: 'EUR', amount_paid_usd: 11 }
    expect(soleItem({ ...base, item_price: null })).toMatchObject({ priceMinor: 1000, overUsdCents: 0 })
    for (const missing of [{ amount_paid: null }, { currency: null }, { currency: '€' }]) {
      const expected = { currency: 'USD', paidMinor: 1100, priceMinor: 1100, overUsdCents: 0 }
      expect(soleItem({ ...base, ...missing })).toMatchObject(expected)
    }
  })

  it.each([
    ['absurd-amount', { amount_paid_usd: -1 }],
    ['absurd-amount', { amount_paid_usd: 100_000.01 }],
    ['absurd-amount', { amount_paid: -0.01 }],
    ['absurd-amount', { item_price: -5 }],
    ['absurd-amount', { amount_paid: 1e12 }],
    ['schema', { amount_paid_usd: null }],
    ['schema', { amount_paid_usd: 'NaN' }],
    ['schema', { amount_paid_usd: 'a lot' }],
    ['schema', { amount_paid_usd: [1] }],
  ])('[N4] is refused as %s where it is %j', (reason, over) => {
    expect(reasonOf(over)).toMatch(new RegExp(`^${reason} items\\[0\\]\\.${Object.keys(over)[0]}: `))
  })

  it('[N4] up to $100,000 is believed', () => {
    expect(soleItem({ amount_paid_usd: 100_000 }).paidUsdCents).toBe(10_000_000)
  })
})

describe('time', () => {
  it.each([
    ['absurd-date', 1_199_145_599],
    ['absurd-date', FEED_T0 / 1000 + 86_402],
    ['schema', null],
    ['schema', 'yesterday'],
    ['schema', -5],
  ])('[N5] is refused as %s where an item says %s', (reason, utc_date) => {
    const text = feedEvent([feedItem({ utc_date })], { utc_date: FEED_T0 / 1000 })
    expect(normaliseBasket(basketOf(text)).rejected).toMatchObject([{ position: 0, reason }])
  })

  it('keeps the digits of the feed, whatever a float would make of them', () => {
    const text = feedEvent([feedItem()]).replaceAll(`${FEED_T0 / 1000 + 0.25}`, '1749638281.6725740001')
    const { sale } = normaliseBasket(basketOf(text))
    expect(sale!.items[0]!.soldAtText).toBe('1749638281.6725740001')
    expect(sale!.soldAtMs).toBe(1_749_638_281_672)
  })
})

describe('the page address', () => {
  it.each([
    ['//x.bandcamp.com/album/y', 'https://x.bandcamp.com/album/y'],
    ['https://x.bandcamp.com/album/y', 'https://x.bandcamp.com/album/y'],
    ['http://x.bandcamp.com/album/y', 'https://x.bandcamp.com/album/y'],
    ['//X.BandCamp.com/Album/Y?from=feed#z', 'https://x.bandcamp.com/Album/Y'],
    ['//müsik.example.com/track/ä', 'https://xn--msik-0ra.example.com/track/%C3%A4'],
    ['//x.bandcamp.com', 'https://x.bandcamp.com/'],
    ['//x.bandcamp.com./track/a b', 'https://x.bandcamp.com/track/a%20b'],
    ['//records.example.co.uk/merch/shirt', 'https://records.example.co.uk/merch/shirt'],
  ])('[N6] %s becomes %s', (url, expected) => {
    const item = soleItem({ url })
    expect(item.url).toBe(expected)
    expect(item.artistHost).toBe(new URL(expected).hostname)
  })

  it.each([
    'javascript:alert(1)',
    'ftp://x.bandcamp.com/a',
    '/album/y',
    'x.bandcamp.com/album/y',
    '//',
    '//user@x.bandcamp.com/a',
    '//user:secret@x.bandcamp.com/a',
    '//x.bandcamp.com:8443/a',
    '//127.0.0.1/a',
    '//2130706433/a',
    '//0x7f.1/a',
    '//[::1]/a',
    '//localhost/a',
    '//db.internal/a',
    '//x.bandcamp.com\\@evil.example/a',
    '//exa mple.com/a',
    `//x.bandcamp.com/${'a'.repeat(2_000)}`,
    '//-.bandcamp.com/a',
  ])('[N6] %s is unsafe, and refused', url => {
    expect(reasonOf({ url })).toMatch(/^unsafe-url items\[0\]\.url: /)
  })

  it.each([[null], [''], [7]])('[N6] %j is no address', url => {
    expect(reasonOf({ url })).toMatch(/^schema items\[0\]\.url: /)
  })

  it('an unsafe cover is no reason to lose a sale', () => {
    for (const art_url of ['javascript:alert(1)', null, 'https://127.0.0.1/x.jpg']) {
      expect(soleItem({ art_url }).artUrl).toBeNull()
    }
  })
})

describe('country', () => {
  it.each([
    ['jp', 'Japan', 'jp'],
    ['JP', null, 'jp'],
    ['c2', 'China', 'cn'],
    ['an', 'Netherlands Antilles', null],
    ['xk', 'Kosovo', 'xk'],
    ['hm', 'Heard Island', 'hm'],
    ['hy', 'Armenia', 'am'],
    ['uk', null, 'gb'],
    [null, 'Russian Federation', 'ru'],
    [null, 'Republic of Korea', 'kr'],
    [null, 'Viet Nam', 'vn'],
    ['', 'Iran, Islamic Republic of', 'ir'],
    ['**', '******', null],
    [null, null, null],
    [7, {}, null],
    ['zz', 'Atlantis', null],
    [null, 'constructor', null],
    ['xx', 'a'.repeat(10_000), null],
  ])('[N7] %j, %j is %j', (country_code, country, expected) => {
    expect(soleItem({ country_code, country }).country).toBe(expected)
  })
})

describe('counts and optional fields', () => {
  it.each([
    [undefined, 1],
    [null, 1],
    ['null', 1],
    [1, 2],
    ['1', 2],
    [22, 23],
    [-3, 1],
    [1e9, 1_001],
    ['many', 1],
  ])('[N8] addl_count %j gives %j units', (addl_count, units) => {
    expect(soleItem({ addl_count }).units).toBe(units)
  })

  it('releases are kept for discographies alone', () => {
    const releases = 8
    expect(soleItem({ item_type: 'b', slug_type: null, releases })).toMatchObject({
      format: 'discography',
      releases,
    })
    expect(soleItem({ releases }).releases).toBeNull()
  })

  it.each([
    ['unknown-item-type', 'x'],
    ['unknown-item-type', 'A'],
    ['schema', null],
    ['schema', 1],
  ])('[N9] is refused as %s where item_type is %j', (reason, item_type) => {
    expect(reasonOf({ item_type })).toMatch(new RegExp(`^${reason} items\\[0\\]\\.item_type: `))
  })
})

describe('names and titles', () => {
  it('[N10] are NFC, with zero-width and bidi characters kept', () => {
    const item = soleItem({
      artist_name: 'Bjo\u0308rk\u200b',
      item_description: '\u202eabc',
      album_title: 'x\u0007',
    })
    expect(item).toMatchObject({ artistName: 'Björk\u200b', title: '\u202eabc', albumTitle: 'x\u0007' })
  })

  it('[N10] of 10,000 characters are bounded at 1,000 code points with an ellipsis', () => {
    const { artistName, title } = soleItem({
      artist_name: 'a'.repeat(10_000),
      item_description: '🜁'.repeat(1_000),
    })
    expect(artistName).toBe(`${'a'.repeat(999)}…`)
    expect(title).toBe('🜁'.repeat(1_000))
  })

  it('[N10] never hold what no database takes', () => {
    expect(soleItem({ artist_name: 'a\u0000b\ud800c' }).artistName).toBe('a\ufffdb\ufffdc')
  })

  it('may be absent, or a number', () => {
    expect(soleItem({ artist_name: null, item_description: 808, album_title: 'null' })).toMatchObject({
      artistName: '',
      title: '808',
      albumTitle: null,
    })
    expect(soleItem({ artist_name: 'null' }).artistName).toBe('null')
  })

  it('[N10] that are markup stay text', () => {
    const name = '<img src=x onerror=alert(1)>'
    expect(soleItem({ artist_name: name }).artistName).toBe(name)
  })
})

describe('a basket of several items', () => {
  const good = feedItem()
  const bad = feedItem({ url: 'javascript:alert(1)' })
  const other = feedItem({ url: '//other.bandcamp.com/track/z', item_type: 't' })

  it('[N11] keeps its good items when others are bad', () => {
    const { sale, rejected } = normaliseBasket(basketOf(feedEvent([bad, good, 7 as never, other])))
    expect(sale!.items.map(item => item.position)).toEqual([1, 3])
    expect(rejected.map(r => [r.position, r.reason])).toEqual([
      [0, 'unsafe-url'],
      [2, 'schema'],
    ])
    expect(JSON.parse(rejected[0]!.text)).toEqual(bad)
  })

  it('[N12] leaves out the items that were seen before, good or bad', () => {
    const { sale, rejected } = normaliseBasket(basketOf(feedEvent([good, bad, other]), { seenItems: [0, 1] }))
    expect(sale!.items.map(item => item.position)).toEqual([2])
    expect(rejected).toEqual([])
  })

  it('[N12] gives ordinals that do not depend on what was seen', () => {
    const text = feedEvent([good, good, other])
    const all = normaliseBasket(basketOf(text)).sale!.items
    const later = normaliseBasket(basketOf(text, { seenItems: [0] })).sale!.items
    expect(all.map(item => item.ordinal)).toEqual([0, 1, 0])
    expect(later).toEqual(all.slice(1))
  })

  it('has no sale where nothing is good', () => {
    expect(normaliseBasket(basketOf(feedEvent([bad]))).sale).toBeNull()
  })

  it.each([
    ['schema', '{"event_type":"sale","utc'],
    ['schema', '[]'],
    ['schema', '{"event_type":"sale","utc_date":1,"items":[]}'],
    ['unknown-event-type', '{"event_type":"refund","utc_date":1795176000,"items":[{}]}'],
  ])('is refused as a whole as %s where its text is %s', (reason, text) => {
    expect(normaliseBasket(basketOf(text))).toMatchObject({
      sale: null,
      rejected: [{ position: -1, reason, text }],
    })
  })
})

describe.skipIf(!HAS_SAMPLES)('real samples (../shared/data; skipped where the folder is absent)', () => {
  const lines = sample('feed/items-2023-08.ndjson').split('\n')
  const items = lines.filter(line => line !== '').map(line => JSON.parse(line) as Fields)

  it.each(items.map((item, i) => [i + 1, item] as const))(
    '[N13] line %i of a store that wrote nulls as text and cut amounts is repaired',
    (_, item) => {
      const { sale, rejected } = normaliseBasket(basketOf(feedEvent([item])))
      expect(rejected).toEqual([])
      const line = sale!.items[0]!
      expect(line.releases).toBeNull()
      expect(line.paidUsdCents).toBe((item.amount_paid_usd as number) * 100)
      expect(line.units).toBe(item.addl_count === undefined ? 1 : 2)
      expect(line.country).toBe(item.country_code)
      expect(line.url).toBe(`https:${item.url}`)
    },
  )

  const examples = JSON.parse(sample('feed/feed-examples.json') || '{}') as {
    get_response_shape?: { events: Fields[] }
    physical_item_event?: { event: Fields }
  }
  const events = [...(examples.get_response_shape?.events ?? []), examples.physical_item_event?.event]

  it('[N13] the printed events of the feed all pass', () => {
    const lines = events.map(event => {
      const { sale, rejected } = normaliseBasket(basketOf(JSON.stringify(event)))
      expect(rejected).toEqual([])
      const { artistName, format, country, paidUsdCents } = sale!.items[0]!
      return [artistName, format, country, paidUsdCents]
    })
    expect(lines).toEqual([
      ['Andrew Applepie', 'track', 'jp', 114],
      ['Ella Zirina', 'digital-album', 'jp', 800],
      ['Mors Vitaque', 'cassette', null, 1500],
    ])
  })
})
