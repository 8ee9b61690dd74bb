// Reads a PDF as a reader's software does: text, structure, links, bookmarks.
import { getDocument, type PDFDocumentProxy } from 'pdfjs-dist/legacy/build/pdf.mjs'

export interface Structure {
  readonly role?: string
  readonly alt?: string
  readonly lang?: string
  readonly children?: readonly Structure[]
}

export interface ReadPdf {
  readonly pages: readonly string[]
  readonly title: string
  readonly lang: string
  readonly isTagged: boolean
  /** Bookmarks, in order, the nested ones behind their parent. */
  readonly outline: readonly string[]
  readonly links: readonly string[]
  /** Every element of the structure of all pages. */
  readonly elements: readonly Structure[]
  /** Width and height of the first page in points. */
  readonly size: readonly [number, number]
}

interface Bookmark {
  readonly title: string
  readonly items: readonly Bookmark[]
}

const titlesOf = (items: readonly Bookmark[]): readonly string[] =>
  items.flatMap(item => [item.title, ...titlesOf(item.items)])

const flatten = (node: Structure): readonly Structure[] => [node, ...(node.children ?? []).flatMap(flatten)]

async function pageOf(document: PDFDocumentProxy, number: number) {
  const page = await document.getPage(number)
  const { items } = await page.getTextContent()
  const text = items.map(item => ('str' in item ? item.str + (item.hasEOL ? '\n' : '') : '')).join('')
  const links = (await page.getAnnotations()).flatMap(a =>
    typeof a.url === 'string' ? [a.url as string] : [],
  )
  const { width, height } = page.getViewport({ scale: 1 })
  return {
    text,
    links,
    tree: (await page.getStructTree()) as Structure | null,
    size: [width, height] as const,
  }
}

export async function readPdf(bytes: Uint8Array): Promise<ReadPdf> {
  // A copy: the reader keeps what it is given.
  const task = getDocument({ data: Uint8Array.from(bytes), useSystemFonts: false, verbosity: 0 })
  const document = await task.promise
  try {
    const { info } = await document.getMetadata()
    const about = info as { readonly Title?: string; readonly Language?: string }
    const numbers = Array.from({ length: document.numPages }, (_, i) => i + 1)
    const pages = await Promise.all(numbers.map(n => pageOf(document, n)))
    return {
      pages: pages.map(p => p.text),
      title: about.Title ?? '',
      lang: about.Language ?? '',
      isTagged: ((await document.getMarkInfo()) as { Marked?: boolean } | null)?.Marked === true,
      outline: titlesOf(((await document.getOutline()) ?? []) as readonly Bookmark[]),
      links: pages.flatMap(p => p.links),
      elements: pages.flatMap(p => (p.tree === null ? [] : flatten(p.tree))),
      size: pages[0]?.size ?? [0, 0],
    }
  } finally {
    await task.destroy()
  }
}
