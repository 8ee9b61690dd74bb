// Covers of the simulated world: drawn here, because what its art URLs name does not exist.
import type { SoldItem } from '../../schemas/history.ts'

/** SVG of a cover by its art URL, or null where there is none. */
export type Artwork = (artUrl: string) => string | null

const ART_URL = /^https:\/\/f4\.bcbits\.com\/img\/(\w{1,40})\.jpg$/

/** `/covers/<name>.svg` for an art URL of the feed's form; anything else is no cover. */
export function coverPath(artUrl: string | null): string | null {
  const name = artUrl === null ? undefined : ART_URL.exec(artUrl)?.[1]
  return name === undefined ? null : `/covers/${name}.svg`
}

/** The art URL behind a cover's name. */
export const artUrlOf = (name: string): string => `https://f4.bcbits.com/img/${name}.jpg`

export interface Presentation {
  readonly art: (artUrl: string | null) => string | null
  readonly item: (item: SoldItem) => SoldItem
}

/** How covers are shown: as the feed names them, or rewritten where artwork is drawn here. */
export function presentation(artwork: Artwork | null): Presentation {
  if (artwork === null) return { art: artUrl => artUrl, item: item => item }
  return { art: coverPath, item: item => ({ ...item, artUrl: coverPath(item.artUrl) }) }
}
