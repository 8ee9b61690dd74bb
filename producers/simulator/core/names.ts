// Invented names: of artists, labels, releases and people. Each is a function of a few hashed bits.
import type { Family } from './genres.ts'
import { hash, mix32 } from './random.ts'
import { FAMILY_WORDS, GIVEN_NAMES, LABEL_ENDINGS, SCRIPTS, SURNAME_ENDS, SURNAME_STARTS } from './words.ts'

/** A text with what stands for it in a URL: lower-case ASCII letters and digits, with hyphens. */
export interface Named {
  readonly text: string
  readonly slug: string
}

/** Longer slugs are cut, as Bandcamp does. */
const MAX_SLUG = 60

const IS_SIMPLE = /^[a-z0-9]+(?: [a-z0-9]+)*$/
const IS_ASCII = /^[\x20-\x7e]*$/

/** "Café Noir (Live)" → "cafe-noir-live"; empty where nothing of it is Latin. */
export function slugOf(text: string): string {
  const lower = text.toLowerCase()
  // Most names are plain words: the long way round is ten times as slow, and taking accents off thirty times.
  if (lower.length <= MAX_SLUG && IS_SIMPLE.test(lower)) return lower.replaceAll(' ', '-')
  const plain = IS_ASCII.test(lower) ? lower : lower.normalize('NFD').replace(/[\u0300-\u036f\u200b’]/g, '')
  const slug = plain.replace(/[^a-z0-9]+/g, '-')
  const from = slug.startsWith('-') ? 1 : 0
  return slug.slice(from, slug.endsWith('-') ? -1 : undefined).slice(0, MAX_SLUG)
}

/** The same without hyphens: for hosts. */
function hostOf(text: string): string {
  const slug = slugOf(text)
  return slug.includes('-') ? slug.replaceAll('-', '') : slug
}

function at<T>(list: readonly T[], bits: number): T {
  return list[bits % list.length]!
}

const MIDDLES = ['', '', 'a', 'e', 'i', 'o'] as const

function surname(bits: number): string {
  const middle = at(MIDDLES, bits >>> 2)
  return `${at(SURNAME_STARTS, bits >>> 5)}${middle}${at(SURNAME_ENDS, bits >>> 14)}`
}

/** "Tamsin Lindqvarn": parts of surnames are put together, so that nobody's is meant. */
export function personName(bits: number): string {
  return `${at(GIVEN_NAMES, bits >>> 3)} ${surname(mix32(bits))}`
}

/** Either list: twice the words, four times the pairs. */
function either(one: readonly string[], other: readonly string[], bits: number): string {
  const n = bits % (one.length + other.length)
  return one[n] ?? other[n - one.length]!
}

function bandName(bits: number, family: Family): string {
  const list = FAMILY_WORDS[family]
  const more = mix32(bits ^ 0x5a5a)
  const first = either(list.first, list.mood, more)
  const second = either(list.second, list.thing, more >>> 8)
  const kind = bits % 100
  if (kind < 16) return `${first} ${second}`
  if (kind < 20) return `The ${first} ${second}`
  if (kind < 24) return `${first}${second.toLowerCase()}`
  if (kind < 62) return personName(more)
  if (kind < 67) return surname(more)
  if (kind < 73) return `${surname(mix32(more))} ${second}`
  if (kind < 77) return `${first} & ${surname(mix32(more))}`
  if (kind < 80) return `${at(GIVEN_NAMES, more >>> 16)} ${second}`
  if (kind < 84) return `${second} of the ${first} ${at(list.thing, more >>> 16)}`
  if (kind < 87) return `${family === 'beats' || family === 'club' ? 'DJ ' : 'Old '}${surname(mix32(more))}`
  if (kind < 90) return `${personName(more)} & The ${first} ${second}`
  if (kind < 94) return `${first.toUpperCase()} ${String(more % 1000).padStart(3, '0')}`
  return `${first.toLowerCase()} ${second.toLowerCase()} ${at(list.thing, more >>> 17).toLowerCase()}`
}

/** The name of an artist; `script` is an index of SCRIPTS where it is written in another script, or -1. */
export function artistName(bits: number, family: Family, script: number): Named {
  if (script >= 0) return scriptName(bits, script)
  const text = bandName(bits, family)
  return { text, slug: hostOf(text) }
}

export function scriptName(bits: number, script: number): Named {
  const { joint, list } = at(SCRIPTS, script)
  const a = at(list, bits)
  const b = at(list, Math.floor(bits / list.length))
  return { text: `${a.text}${joint}${b.text}`, slug: `${a.latin}${b.latin}` }
}

/** "Cobalt Recordings": a label, called after things of its family. */
export function labelName(bits: number, family: Family): Named {
  const list = FAMILY_WORDS[family]
  const word = bits % 3 === 0 ? surname(mix32(bits)) : either(list.first, list.thing, bits >>> 2)
  const middle = bits % 4 > 1 ? `${either(list.second, list.mood, bits >>> 9)} ` : ''
  const text = `${word} ${middle}${at(LABEL_ENDINGS, bits >>> 17)}`
  return { text, slug: hostOf(text) }
}

/** Odd, and coprime to the number of pairs of every family (none has a factor 7 in it). */
const TITLE_STEP = 7 ** 4

function dressed(first: string, second: string, style: number): string {
  if (style < 46) return `${first} ${second}`
  if (style < 54) return `The ${first} ${second}`
  if (style < 60) return `${second} (${first})`
  if (style < 66) return `${first}\u200b-\u200b${second}`
  if (style < 70) return `${first}${second.toLowerCase()}`
  if (style < 74) return `${second}, ${first}`
  if (style < 78) return `${first} ${second} / ${second}`
  if (style < 82) return `${first.toLowerCase()} ${second.toLowerCase()}`
  return ''
}

function albumTitle(first: string, second: string, bits: number): string {
  const style = bits % 100
  if (style < 82) return dressed(first, second, style)
  if (style < 90) return `${first} ${second} EP`
  if (style < 94) return `${first} ${second}, Vol. ${1 + (bits % 7)}`
  if (style < 97) return `Live at the ${first} ${second}`
  return `${first} ${second} (Deluxe Edition)`
}

function trackTitle(first: string, second: string, bits: number): string {
  const style = bits % 100
  if (style < 82) return dressed(first, second, style)
  if (style < 88) return `${first} ${second} (feat. ${personName(bits)})`
  if (style < 94) return `${first} ${second} (${personName(bits).split(' ')[1]} Remix)`
  if (style < 97) return `${String(1 + (bits % 12)).padStart(2, '0')} ${first} ${second}`
  return `${first} ${second}, Pt. ${1 + (bits % 3)}`
}

export interface TitleOf {
  readonly seed: number
  readonly artist: number
  readonly family: Family
  readonly script: number
}

/**
 * The title of the n-th thing of an artist: every n below the number of word pairs (1,600 and more) has a
 * pair of its own, so that slugs of one artist do not meet.
 */
export function titleOf(of: TitleOf, n: number, isTrack: boolean): Named {
  const { mood, thing } = FAMILY_WORDS[of.family]
  const bits = hash(of.seed, of.artist, n, isTrack ? 2 : 1)
  if (of.script >= 0 && bits % 2 === 0) {
    const { text, slug } = scriptName(bits >>> 3, of.script)
    return { text, slug: `${slug}-${n}` }
  }
  const pairs = mood.length * thing.length
  const pair = ((of.artist % pairs) * 31 + n * TITLE_STEP) % pairs
  const first = mood[pair % mood.length]!
  const second = thing[Math.floor(pair / mood.length)]!
  const text = isTrack ? trackTitle(first, second, bits >>> 4) : albumTitle(first, second, bits >>> 4)
  return { text, slug: slugOf(text) }
}
