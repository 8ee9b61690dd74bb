// The fonts that a document needs, as @font-face rules with the files in them: a page without network.
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { create as readFont } from 'fontkit'

const { resolve } = createRequire(import.meta.url)

/**
 * In the order of the chain: a character is taken from the first family that has it. Noto Sans, which nearly
 * all of a report is set in, as a file for each weight: what a variable font draws is no font in a PDF, but
 * pictures of letters.
 */
const SHEETS = [
  () => resolve('@fontsource/noto-sans/400.css'),
  () => resolve('@fontsource/noto-sans/600.css'),
  () => resolve('@fontsource/noto-sans/700.css'),
  () => resolve('@fontsource-variable/noto-sans-jp/index.css'),
  () => resolve('@fontsource-variable/noto-sans-kr/index.css'),
  () => resolve('@fontsource-variable/noto-sans-sc/index.css'),
  () => resolve('@fontsource/noto-sans-arabic/400.css'),
  () => resolve('@fontsource/noto-sans-hebrew/400.css'),
  () => resolve('@fontsource/noto-sans-thai/400.css'),
  () => resolve('@fontsource/noto-sans-devanagari/400.css'),
  () => resolve('@fontsource/noto-sans-math/400.css'),
  () => resolve('@fontsource/noto-sans-symbols/400.css'),
  () => resolve('@fontsource/noto-sans-symbols-2/400.css'),
  () => resolve('@fontsource/noto-emoji/400.css'),
] as const

/** A file of a family: the characters that its sheet says it has. */
export interface FontFace {
  readonly family: string
  readonly weight: string
  readonly file: URL
  readonly ranges: readonly (readonly [from: number, to: number])[]
  /** The rest of its rule, as the package has it. */
  readonly range: string
}

/**
 * Characters whose files say less than they have: the letters of mathematics are what the font is made for,
 * and they are in the file that its sheet calls Latin.
 */
const WIDENED: Readonly<Record<string, string>> = {
  'Noto Sans Math': 'U+2100-214F,U+2200-22FF,U+27C0-27EF,U+2980-29FF,U+2A00-2AFF,U+1D400-1D7FF',
}

export function rangesOf(text: string): readonly (readonly [number, number])[] {
  return text.split(',').map(part => {
    const [from = '', to = from] = part.trim().replace(/^U\+/i, '').split('-')
    return [Number.parseInt(from, 16), Number.parseInt(to, 16)] as const
  })
}

/** The faces of a sheet of a font package. */
export function facesOf(css: string, sheet: URL): readonly FontFace[] {
  return [...css.matchAll(/@font-face\s*\{([^}]*)\}/g)].flatMap(([, rule = '']) => {
    const family = /font-family:\s*'([^']+)'/.exec(rule)?.[1]
    const weight = /font-weight:\s*([^;]+);/.exec(rule)?.[1]
    const file = /url\(([^)]+\.woff2)\)/.exec(rule)?.[1]
    const own = /unicode-range:\s*([^;]+);/.exec(rule)?.[1]
    if (family === undefined || weight === undefined || file === undefined || own === undefined) return []
    const range = WIDENED[family] ?? own
    return [{ family, weight, file: new URL(file, sheet), ranges: rangesOf(range), range }]
  })
}

/** Joiners and selectors go with the character before them. */
const FOLLOWS = new Set([0x200c, 0x200d, 0xfe0e, 0xfe0f])

/** Whether the file of a face has a glyph for a character. */
export type HasGlyph = (face: FontFace, code: number) => Promise<boolean>

/**
 * The faces that the text needs, all weights of each, in the order of the chain, none twice. A sheet claims
 * whole blocks of which its file may have nothing, so a face is needed only where its file has the character.
 */
export async function neededFaces(
  faces: readonly FontFace[],
  text: string,
  hasGlyph: HasGlyph,
): Promise<readonly FontFace[]> {
  const needed = new Set<string>()
  const nameOf = ({ family, range }: FontFace) => `${family} ${range}`
  const characters = new Set([...text].map(character => character.codePointAt(0)!))
  for (const code of characters) {
    if (FOLLOWS.has(code)) continue
    for (const face of faces) {
      if (!face.ranges.some(([from, to]) => code >= from && code <= to)) continue
      if (!(await hasGlyph(face, code))) continue
      needed.add(nameOf(face))
      break
    }
  }
  return faces.filter(face => needed.has(nameOf(face)))
}

let allFaces: Promise<readonly FontFace[]> | null = null

async function readFaces(): Promise<readonly FontFace[]> {
  const sheets = await Promise.all(
    SHEETS.map(async sheet => {
      const path = sheet()
      return facesOf(await readFile(path, 'utf8'), new URL(`file://${path}`))
    }),
  )
  return sheets.flat()
}

/** A few dozen files of some tens of kilobytes each: read once, kept for the life of the process. */
const contents = new Map<string, Promise<Buffer>>()
const characterSets = new Map<string, Promise<ReadonlySet<number>>>()

function kept<V>(map: Map<string, Promise<V>>, file: URL, make: () => Promise<V>): Promise<V> {
  const known = map.get(file.href)
  if (known !== undefined) return known
  const made = make()
  map.set(file.href, made)
  return made
}

const contentOf = (file: URL) => kept(contents, file, () => readFile(file))

async function charactersOf(file: URL): Promise<ReadonlySet<number>> {
  const font = readFont(await contentOf(file))
  if (!('characterSet' in font)) throw new Error(`${file.pathname} is a collection, not a font`)
  return new Set(font.characterSet)
}

export const hasGlyph: HasGlyph = async ({ file }, code) =>
  (await kept(characterSets, file, () => charactersOf(file))).has(code)

/** `@font-face` rules for the characters of the text, each with its file as a data URI. */
export async function fontRules(text: string): Promise<string> {
  allFaces ??= readFaces()
  const needed = await neededFaces(await allFaces, text, hasGlyph)
  const rules = await Promise.all(
    needed.map(async ({ family, weight, file, range }) => {
      const source = `url(data:font/woff2;base64,${(await contentOf(file)).toString('base64')}) format('woff2')`
      return `@font-face{font-family:'${family}';font-weight:${weight};src:${source};unicode-range:${range}}`
    }),
  )
  return rules.join('\n')
}
