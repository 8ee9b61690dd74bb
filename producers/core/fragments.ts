// Cuts the few pieces that matter out of a page: a whole hostile page is never parsed, and time stays linear.

/** Fragments longer than this are cut: the largest real one, a discography's JSON, has about 300 KB. */
const MAX_FRAGMENT = 524_288
/** A page has one such script; a few more are looked at, so that a decoy does not hide it. */
const MAX_SCRIPTS = 5

/**
 * The text between `from` (inclusive, searched) and the first `to` after it, both left out; null where
 * absent.
 */
export function between(html: string, from: string, to: string, start = 0): string | null {
  const open = html.indexOf(from, start)
  if (open < 0) return null
  const begin = open + from.length
  const end = html.indexOf(to, begin)
  return end < 0 ? null : html.slice(begin, Math.min(end, begin + MAX_FRAGMENT))
}

/** `maxChars` of the page from the first `marker` on; null where absent. */
export function from(html: string, marker: string, maxChars: number): string | null {
  const begin = html.indexOf(marker)
  return begin < 0 ? null : html.slice(begin, begin + maxChars)
}

/** The contents of the page's first JSON-LD scripts that are JSON objects, arrays flattened. */
export function jsonLdObjects(html: string): readonly Readonly<Record<string, unknown>>[] {
  const found: Readonly<Record<string, unknown>>[] = []
  let at = 0
  for (let i = 0; i < MAX_SCRIPTS; i++) {
    at = html.indexOf(JSON_LD, at)
    if (at < 0) break
    at += JSON_LD.length
    const text = between(html, '>', '</script', at)
    const value = text === null ? undefined : parsed(text)
    for (const each of Array.isArray(value) ? value : [value]) if (isObject(each)) found.push(each)
  }
  return found
}

const JSON_LD = 'application/ld+json'

/** The value of JSON text, or undefined where it is not JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The field of something that may be an object, else undefined. */
export function field(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null
}
