// What every PDF renderer does: the same document for the same page, and a plain word where it cannot.
import { afterAll, describe, expect, it } from 'vitest'
import { type PdfRenderer, SetupError } from '../../infra/ports.ts'

export interface PdfUnderTest {
  readonly name: string
  create(): PdfRenderer
  /** One on a machine without any browser. */
  createWithoutBrowser(): PdfRenderer
}

const page = (text: string) =>
  `<!doctype html><html lang="en"><head><title>T</title></head><body><h1>${text}</h1></body></html>`
const A4 = { format: 'A4', title: 'A title' } as const

export function pdfContract({ name, create, createWithoutBrowser }: PdfUnderTest): void {
  describe(`PDF renderer: ${name}`, () => {
    const renderer = create()
    afterAll(() => renderer.close())

    it('makes a PDF of a page', async () => {
      const pdf = Buffer.from(await renderer.pdf(page('Hello'), A4)).toString('latin1')
      expect(pdf.startsWith('%PDF-1.')).toBe(true)
      expect(pdf.trimEnd().endsWith('%%EOF')).toBe(true)
    })
    it('[Y4] gives the same bytes for the same page, and others for another', async () => {
      const [first, second, other] = [
        await renderer.pdf(page('Same'), A4),
        await renderer.pdf(page('Same'), A4),
        await renderer.pdf(page('Other'), A4),
      ]
      expect(Buffer.compare(first, second)).toBe(0)
      expect(Buffer.compare(first, other)).not.toBe(0)
    })
    it('takes several at once, each with its own page', async () => {
      const pages = ['One', 'Two', 'Three'].map(page)
      const together = await Promise.all(pages.map(html => renderer.pdf(html, A4)))
      for (const [i, html] of pages.entries()) {
        expect(Buffer.compare(together[i]!, await renderer.pdf(html, A4))).toBe(0)
      }
    })
    it('[Y11] says what to do where no browser is to be had', async () => {
      const without = createWithoutBrowser()
      const error = await without.pdf(page('Hello'), A4).catch(e => e)
      expect(error).toBeInstanceOf(SetupError)
      expect(error.fix).toMatch(/install/)
      await without.close()
    })
    it('prints nothing once it is closed, and closes twice', async () => {
      const own = create()
      await own.close()
      await own.close()
      await expect(own.pdf(page('Late'), A4)).rejects.toThrow(/closed/)
    })
  })
}
