// Texts on their way into PostgreSQL: what it cannot hold is replaced, what an index cannot hold is
// shortened.
import { createHash } from 'node:crypto'

/** A B-tree entry holds 2,704 bytes at most; four bytes a character, and several keys share one entry. */
const KEY_MAX_CHARS = 400
const KEY_KEPT_CHARS = 360

/** PostgreSQL has no U+0000 in texts. */
export function cleanText(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text
}

/**
 * A text that serves as identity in an index. Longer ones than any honest host, tag or address keep their
 * beginning and end in a hash of the whole, so that they stay distinct. Deterministic.
 */
export function keyText(text: string): string {
  const clean = cleanText(text)
  if (clean.length <= KEY_MAX_CHARS) return clean
  const hash = createHash('sha256').update(clean).digest('hex').slice(0, 32)
  return `${clean.slice(0, KEY_KEPT_CHARS)}…${hash}`
}

/** `COPY … FROM STDIN` text format: a field. */
export function copyText(text: string): string {
  return /[\\\t\n\r\0]/.test(text)
    ? cleanText(text)
        .replaceAll('\\', '\\\\')
        .replaceAll('\t', '\\t')
        .replaceAll('\n', '\\n')
        .replaceAll('\r', '\\r')
    : text
}

export const COPY_NULL = '\\N'

/** A `text[]` as a COPY field. */
export function copyTexts(texts: readonly string[]): string {
  if (texts.length === 0) return '{}'
  return copyText(`{${texts.map(t => `"${/["\\]/.test(t) ? t.replace(/["\\]/g, '\\$&') : t}"`).join(',')}}`)
}

let lastMs = Number.NaN
let lastText = ''
/** An instant as PostgreSQL reads it; neighbours in a batch often share theirs. */
export function instantText(timeMs: number): string {
  if (timeMs !== lastMs) {
    lastMs = timeMs
    lastText = new Date(timeMs).toISOString()
  }
  return lastText
}

const MAX_WORDS = 8
const MAX_WORD_CHARS = 32

/** Letters that Unicode does not take apart, as people without that keyboard type them. */
const TYPED: Readonly<Record<string, string>> = {
  ð: 'd',
  đ: 'd',
  ø: 'o',
  ł: 'l',
  þ: 'th',
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ı: 'i',
}
const EVERY_HOST = /\.bandcamp\.com$/

/**
 * The words a text is found by: lower case, without accents, letters and digits only; the first few of them.
 */
export function searchWords(text: string): readonly string[] {
  const folded = text
    .slice(0, MAX_WORDS * MAX_WORD_CHARS)
    .replace(EVERY_HOST, '')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[ðđøłþßæœı]/g, letter => TYPED[letter] ?? letter)
  const words = folded.match(/[\p{L}\p{N}]+/gu) ?? []
  return [...new Set(words.slice(0, MAX_WORDS).map(w => w.slice(0, MAX_WORD_CHARS)))]
}
