// Chapter: what a package is, by the words of its name; and the spellings of tags and keys.
import { describe, expect, it } from 'vitest'
import { formatOf, packageKind } from '../../producers/core/formats.ts'
import { displayText, keyText, normaliseTag, recordText } from '../../producers/core/text.ts'

const NAMES: Readonly<Record<'vinyl' | 'cassette' | 'cd' | 'merch' | 'none', readonly string[]>> = {
  vinyl: [
    'Vinyl',
    'LP',
    '2xLP',
    '2 x 12" Vinyl',
    'Double LP',
    'LPs',
    '12"',
    '7" single',
    '7″ lathe cut',
    '7” EP',
    '10-inch',
    '12 Zoll Maxi',
    'Test Pressing',
    'Limited Black Vinyl Record',
    'Schallplatte',
    'Disque vinyle',
    'Vinilo 180g',
    'Gatefold 180 gram',
    'Picture Disc',
    'Flexi Disc',
    'VINYL LP (2xLP, gatefold)',
    'ＬＰ', // full width
    '限定レコード',
    'Виниловая пластинка',
  ],
  cassette: [
    'Limited Edition Cassette',
    'Cassette Tape + Digital',
    'Tape',
    'C60 tape',
    'C-60',
    'K7',
    'Kassette',
    'MC',
    'Casete',
    'カセットテープ',
    'Mixtape',
  ],
  cd: [
    'CD',
    'CDr',
    'CD-R',
    '2CD',
    '3xCD box',
    '2×CD',
    'Compact Disc (CD)',
    'Compact Disc',
    'Digipak',
    'CDs',
    'Mini-CD',
  ],
  merch: [
    'Hand Dyed "Starry Coins" T-Shirt (Black Graphic)',
    'T-Shirt',
    't shirt',
    'Tシャツ',
    'Poster',
    '12" Poster',
    'Tote Bag',
    'Enamel Pins',
    'Patches',
    'Vinyl sticker',
    'Cassette tote bag',
    'T-Shirt (Cassette design)',
    'Hoodie',
    'DVD',
    'Minidisc',
    'Songbook',
  ],
  none: [
    'Limited Edition',
    'Box Set',
    'Help!',
    'Tapestry',
    'Discography',
    'Cdiscount',
    'Alpaca',
    '',
    '45',
    '***',
  ],
}

describe('a package is what its name says', () => {
  for (const [kind, names] of Object.entries(NAMES)) {
    it.each(names)(`[N14] ${kind}: %s`, name => {
      expect(packageKind(name)).toBe(kind === 'none' ? null : kind)
    })
  }
})

describe('a bundle is its dearest carrier: vinyl before cassette before CD before merch', () => {
  it.each([
    ['CD + T-Shirt bundle', 'cd'],
    ['T-Shirt & Cassette', 'cassette'],
    ['LP with poster', 'vinyl'],
    ['Poster and LP', 'vinyl'],
    ['LP/CD', 'vinyl'],
    ['CD, Cassette, Patch', 'cassette'],
    ['T-Shirt mit CD', 'cd'],
    ['Deluxe Vinyl in Silkscreened Poster Sleeve', 'vinyl'],
    ['T-Shirt + Poster', 'merch'],
  ])('[N14] %s is %s', (name, kind) => {
    expect(packageKind(name)).toBe(kind)
  })
})

describe('formats', () => {
  const url = 'https://a.bandcamp.com/merch/hand-dyed-shirt'
  it.each([
    ['a', 'Vinyl Fantasy', 'digital-album'],
    ['t', 'Cassette', 'track'],
    ['b', 'full digital discography (8 releases)', 'discography'],
    ['p', 'Cassette', 'cassette'],
  ] as const)('[N14] item type %s named "%s" is %s', (itemType, description, format) => {
    expect(formatOf({ itemType, description, url })).toBe(format)
  })

  it('[N14] a package without a telling name is what its merch page is called, else merch', () => {
    const description = 'Limited Edition'
    const page = (path: string) => `https://a.bandcamp.com${path}`
    expect(formatOf({ itemType: 'p', description, url: page('/merch/our-first-lp') })).toBe('vinyl')
    expect(formatOf({ itemType: 'p', description, url: page('/album/our-first-lp') })).toBe('merch')
    expect(formatOf({ itemType: 'p', description: '', url: page('/merch/x') })).toBe('merch')
  })

  it('a name of 100,000 characters costs no more than its beginning', () => {
    expect(packageKind(`${'2 x '.repeat(25_000)}LP`)).toBeNull()
    expect(packageKind(`LP ${'('.repeat(100_000)}`)).toBe('vinyl')
  })
})

describe('tags', () => {
  it.each([
    ['drum & bass', 'drum-bass'],
    ['Drum&Bass', 'drum-bass'],
    ['drum + bass', 'drum-bass'],
    ['hip hop', 'hip-hop'],
    ['Hip_Hop', 'hip-hop'],
    ['hip-hop', 'hip-hop'],
    ['R&B', 'r-b'],
    ['#techno', 'techno'],
    ['  lo - fi  ', 'lo-fi'],
    ['Ｔｅｃｈｎｏ', 'techno'],
    ['am\u200bbient', 'ambient'],
    ['méxico d.f.', 'méxico-d-f'],
    ['日本 ロック', '日本-ロック'],
    ['♥', ''],
    ['', ''],
  ])('[N15] %j is spelt %j', (tag, expected) => {
    expect(normaliseTag(tag)).toBe(expected)
  })

  it('[N15] are bounded', () => {
    expect(normaliseTag('a'.repeat(10_000))).toBe('a'.repeat(100))
  })
})

describe('hostile text', () => {
  it('[N16] shown to a person is one line that cannot turn or hide', () => {
    expect(displayText('\u202egnp.exe\u202c\n\u0007 a \u200ftail\u2066')).toBe('gnp.exe a tail')
  })

  it('[N16] shown to a person keeps the joiners that emoji and scripts are spelt with', () => {
    expect(displayText('👩\u200d🎤')).toBe('👩\u200d🎤')
  })

  it('[N16] as a key has nothing invisible, one case and one width', () => {
    const spellings = ['Truth\u200b-\u200bTrance', 'TRUTH-TRANCE', ' truth-\u00adtrance ', 'Ｔruth-trance']
    expect(new Set(spellings.map(keyText))).toEqual(new Set(['truth-trance']))
  })

  it('[N16] in a record keeps what came', () => {
    expect(recordText('\u202eabc\u200b\n')).toBe('\u202eabc\u200b\n')
  })
})
