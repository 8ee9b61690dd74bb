// What things cost: list prices by kind of thing, what people pay for them, and how the feed writes amounts.
import { lines, type Rng, WeightedChoice, words } from './random.ts'

export interface Currency {
  readonly code: string
  /** USD for one unit, before the day's small swing. */
  readonly usd: number
  /** Units that feel like a dollar to a seller: list prices are dollars times this, rounded to `step`. */
  readonly scale: number
  readonly step: number
  readonly decimals: 0 | 2
  readonly before: string
  readonly after: string
}

/** code, USD a unit, scale, step, decimals, sign before, text after (`_` is a blank, `.` is nothing). */
const TABLE = lines(`
USD 1 1 0 2 $ .
GBP 1.29 1 0 2 £ .
EUR 1.14 1 0 2 € .
AUD 0.66 1.3 0 2 $ _AUD
JPY 0.0068 140 50 0 ¥ .
SEK 0.102 10 5 2 kr _SEK
CAD 0.72 1.2 0 2 $ _CAD
CZK 0.046 22 10 2 Kč _CZK
NZD 0.59 1.4 0 2 $ _NZD
DKK 0.152 7 5 2 kr _DKK
CHF 1.2 1 0 2 CHF_ .
ILS 0.29 3.6 1 2 ₪ .
HUF 0.0029 350 100 0 Ft _HUF
PLN 0.27 4 1 2 zł _PLN
NOK 0.098 10 5 2 kr _NOK
MXN 0.054 18 5 2 $ _MXN
HKD 0.128 8 1 2 $ _HKD
SGD 0.77 1.3 0 2 $ _SGD`)

const blank = (text: string) => (text === '.' ? '' : text.replaceAll('_', ' '))

export const CURRENCIES: ReadonlyMap<string, Currency> = new Map(
  TABLE.map(line => {
    const [code = '', usd, scale, step, decimals, before = '.', after = '.'] = line.split(' ')
    const currency: Currency = {
      code,
      usd: Number(usd),
      scale: Number(scale),
      step: Number(step),
      decimals: decimals === '0' ? 0 : 2,
      before: blank(before),
      after: blank(after),
    }
    return [code, currency]
  }),
)

/** "9.99:3 10:20" → amounts with weights. */
class Amounts {
  private readonly values: readonly number[]
  private readonly choice: WeightedChoice

  constructor(table: string) {
    const pairs = words(table).map(pair => pair.split(':').map(Number) as [number, number])
    this.values = pairs.map(([value]) => value)
    this.choice = new WeightedChoice(pairs.map(([, weight]) => weight))
  }

  pick(unit: number): number {
    return this.values[this.choice.pick(unit)]!
  }
}

export type PriceList = 'album' | 'track' | 'vinyl' | 'cd' | 'cassette' | 'merch' | 'plain' | 'discography'

/** List prices in dollars; 0 is "name your price". Fitted to FEED.md 2.3: means by kind, quartiles. */
const LIST_PRICES: Readonly<Record<PriceList, Amounts>> = {
  track: new Amounts(`0:9 0.5:2 0.75:1 0.99:4 1:47 1.25:3 1.29:3 1.49:2 1.5:12 1.99:2 2:12 2.5:2 3:5 4:2 5:2
    7:0.7 10:0.5`),
  album:
    new Amounts(`0:14 1:8 2:6 3:8 4:8 5:18 5.99:1 6:7 6.99:1 7:11 7.5:1 7.99:2 8:6 8.99:1 9:6 9.99:2 10:12
    11:1 12:4 13:1 15:2 20:1`),
  vinyl: new Amounts(`8:4 10:7 12:6 14:4 15:6 16:3 18:9 20:16 21:3 22:10 23:4 24:6 25:13 26:4 28:6 30:7 32:3
    35:4 40:3 45:2 50:2 60:1 75:1 120:0.5`),
  cd: new Amounts('5:5 6:3 7:5 8:9 9:4 9.99:3 10:30 11:4 12:17 13:5 14:4 15:10 16:2 18:2 20:3 25:1'),
  cassette: new Amounts('4:2 5:9 6:11 7:14 8:18 9:7 10:21 11:3 12:9 13:1 14:1 15:3'),
  merch: new Amounts(`1:3 2:4 3:4 5:7 8:3 10:8 12:4 15:9 18:5 20:18 22:5 25:18 28:3 30:8 35:5 40:4 50:3 60:2
    80:1 100:0.7`),
  plain: new Amounts('5:5 7:6 8:8 10:18 12:12 15:12 18:6 20:11 22:4 25:8 30:5 40:3 50:2 80:1'),
  discography: new Amounts(`0:3 3:7 5:9 8:9 10:13 12:10 15:11 20:12 25:9 32:6 40:5 55:4 70:2.5 96:1.5 140:1.3
    220:0.5`),
}

/** What people give where they name the price: single tracks, and all else. */
const GIFTS_TRACK = new Amounts('0.5:8 1:48 1.5:3 2:20 3:7 4:2 5:9 10:2')
const GIFTS_ALBUM = new Amounts('1:16 2:9 3:12 4:5 5:26 6:4 7:7 8:4 10:13 12:1 15:2 20:2.5 25:0.6 50:0.3')
/** What people add to a price, in dollars, and how seldom they give very much more. */
const TIPS = new Amounts('0.5:8 1:26 2:16 3:11 4:4 5:16 8:2 10:9 15:2 20:3.5 30:1 50:0.7 100:0.2')
const TIP_CHANCE = 0.044
const LARGESSE_CHANCE = 0.00012
const LARGESSE_MIN = 80
const LARGESSE_MAX = 1000
/** Sales under the list price (a discount code), and over it without the feed saying so. */
const DISCOUNT_CHANCE = 0.012
const SILENT_TIP_CHANCE = 0.003
/** The least the feed shows. */
const MIN_USD = 0.2

/** A dollar amount as a seller in this currency would round it. */
export function localAmount(dollars: number, currency: Currency): number {
  if (dollars === 0) return 0
  if (currency.step === 0) return currency.scale === 1 ? dollars : niceScaled(dollars * currency.scale)
  return Math.max(1, Math.round((dollars * currency.scale) / currency.step)) * currency.step
}

/** Halves under 4, whole numbers above. */
function niceScaled(amount: number): number {
  return amount < 4 ? Math.max(0.5, Math.round(amount * 2) / 2) : Math.round(amount)
}

/** The list price of a thing, by a number in [0, 1) that belongs to the thing. */
export function listPrice(ware: PriceList, unit: number, currency: Currency): number {
  return localAmount(LIST_PRICES[ware].pick(unit), currency)
}

export interface Payment {
  readonly paid: number
  /** Above the asking price as the feed says it; 0 where it says nothing. */
  readonly over: number
}

const cents = (amount: number) => Math.round(amount * 100) / 100

/** What one buyer gives for a thing of this list price, never less than the feed's least. */
export function payment(ware: PriceList, price: number, currency: Currency, rng: Rng): Payment {
  const chance = rng.unit()
  if (chance < LARGESSE_CHANCE) {
    const dollars = Math.round(LARGESSE_MIN * (LARGESSE_MAX / LARGESSE_MIN) ** rng.unit())
    const over = localAmount(dollars, currency)
    return { paid: cents(price + over), over }
  }
  if (price === 0) {
    const over = localAmount((ware === 'track' ? GIFTS_TRACK : GIFTS_ALBUM).pick(rng.unit()), currency)
    return { paid: over, over }
  }
  if (chance < TIP_CHANCE) {
    const over = localAmount(TIPS.pick(rng.unit()), currency)
    return { paid: cents(price + over), over }
  }
  const roll = 1 - chance
  if (roll < SILENT_TIP_CHANCE) return { paid: cents(price * 1.2), over: 0 }
  if (roll < DISCOUNT_CHANCE) {
    const paid = cents(price * (0.5 + 0.1 * rng.int(5)))
    return { paid: paid * currency.usd < MIN_USD ? price : paid, over: 0 }
  }
  return { paid: price, over: 0 }
}

/** How far rates swing about their mean from day to day. */
const RATE_SWING = 0.006

/** USD with two decimals, at the day's rate (`swing` in [0, 1) belongs to the day); at least 0.20. */
export function toUsd(amount: number, currency: Currency, swing: number): number {
  const rate = currency.usd === 1 ? 1 : currency.usd * (1 + RATE_SWING * (2 * swing - 1))
  return Math.max(MIN_USD, cents(amount * rate))
}

/** "$9.99", "£1", "€10.50", "$1,000", "¥50,000", "$11 MXN". Signs beyond those five are guessed. */
export function amountText(amount: number, currency: Currency): string {
  const whole = Number.isInteger(amount)
  const text = whole || currency.decimals === 0 ? String(Math.round(amount)) : amount.toFixed(2)
  const grouped = amount >= 1000 ? text.replace(/\B(?=(\d{3})+(?!\d))/g, ',') : text
  return `${currency.before}${grouped}${currency.after}`
}
