// The words by which package names say what is in the package, in the languages that shops use.

export type PackageFormat = 'vinyl' | 'cassette' | 'cd' | 'merch'

/**
 * Lower case, without plural s (it is taken off before the look-up); a hyphen is a space, phrases have up to
 * three words. `7inch` also stands for 7", 7-inch and 7 Zoll; counts such as 2x are taken off.
 */
const WORDS: Readonly<Record<PackageFormat, string>> = {
  vinyl: `
    lp, vinyl, vinyle, vinilo, vinile, vinil, vinili, vinyyli, winyl, winyle, vynil, vinylplatte, vinylplatten,
    schallplatte, schallplatten, platte, platten, record, disque vinyle, disco de vinilo, 5inch, 6inch, 7inch,
    8inch, 10inch, 12inch, picture disc, picture disk, pic disc, test pressing, test press, testpressing,
    white label, lathe, lathe cut, flexi, flexi disc, flexidisc, gatefold, dubplate, acetate, 140g, 160g, 180g,
    180gr, 180 gram, 200g, 45rpm, 45 rpm, 33rpm, splatter, пластинка, винил, виниловая пластинка`,
  cassette: `
    cassette, casette, cassete, cassett, tape, mixtape, cassingle, kassette, kassetten, kassett, kassetter,
    musikkassette, musicassetta, musicassette, cassetta, casete, cinta, kaseta, kasety, kazeta, kazetta, kasetti,
    k7, mc, fita, fita k7, c10, c15, c20, c30, c40, c46, c50, c60, c90, c 20, c 30, c 40, c 60, c 90, кассета`,
  cd: `
    cd, cdr, cd r, cdep, cd ep, mini cd, maxi cd, compact disc, compact disk, digipak, digipack, digi pack,
    digi pak, digisleeve, digifile, ecopak, jewel case, jewelcase, диск, компакт диск`,
  merch: `
    t shirt, tshirt, tee, shirt, longsleeve, long sleeve, sweater, sweatshirt, hoodie, hoody, hoodies, jumper,
    jacket, crewneck, tank top, jersey, short, sock, scarf, hat, cap, snapback, beanie, bandana, mask, bag, tote,
    totebag, backpack, poster, print, screenprint, lithograph, photo, postcard, card, sticker, patch, patche,
    badge, button, pin, magnet, keychain, keyring, key chain, key ring, lighter, mug, cup, glass, glasse,
    slipmat, slip mat, book, booklet, songbook, zine, fanzine, magazine, comic, calendar, flag, banner, candle,
    necklace, pendant, usb, usb stick, dvd, vhs, blu ray, bluray, minidisc, mini disc, ticket, voucher, coaster,
    plush, camiseta, playera, polera, camisa, maglietta, maglia, tröja, koszulka, póló, beutel, aufkleber,
    jutebeutel, affiche, autocollant, pegatina, livre, libro, buch, плакат, футболка, значок, стикер`,
}

/** Scripts that do not part words: looked for anywhere in a name. */
const UNPARTED: readonly (readonly [string, PackageFormat])[] = [
  ['レコード', 'vinyl'],
  ['アナログ', 'vinyl'],
  ['黑胶', 'vinyl'],
  ['カセット', 'cassette'],
  ['磁带', 'cassette'],
  ['シャツ', 'merch'],
  ['ポスター', 'merch'],
  ['ステッカー', 'merch'],
  ['トート', 'merch'],
]

const MAX_PHRASE_WORDS = 3

const KIND_OF: ReadonlyMap<string, PackageFormat> = new Map(
  (Object.keys(WORDS) as PackageFormat[]).flatMap(kind =>
    WORDS[kind].split(',').map((word): [string, PackageFormat] => [word.trim(), kind]),
  ),
)

const INCHES =
  /(?<!\d)(5|6|7|8|10|12)\s?-?\s?(?:["”“″]|''|’’|′′|(?:inch(?:es)?|in|zoll|pouces?|pulgadas)(?![\p{L}\p{N}]))/gu
/** `2x`, `2 x `, `2×` and `2` before the name of a carrier. */
const COUNT = /^\d{1,2}[x×]?(?=\p{L})/u

function kindOfPhrase(phrase: string): PackageFormat | undefined {
  const counted = phrase.replace(COUNT, '')
  for (const form of [phrase, phrase.replace(/s$/, ''), counted, counted.replace(/s$/, '')]) {
    const kind = KIND_OF.get(form)
    if (kind !== undefined) return kind
  }
  return undefined
}

/** The kind of the longest known phrase that ends with word `last`. */
function kindEndingAt(words: readonly string[], last: number): PackageFormat | undefined {
  for (let length = Math.min(MAX_PHRASE_WORDS, last + 1); length > 0; length--) {
    const kind = kindOfPhrase(words.slice(last - length + 1, last + 1).join(' '))
    if (kind !== undefined) return kind
  }
  return undefined
}

/**
 * The kind that the last naming word of a lower-case text says: a *vinyl sticker* is a sticker. Null: none
 * does.
 */
export function lastKind(text: string): PackageFormat | null {
  const words = text.replace(INCHES, ' $1inch ').split(/[^\p{L}\p{M}\p{N}×]+/u)
  for (let last = words.length - 1; last >= 0; last--) {
    const kind = kindEndingAt(words, last)
    if (kind !== undefined) return kind
  }
  return UNPARTED.find(([word]) => text.includes(word))?.[1] ?? null
}
