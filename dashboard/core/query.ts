// The view's query: what the page's URL, the API and the socket's `subscribe` all say in the same words.

import type { SalesFilter } from '../../schemas/history.ts'
import { FORMATS, type Format } from '../../schemas/keys.ts'

/** Paths of the API, as the server mounts them and the page asks them. */
export const API_PATHS = {
  view: '/api/v1/view',
  summary: '/api/v1/summary',
  status: '/api/v1/status',
  search: '/api/v1/search',
  sales: '/api/v1/sales',
  /** With `.csv` or `.json` behind it, and the view's query. */
  export: '/api/v1/export',
  alerts: '/api/v1/alerts',
  subscriptions: '/api/v1/subscriptions',
  reports: '/api/v1/reports',
  /** With a file's path behind it. */
  reportFiles: '/reports/files',
  /** Atom; takes `genre`, `artist`, `country`, `tag`, `format`, `kind`, `minSeverity`. */
  alertsFeed: '/alerts.atom',
} as const

export const RANGES = ['1h', '24h', '7d', '28d', 'custom'] as const
export type RangeName = (typeof RANGES)[number]

/** What a period is compared with: the one right before it, or the same hours of the week before. */
export const COMPARISONS = ['before', 'week'] as const
export type Comparison = (typeof COMPARISONS)[number]

export const RANGE_MS = {
  '1h': 3_600_000,
  '24h': 86_400_000,
  '7d': 604_800_000,
  '28d': 2_419_200_000,
} as const

/** Longer than any genre, host or country code; anything longer is a mistake or an attack. */
export const MAX_VALUE_LENGTH = 200
/** Zones on Earth reach from UTC−12 to UTC+14. */
const MAX_ZONE_OFFSET_MINUTES = 14 * 60
/** Years a custom range may name: outside of these a typing error is likelier than a wish. */
const MIN_CUSTOM_MS = Date.UTC(2007, 0, 1)
const MAX_CUSTOM_MS = Date.UTC(2100, 0, 1)

export interface ViewQuery {
  readonly range: RangeName
  /** Bounds of a custom range, epoch ms, half-open, whole minutes; null for the others. */
  readonly fromMs: number | null
  readonly toMs: number | null
  readonly filter: SalesFilter
  readonly compare: Comparison
  /** Minutes that the reader's zone is ahead of UTC: the heatmap's hours are the reader's. */
  readonly zoneOffsetMinutes: number
}

export type QueryResult =
  | { readonly ok: true; readonly query: ViewQuery }
  /** `message` says what is wrong and what is allowed. */
  | { readonly ok: false; readonly param: string; readonly message: string }

export const DEFAULT_QUERY: ViewQuery = {
  range: '24h',
  fromMs: null,
  toMs: null,
  filter: { genre: null, artist: null, country: null, format: null },
  compare: 'before',
  zoneOffsetMinutes: 0,
}

class QueryProblem extends Error {
  readonly param: string
  constructor(param: string, message: string) {
    super(message)
    this.param = param
  }
}

function textOf(params: URLSearchParams, name: string, pattern: RegExp, allowed: string): string | null {
  const value = params.get(name)
  if (value === null || value === '') return null
  if (value.length > MAX_VALUE_LENGTH || !pattern.test(value)) {
    throw new QueryProblem(name, `${name} must be ${allowed}`)
  }
  return value
}

function timeOf(params: URLSearchParams, name: string): number {
  const text = params.get(name) ?? ''
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z$/.test(text) ? Date.parse(text) : Number.NaN
  if (!(ms >= MIN_CUSTOM_MS && ms <= MAX_CUSTOM_MS)) {
    throw new QueryProblem(name, `${name} must be a UTC time such as 2026-11-22T14:05Z`)
  }
  return Math.floor(ms / 60_000) * 60_000
}

function zoneOf(params: URLSearchParams): number {
  const text = params.get('tz')
  if (text === null || text === '') return 0
  const minutes = Number(text)
  if (!Number.isInteger(minutes) || Math.abs(minutes) > MAX_ZONE_OFFSET_MINUTES) {
    throw new QueryProblem('tz', 'tz must be minutes ahead of UTC, from -840 to 840')
  }
  return minutes
}

function filterOf(params: URLSearchParams): SalesFilter {
  const format = params.get('format')
  if (format !== null && format !== '' && !(FORMATS as readonly string[]).includes(format)) {
    throw new QueryProblem('format', `format must be one of ${FORMATS.join(', ')}`)
  }
  return {
    genre: textOf(params, 'genre', /^[a-z0-9-]+$/, 'a genre slug such as hip-hop-rap, or unknown'),
    artist: textOf(params, 'artist', /^[a-z0-9.-]+$/, "the host of an artist's page"),
    country: textOf(params, 'country', /^([a-z]{2}|unknown)$/, 'a lower-case ISO 3166 code, or unknown'),
    format: format === '' ? null : (format as Format | null),
  }
}

/**
 * Reads a query string (`range=24h&genre=techno&tz=60`, with or without `?`). Absent and empty parameters
 * take their default, unknown ones are left alone, malformed ones are refused with a sentence for a person.
 */
export function parseViewQuery(text: string): QueryResult {
  const params = new URLSearchParams(text)
  try {
    const range = params.get('range') || DEFAULT_QUERY.range
    if (!(RANGES as readonly string[]).includes(range)) {
      throw new QueryProblem('range', `range must be one of ${RANGES.join(', ')}`)
    }
    const compare = params.get('compare') || DEFAULT_QUERY.compare
    if (!(COMPARISONS as readonly string[]).includes(compare)) {
      throw new QueryProblem('compare', `compare must be one of ${COMPARISONS.join(', ')}`)
    }
    const custom = range === 'custom'
    const fromMs = custom ? timeOf(params, 'from') : null
    const toMs = custom ? timeOf(params, 'to') : null
    if (fromMs !== null && toMs !== null && fromMs >= toMs) {
      throw new QueryProblem('to', 'to must be later than from')
    }
    const query = {
      range: range as RangeName,
      fromMs,
      toMs,
      filter: filterOf(params),
      compare: compare as Comparison,
      zoneOffsetMinutes: zoneOf(params),
    }
    return { ok: true, query }
  } catch (error) {
    if (error instanceof QueryProblem) return { ok: false, param: error.param, message: error.message }
    throw error
  }
}

const minuteText = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16)}Z`

/** The query string of a view, without `?`; defaults are left out. Inverse of the parser. */
export function formatViewQuery(query: ViewQuery): string {
  const params = new URLSearchParams()
  if (query.range !== DEFAULT_QUERY.range) params.set('range', query.range)
  if (query.range === 'custom' && query.fromMs !== null && query.toMs !== null) {
    params.set('from', minuteText(query.fromMs))
    params.set('to', minuteText(query.toMs))
  }
  for (const name of ['genre', 'artist', 'country', 'format'] as const) {
    const value = query.filter[name]
    if (value !== null) params.set(name, value)
  }
  if (query.compare !== DEFAULT_QUERY.compare) params.set('compare', query.compare)
  if (query.zoneOffsetMinutes !== 0) params.set('tz', String(query.zoneOffsetMinutes))
  return params.toString()
}
