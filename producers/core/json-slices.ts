// Finds where values stand in JSON text, so that they can be kept verbatim; for text that JSON.parse has
// accepted.

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/** Called with the half-open range of a value, without the white space around it. */
export type OnElement = (from: number, to: number) => void
export type OnMember = (key: string, from: number, to: number) => void

function skipSpace(text: string, at: number): number {
  let i = at
  for (let c = text.charCodeAt(i); c === 0x20 || (c >= 0x09 && c <= 0x0d); c = text.charCodeAt(i)) i++
  return i
}

/** `at` is an opening quote; gives the place after the closing one. */
function skipString(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); ; end = text.indexOf('"', end + 1)) {
    let backslashes = 0
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++
    if (backslashes % 2 === 0) return end + 1
  }
}

/** `at` is an opening bracket; gives the place after its partner. */
function skipNested(text: string, at: number): number {
  let depth = 0
  let i = at
  do {
    const c = text.charCodeAt(i)
    if (c === QUOTE) {
      i = skipString(text, i)
      continue
    }
    if (c === OPEN_OBJECT || c === OPEN_ARRAY) depth++
    else if (c === CLOSE_OBJECT || c === CLOSE_ARRAY) depth--
    i++
  } while (depth > 0)
  return i
}

/** Numbers, true, false and null end where punctuation, white space or the text does. */
function skipScalar(text: string, at: number): number {
  let i = at
  for (; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === COMMA || c === CLOSE_ARRAY || c === CLOSE_OBJECT || c <= 0x20) break
  }
  return i
}

function skipValue(text: string, at: number): number {
  const c = text.charCodeAt(at)
  if (c === QUOTE) return skipString(text, at)
  return c === OPEN_OBJECT || c === OPEN_ARRAY ? skipNested(text, at) : skipScalar(text, at)
}

/**
 * Visits the elements of the array that begins at or after `at`, in order. Does nothing for another value.
 */
export function eachElement(text: string, at: number, visit: OnElement): void {
  let i = skipSpace(text, at)
  if (text.charCodeAt(i) !== OPEN_ARRAY) return
  i = skipSpace(text, i + 1)
  while (text.charCodeAt(i) !== CLOSE_ARRAY) {
    const end = skipValue(text, i)
    visit(i, end)
    i = skipSpace(text, end)
    if (text.charCodeAt(i) === COMMA) i = skipSpace(text, i + 1)
  }
}

/**
 * Visits the members of the object that begins at or after `at`, in order; of equal keys the last one holds.
 */
export function eachMember(text: string, at: number, visit: OnMember): void {
  let i = skipSpace(text, at)
  if (text.charCodeAt(i) !== OPEN_OBJECT) return
  i = skipSpace(text, i + 1)
  while (text.charCodeAt(i) !== CLOSE_OBJECT) {
    const keyEnd = skipString(text, i)
    const raw = text.slice(i, keyEnd)
    const from = skipSpace(text, skipSpace(text, keyEnd) + 1)
    const end = skipValue(text, from)
    visit(raw.includes('\\') ? (JSON.parse(raw) as string) : raw.slice(1, -1), from, end)
    i = skipSpace(text, end)
    if (text.charCodeAt(i) === COMMA) i = skipSpace(text, i + 1)
  }
}
