// A PDF renderer in memory: the HTML itself between the marks of a PDF, and a browser that may be missing.
import { type PdfRenderer, SetupError } from '../../infra/ports.ts'

export interface FakePdfRenderer extends PdfRenderer {
  /** How many documents were printed. */
  readonly printed: number
  /** From now on as on a machine without a browser, or with one again. */
  browser(isThere: boolean): void
}

/** What the fake prints is readable: `%PDF-1.7`, format, title and HTML as text, `%%EOF`. */
export function createFakePdfRenderer(): FakePdfRenderer {
  let printed = 0
  let isThere = true
  let closed = false
  return {
    get printed() {
      return printed
    },
    browser(next) {
      isThere = next
    },
    async pdf(html, { format, title }) {
      if (closed) throw new Error('this renderer is closed')
      if (!isThere)
        throw new SetupError('no Chrome or Chromium was found', 'install Chromium or set BCT_CHROMIUM_PATH')
      printed += 1
      return new TextEncoder().encode(`%PDF-1.7\n% ${format} ${title}\n${html}\n%%EOF\n`)
    },
    async close() {
      closed = true
    },
  }
}
