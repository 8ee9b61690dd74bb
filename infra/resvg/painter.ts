// Draws SVG as PNG, with one font that comes with the program: the same picture on every machine.
import { createRequire } from 'node:module'
import { renderAsync } from '@resvg/resvg-js'
import type { Painter } from '../ports.ts'

const require = createRequire(import.meta.url)
/** Latin letters, digits and signs: what our pictures write. As TTF, which is all that resvg reads. */
const FONT_FILE = require.resolve(
  '@expo-google-fonts/atkinson-hyperlegible/400Regular/AtkinsonHyperlegible_400Regular.ttf',
)
const FONT_FAMILY = 'Atkinson Hyperlegible'

/** Wider pictures are a mistake, and would take memory by the square. */
const MAX_WIDTH_PX = 4_000
/** Our charts have a few kB. */
const MAX_SVG_CHARS = 1_000_000

/**
 * A painter of SVGs made here. It reads no file but its font and nothing from the network, whatever the SVG
 * says. Rejects for what is no SVG; throws a `RangeError` beyond its bounds.
 */
export function createPainter(): Painter {
  return {
    async png(svg, widthPx) {
      if (!(Number.isInteger(widthPx) && widthPx > 0 && widthPx <= MAX_WIDTH_PX)) {
        throw new RangeError(`a picture is 1 to ${MAX_WIDTH_PX} pixels wide`)
      }
      if (svg.length > MAX_SVG_CHARS) throw new RangeError(`an SVG has ${MAX_SVG_CHARS} characters at most`)
      const image = await renderAsync(svg, {
        fitTo: { mode: 'width', value: widthPx },
        font: { fontFiles: [FONT_FILE], loadSystemFonts: false, defaultFontFamily: FONT_FAMILY },
        logLevel: 'off',
      })
      return image.asPng()
    },
  }
}
