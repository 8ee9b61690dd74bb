// The simulated world against real figures: a million simulated items beside a million real ones.
import { existsSync, readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { createWorld } from '../../producers/simulator/core/world.ts'
import { type Figure, formatTable, off, type Tally, tally } from './simulator-tally.ts'

const CALIBRATION = new URL('../../../shared/data/calibration.json', import.meta.url)
const HERE = existsSync(CALIBRATION)
if (!HERE) console.log('skipped: ../shared/data/calibration.json is absent')

const SEED = 7
const ITEMS = 1_000_000
/** Ten seconds on a quiet core; a machine busy with other tests may take several times that. */
const PATIENCE_MS = 300_000
/** Two common weeks and a day; no Bandcamp Friday in them. */
const START_MS = Date.UTC(2026, 8, 9)

describe.skipIf(!HERE)('[X7] beside the sample of a million real items', () => {
  const real = HERE ? JSON.parse(readFileSync(CALIBRATION, 'utf8')).sample_1M_2020 : null
  let made: Tally

  beforeAll(() => {
    const world = createWorld({ seed: SEED })
    const started = performance.now()
    made = tally(at => world.eventsOfMinute(at), START_MS, ITEMS)
    console.log(`${made.items} items in ${Math.round(performance.now() - started)} ms`)
  }, PATIENCE_MS)

  const check = (figures: readonly Figure[]) => {
    console.log(formatTable(figures))
    expect(figures.filter(off)).toEqual([])
  }
  const shares = (
    name: string,
    counts: Record<string, number>,
    counted: ReadonlyMap<string, number>,
    tolerance: number,
  ) =>
    Object.entries(counts).map(([key, count]) => ({
      name: `${name} ${key} %`,
      real: (count / real.items) * 100,
      made: ((counted.get(key) ?? 0) / made.items) * 100,
      tolerance,
    }))

  it('kinds: item types with page types, no pair that does not exist', () => {
    check(shares('kind', real.item_x_slug, made.kinds, 0.04))
    expect([...made.kinds.keys()].sort()).toEqual(Object.keys(real.item_x_slug).sort())
  })

  it('countries: the fifteen largest, and how many there are', () => {
    check([
      ...shares('country', real.country_top, made.countries, 0.08),
      { name: 'countries', real: real.countries, made: made.countries.size, tolerance: 0.05 },
    ])
  })

  it('currencies: dollars, and the same eighteen', () => {
    check(shares('currency', { USD: real.currency_usd }, made.currencies, 0.04))
    expect([...made.currencies.keys()].sort()).toEqual([...real.currencies].sort())
  })

  it('amounts: mean, spread and quartiles in USD, and how many pay more than asked', () => {
    const paid = real.amount_paid_usd
    check([
      { name: 'paid mean', real: paid.mean, made: made.paid.mean, tolerance: 0.04 },
      { name: 'paid deviation', real: paid.std, made: made.paid.deviation, tolerance: 0.12 },
      { name: 'paid 25 %', real: paid.q25, made: made.paid.quantile(0.25), tolerance: 0.05 },
      { name: 'paid 50 %', real: paid.q50, made: made.paid.quantile(0.5), tolerance: 0.05 },
      { name: 'paid 75 %', real: paid.q75, made: made.paid.quantile(0.75), tolerance: 0.05 },
      { name: 'paid least', real: paid.min, made: made.paid.quantile(0), tolerance: 0.15 },
      { name: 'paid most', real: paid.max, made: made.paid.quantile(1), tolerance: 0.6 },
      {
        name: 'overpaid %',
        real: real.non_null.amount_over_fmt / 1e4,
        made: made.share('amount_over_fmt'),
        tolerance: 0.05,
      },
    ])
  })

  it('amounts by kind (worked out in FEED 2.3)', () => {
    check([
      { name: 'track mean', real: 2.22, made: made.meanPaid('t/t'), tolerance: 0.06 },
      { name: 'album page mean', real: 10.45, made: made.meanPaid('a/a', 'p/a'), tolerance: 0.06 },
      { name: 'merch page mean', real: 22.11, made: made.meanPaid('p/p'), tolerance: 0.06 },
      { name: 'discography mean', real: 23.4, made: made.meanPaid('b/null'), tolerance: 0.1 },
    ])
  })

  it('fields: how often each optional one is there', () => {
    const fields = [
      'addl_count',
      'item_slug',
      'track_album_slug_text',
      'releases',
      'album_title',
      'package_image_id',
      'art_id',
    ]
    check(
      fields.map(field => ({
        name: `${field} %`,
        real: real.non_null[field] / 1e4,
        made: made.share(field),
        tolerance: 0.06,
      })),
    )
    check([{ name: 'addl_count sum', real: 31_790, made: made.additional, tolerance: 0.06 }])
  })

  it('physical things: classes by wording (FEED 2.2)', () => {
    check([
      { name: 'vinyl %', real: 9.9, made: made.worded('vinyl'), tolerance: 0.06 },
      { name: 'CD %', real: 4.6, made: made.worded('cd'), tolerance: 0.06 },
      { name: 'merch %', real: 4.3, made: made.worded('merch'), tolerance: 0.06 },
      { name: 'cassette %', real: 2.2, made: made.worded('cassette'), tolerance: 0.06 },
      { name: 'undefined %', real: 2.5, made: made.worded('plain'), tolerance: 0.08 },
    ])
  })

  it('concentration: artists and URLs, how many and how large', () => {
    const tops = made.topCounts(made.artists)
    check([
      { name: 'artist names', real: real.unique_artists, made: made.artists.size, tolerance: 0.1 },
      { name: 'URLs', real: real.unique_urls, made: made.urls.size, tolerance: 0.1 },
      {
        name: 'Various Artists',
        real: real.top_artists['Various Artists'],
        made: made.artists.get('Various Artists') ?? 0,
        tolerance: 0.15,
      },
      { name: 'top artist', real: real.top_artists['Barbara Marciniak'], made: tops[1]!, tolerance: 0.15 },
      { name: 'second artist', real: real.top_artists.SAULT, made: tops[2]!, tolerance: 0.15 },
      { name: 'top URL', real: real.top_url_count, made: made.topCounts(made.urls)[0]!, tolerance: 0.5 },
    ])
  })

  it('volume and baskets, 2026 (FEED 2.1, 2.2): a Wednesday at 14:24 UTC, and the week', () => {
    const wednesday = made.perMinute(14, 3)
    check([
      { name: 'items a minute, mean', real: 48, made: made.items / made.minutes, tolerance: 0.05 },
      { name: 'items a minute, Wed 14 h', real: 48, made: wednesday, tolerance: 0.35 },
      { name: 'events a minute', real: 41, made: made.events / made.minutes, tolerance: 0.05 },
      { name: 'items an event', real: 625 / 524, made: made.items / made.events, tolerance: 0.03 },
      { name: 'events in 2 min, 5 %', real: 49, made: made.pairOfMinutes(0.05), tolerance: 0.25 },
      { name: 'events in 2 min, 75 %', real: 97, made: made.pairOfMinutes(0.75), tolerance: 0.25 },
    ])
    expect(made.largestBasket).toBeGreaterThanOrEqual(17)
  })
})
