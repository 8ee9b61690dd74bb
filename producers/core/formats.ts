// What kind of thing was sold: from the feed's item type and, for packages, from the words of their name.
import type { Format } from '../../schemas/keys.ts'
import { lastKind, type PackageFormat } from './format-words.ts'
import { bounded } from './text.ts'

/** Enough for any real package name; a longer one is judged by its beginning. */
const MAX_JUDGED_CODE_POINTS = 300

/** What joins the parts of a bundle, in a few languages. */
const JOINERS =
  /[+&,;|/]|(?<![\p{L}\p{N}])(?:and|with|plus|incl|includes?|including|in|und|mit|et|avec|con|bundle)(?![\p{L}\p{N}])/gu
const PARENTHESES = /[([][^)\]]*[)\]]?/g

/** Dearest first: a bundle of several carriers is the first of them that it holds. */
const PRECEDENCE: readonly PackageFormat[] = ['vinyl', 'cassette', 'cd', 'merch']

/** What is outside parentheses decides, where it decides at all: a *T-Shirt (Cassette design)* is a shirt. */
function kindOfName(name: string): PackageFormat | null {
  for (const part of [name.replace(PARENTHESES, ' '), name]) {
    const kinds = new Set(part.split(JOINERS).map(lastKind))
    const kind = PRECEDENCE.find(candidate => kinds.has(candidate))
    if (kind !== undefined) return kind
  }
  return null
}

/** The kind a package's name speaks of, or null where it speaks of none. */
export function packageKind(name: string): PackageFormat | null {
  return kindOfName(bounded(name, MAX_JUDGED_CODE_POINTS).normalize('NFKC').toLowerCase())
}

export interface SoldThing {
  readonly itemType: 'a' | 't' | 'p' | 'b'
  readonly description: string
  /** Absolute URL of the page: a merch page's address helps where the name does not. */
  readonly url: string
}

/**
 * `a` is a digital album, `t` a track, `b` a discography. A package is what its name says: of a bundle
 * (*LP + T-Shirt*, *CD with poster*) the carrier, vinyl before cassette before CD; of one thing the last word
 * (*Cassette tote bag* is merch). A package whose name says nothing is what its merch page's address says,
 * else merch.
 */
export function formatOf({ itemType, description, url }: SoldThing): Format {
  if (itemType === 'a') return 'digital-album'
  if (itemType === 't') return 'track'
  if (itemType === 'b') return 'discography'
  const merchPage = /\/merch\/([^/]+)$/.exec(url)
  const fromAddress = merchPage === null ? null : packageKind(merchPage[1]!.replaceAll('-', ' '))
  return packageKind(description) ?? fromAddress ?? 'merch'
}
