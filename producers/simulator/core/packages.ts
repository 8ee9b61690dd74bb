// Physical things: how sellers word them, by class, and which class an album's or a shop's page sells.
import { lines, WeightedChoice } from './random.ts'

export type PackageClass = 'vinyl' | 'cd' | 'cassette' | 'merch' | 'plain'

export const PACKAGE_CLASSES: readonly PackageClass[] = ['vinyl', 'cd', 'cassette', 'merch', 'plain']

/** Wordings by class; `plain` ones say nothing of what it is. */
export const PACKAGE_TEXTS: Readonly<Record<PackageClass, readonly string[]>> = {
  vinyl: lines(`
    Limited Edition 12" Vinyl
    Black Vinyl LP
    12" Vinyl LP
    2 x Vinyl LP Gatefold
    Transparent Red Vinyl
    7" Vinyl Single
    Limited Edition Splatter Vinyl
    180g Double LP
    10" Lathe Cut Vinyl
    Standard Black Vinyl + Download
    Record/Vinyl
    Test Pressing (12" Vinyl)`),
  cd: lines(`
    Compact Disc (CD)
    Digipak CD
    CD in Card Sleeve
    Limited Edition CD
    2xCD
    CD + 16-page Booklet
    Jewel Case Compact Disc
    Signed CD`),
  cassette: lines(`
    Limited Edition Cassette
    Special Edition Cassette
    Cassette Tape
    Pro-dubbed C46 Cassette
    Cassette + Digital Album
    Clear Shell Cassette
    Tape (Edition of 50)`),
  merch: lines(`
    T-Shirt/Shirt/Apparel
    Logo T-Shirt (Black)
    Long Sleeve Shirt
    Tote Bag
    Enamel Pin
    Hoodie/Sweatshirt
    Poster/Print
    Woven Patch
    Album Bundle: LP Artwork Shirt
    Sticker Pack
    Beanie Hat
    A2 Risograph Print
    Coffee Mug`),
  plain: lines(`
    Limited Edition
    Special Edition Box
    Deluxe Edition
    Mystery Package
    Edition of 100
    Pre-order
    Collector's Set
    Fan Edition
    Last Copies
    限定盤
    Other`),
}

/**
 * Shares of the classes in per mille of all items: on album pages (187.8) and on merch pages (48.0). Together
 * vinyl 99, CD 46, merch 43, cassette 22, undefined 25: FEED.md 2.2.
 */
const ON_ALBUM_PAGE = new WeightedChoice([97, 45, 21, 6, 18.8])
const ON_MERCH_PAGE = new WeightedChoice([2, 1, 1, 37, 7])

export function packageClass(onAlbumPage: boolean, unit: number): PackageClass {
  return PACKAGE_CLASSES[(onAlbumPage ? ON_ALBUM_PAGE : ON_MERCH_PAGE).pick(unit)]!
}
