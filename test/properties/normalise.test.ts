// Properties of normalising: it never throws, is the same twice, and its numbers keep their bounds.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { overUsdCents } from '../../producers/core/money.ts'
import { normaliseBasket } from '../../producers/core/normalise.ts'
import { displayText, keyText, normaliseTag, recordText } from '../../producers/core/text.ts'
import { checkUrl } from '../../producers/core/urls.ts'
import { basketOf, FEED_T0, type Fields, feedEvent, feedItem } from '../support/feed.ts'

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('\u202e', '\u0000', '\ud800', '<img onerror=x>', 'a'.repeat(3_000), '𝐺𝑂𝑅𝐸', 'null', ''),
)
const anything: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue(),
  hostile,
  fc.double(),
  fc.constantFrom(null, undefined, 'NaN', -1, 1e300, '12.5', '//a.bandcamp.com/album/x'),
)

/** A good item with some of its fields spoilt. */
const item: fc.Arbitrary<Fields> = fc
  .dictionary(fc.constantFrom(...Object.keys(feedItem()), 'addl_count', 'item_slug'), anything, {
    maxKeys: 4,
  })
  .map(over => feedItem(over))

const basket = fc
  .array(item, { minLength: 1, maxLength: 5 })
  .map(items => basketOf(feedEvent(items, { utc_date: FEED_T0 / 1000 })))

describe('normalising any basket', () => {
  it('[N17] counts or refuses each item, once, and never throws', () => {
    fc.assert(
      fc.property(basket, input => {
        const { sale, rejected } = normaliseBasket(input)
        const positions = [...(sale?.items ?? []), ...rejected].map(part => part.position)
        const count = (JSON.parse(input.text) as { items: unknown[] }).items.length
        expect(positions.sort()).toEqual([...Array(count).keys()])
      }),
      { numRuns: 500 },
    )
  })

  it('[N17] gives the same twice', () => {
    fc.assert(
      fc.property(basket, input => {
        expect(normaliseBasket(input)).toEqual(normaliseBasket(input))
      }),
    )
  })

  it('[N17] gives money in whole numbers within bounds, texts within bounds, and well-formed', () => {
    fc.assert(
      fc.property(basket, input => {
        for (const line of normaliseBasket(input).sale?.items ?? []) {
          const { paidMinor, priceMinor, paidUsdCents, overUsdCents: over, units } = line
          for (const amount of [paidMinor, priceMinor, paidUsdCents, over, units]) {
            expect(Number.isSafeInteger(amount) && amount >= 0).toBe(true)
          }
          expect(over).toBeLessThanOrEqual(paidUsdCents)
          for (const text of [line.artistName, line.title, line.albumTitle ?? '']) {
            expect([...text].length).toBeLessThanOrEqual(1_000)
            expect(text).toBe(text.normalize('NFC'))
            expect(text.includes('\u0000') || /[\ud800-\udbff](?![\udc00-\udfff])/.test(text)).toBe(false)
          }
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('each spelling is its own spelling: normalising again changes nothing', () => {
  for (const [name, normalise] of Object.entries({ recordText, displayText, keyText, normaliseTag })) {
    it(`[N17] ${name}`, () => {
      fc.assert(
        fc.property(hostile, text => {
          expect(normalise(normalise(text))).toBe(normalise(text))
        }),
        {
          numRuns: 1_000,
        },
      )
    })
  }

  it('[N17] addresses', () => {
    const address = fc.oneof(fc.webUrl({ withQueryParameters: true, withFragments: true }), hostile)
    fc.assert(
      fc.property(address, text => {
        const once = checkUrl(text)
        if (once.ok) expect(checkUrl(once.url)).toEqual(once)
      }),
      { numRuns: 1_000 },
    )
  })
})

it('[N2] what was paid above the price lies between nothing and all, and grows with what was paid', () => {
  const cents = fc.nat(10_000_000)
  fc.assert(
    fc.property(cents, cents, cents, (paid, price, usd) => {
      const over = overUsdCents(paid, price, usd)
      expect(over >= 0 && over <= usd).toBe(true)
      expect(overUsdCents(paid, paid, usd)).toBe(0)
      if (paid > 0) expect(overUsdCents(paid, 0, usd)).toBe(usd)
      expect(overUsdCents(paid, price + 1, usd)).toBeLessThanOrEqual(over)
    }),
  )
})
