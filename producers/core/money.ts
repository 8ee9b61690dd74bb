// Amounts of money: decimals of the feed become integers of the currency's minor unit.

/** ISO 4217: currencies whose minor unit is not a hundredth. */
const EXPONENTS: ReadonlyMap<string, number> = new Map([
  ...'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'
    .split(' ')
    .map((code): [string, number] => [code, 0]),
  ...'BHD IQD JOD KWD LYD OMR TND'.split(' ').map((code): [string, number] => [code, 3]),
  ...'CLF UYW'.split(' ').map((code): [string, number] => [code, 4]),
])
const USUAL_EXPONENT = 2

/** Digits after the decimal point: JPY 0, HUF and USD 2, KWD 3. `currency` is an upper-case ISO 4217 code. */
export function minorExponent(currency: string): number {
  return EXPONENTS.get(currency) ?? USUAL_EXPONENT
}

/**
 * The nearest integer of minor units, halves up: 9.99 USD is 999, 11 JPY is 11. The feed's decimals have
 * float32 noise (9.98999977), which rounding takes away below 100,000.
 */
export function toMinor(amount: number, currency: string): number {
  return Math.round(amount * 10 ** minorExponent(currency))
}

export function toUsdCents(amountUsd: number): number {
  return toMinor(amountUsd, 'USD')
}

/**
 * What was paid above the asking price, in USD cents at the rate of the sale itself:
 * `paidUsdCents × (paid − price) / paid`, rounded to the nearest cent, halves up; 0 where nothing was.
 * At most `paidUsdCents`.
 */
export function overUsdCents(paidMinor: number, priceMinor: number, paidUsdCents: number): number {
  if (paidMinor <= priceMinor) return 0
  return Math.round((paidUsdCents * (paidMinor - priceMinor)) / paidMinor)
}
