// Query strings, read strictly: an unknown, repeated, empty or malformed parameter is refused by name.
import { type PagePlace, parsePagePlace } from '../core/cursor.ts'
import { parseViewQuery, type ViewQuery } from '../core/query.ts'

/** A question that cannot be answered as it stands: what is wrong and what to do. */
export class BadRequest extends Error {
  readonly parameter: string
  constructor(parameter: string, message: string) {
    super(message)
    this.parameter = parameter
  }
}

export const FILTER_PARAMS = ['genre', 'artist', 'country', 'format'] as const
export const VIEW_PARAMS = ['range', 'from', 'to', ...FILTER_PARAMS, 'compare', 'tz'] as const

/** The query string's parameters, each one of `allowed`, at most once, not empty. */
export function readParams(url: string, allowed: readonly string[]): URLSearchParams {
  const params = new URL(url, 'http://localhost').searchParams
  for (const name of new Set(params.keys())) {
    if (!allowed.includes(name)) {
      throw new BadRequest(name.slice(0, 100), `unknown parameter; allowed: ${allowed.join(', ') || 'none'}`)
    }
    const values = params.getAll(name)
    if (values.length > 1) throw new BadRequest(name, `${name} is given ${values.length} times; give it once`)
    if (values[0]!.trim() === '') throw new BadRequest(name, `${name} is empty; give a value or leave it out`)
  }
  return params
}

/** A view's query; `from` and `to` go with `range=custom`, which they imply. */
export function readView(params: URLSearchParams): ViewQuery {
  const copy = new URLSearchParams(params)
  const bound = copy.has('from') ? 'from' : copy.has('to') ? 'to' : null
  if (bound !== null && !copy.has('range')) copy.set('range', 'custom')
  if (bound !== null && copy.get('range') !== 'custom') {
    throw new BadRequest(bound, `${bound} needs range=custom; leave out one of the two`)
  }
  const parsed = parseViewQuery(copy.toString())
  if (!parsed.ok) throw new BadRequest(parsed.param, parsed.message)
  return parsed.query
}

/** A whole number within bounds (inclusive), or the default. */
export function readInteger(
  params: URLSearchParams,
  name: string,
  bounds: { readonly min: number; readonly max: number; readonly byDefault: number },
): number {
  const text = params.get(name)
  if (text === null) return bounds.byDefault
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= bounds.min && value <= bounds.max)) {
    throw new BadRequest(name, `${name} must be a whole number from ${bounds.min} to ${bounds.max}`)
  }
  return value
}

/** One of the values, or null where it is not given. */
export function readOneOf<T extends string>(
  params: URLSearchParams,
  name: string,
  values: readonly T[],
): T | null {
  const text = params.get(name)
  const value = values.find(known => known === text)
  if (text !== null && value === undefined) {
    throw new BadRequest(name, `${name} must be one of ${values.join(', ')}`)
  }
  return value ?? null
}

export function readPlace(params: URLSearchParams): PagePlace | null {
  const text = params.get('before')
  if (text === null) return null
  const place = parsePagePlace(text)
  if (place === null) throw new BadRequest('before', 'before must be the `next` of an earlier answer')
  return place
}

/** Epoch milliseconds of a UTC time such as `2026-11-22T14:05:00Z`, or null where it is not given. */
export function readTime(params: URLSearchParams, name: string): number | null {
  const text = params.get(name)
  if (text === null) return null
  const timeMs = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(timeMs))
    throw new BadRequest(name, `${name} must be a UTC time such as 2026-11-22T14:05:00Z`)
  return timeMs
}
