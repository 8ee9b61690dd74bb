// Parsers from the text of a flag or variable to a checked value; each says its unit and bounds when it
// refuses.
import { isIP } from 'node:net'
import { z } from 'zod'

export interface NumberBounds {
  readonly min: number
  readonly max: number
  /** Unit, or what is counted: `milliseconds`. */
  readonly unit?: string
}

function number(pattern: RegExp, kind: string, { min, max, unit }: NumberBounds) {
  const want = `${kind}${unit === undefined ? '' : ` of ${unit}`} from ${min} to ${max}`
  return z
    .string()
    .regex(pattern, `is not ${want}`)
    .transform(Number)
    .pipe(
      z.number().min(min, `is too small: it must be ${want}`).max(max, `is too large: it must be ${want}`),
    )
}

export function wholeNumber(bounds: NumberBounds) {
  return number(/^\d{1,15}$/, 'a whole number', bounds)
}

export function decimal(bounds: NumberBounds) {
  return number(/^\d{1,9}(\.\d{1,6})?$/, 'a number', bounds)
}

export function milliseconds(min: number, max: number) {
  return wholeNumber({ min, max, unit: 'milliseconds' })
}

function parsedUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null
}

/** A base URL without credentials, query or fragment; a trailing slash is dropped. */
export const baseUrl = z
  .string()
  .refine(text => ['https:', 'http:'].includes(parsedUrl(text)?.protocol ?? ''), {
    error: 'is not an http or https URL',
    abort: true,
  })
  .refine(text => {
    const url = new URL(text)
    return url.username === '' && url.password === '' && url.search === '' && url.hash === ''
  }, 'must not hold credentials, a query or a fragment')
  .transform(text => text.replace(/\/+$/, ''))

/** `a, b`: the parts, trimmed; empty ones are none. */
export const commaList = z.string().transform(text =>
  text
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== ''),
)

/** `https://a.example, http://localhost:3000`; empty: none. */
export const origins = commaList.refine(list => list.every(text => parsedUrl(text)?.origin === text), {
  error: 'is not a comma-separated list of origins such as https://example.org (no path, no trailing slash)',
})

const MAX_PROXIES = 9
const ADDRESS_BITS: Readonly<Record<number, number>> = { 4: 32, 6: 128 }

/** An address, a part of the net that is not all of it, or a name for one. */
function isProxy(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true
  const [address = '', bits, more] = text.split('/')
  const most = ADDRESS_BITS[isIP(address)]
  if (most === undefined || more !== undefined || address.includes('%')) return false
  return bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= most)
}

/** `1`: the number of proxies; `loopback, 10.0.0.0/8`: their addresses; empty: none. */
export const trustedProxies = z
  .string()
  .refine(text => /^\d$/.test(text.trim()) || commaList.parse(text).every(isProxy), {
    error: `is not a number of proxies from 0 to ${MAX_PROXIES}, nor addresses such as loopback or 10.0.0.0/8`,
  })
  .transform(text => (/^\d$/.test(text.trim()) ? Number(text) : commaList.parse(text)))

/** Empty: null. */
export const postgresUrl = z
  .string()
  .refine(text => text === '' || /^postgres(ql)?:\/\/./.test(text), {
    error: 'is not a PostgreSQL URL (postgres://user:password@host:5432/database)',
  })
  .transform(text => (text === '' ? null : text))

/** Text that is safe in an HTTP header: printable ASCII. */
export const headerText = z
  .string()
  .regex(/^[\x20-\x7e]{0,200}$/, 'must be at most 200 printable ASCII characters')

export const sqlIdentifier = z
  .string()
  .regex(/^[a-z_][a-z0-9_]{0,40}$/, 'must be lower-case letters, digits and underscores, 41 at most')

const MAX_PORT = 65_535
export const portNumber = wholeNumber({ min: 0, max: MAX_PORT })

const MAX_SEED = 2_147_483_647
export const seedNumber = wholeNumber({ min: 0, max: MAX_SEED })

/** An hour in a second is as fast as a world can be followed. */
export const speedNumber = decimal({ min: 0.1, max: 3_600 })
export const volumeNumber = decimal({ min: 0.1, max: 100 })
