// Takes the clock out of a PDF: the same page printed twice is the same bytes.

const DATES = /\/(?:CreationDate|ModDate)\s*\(D:[^)]*\)/g
const ID = /\/ID\s*\[\s*<[0-9A-Fa-f]*>\s*<[0-9A-Fa-f]*>\s*\]/g

/**
 * The PDF without its dates and random identifiers. They are overwritten with blanks, so that every offset in
 * it stays right; what is not a PDF of Chromium comes back as it was.
 */
export function withoutClock(pdf: Uint8Array): Uint8Array {
  // Latin-1 maps each byte to one character and back: binary streams pass unharmed.
  const text = Buffer.from(pdf).toString('latin1')
  const blank = (found: string) => ' '.repeat(found.length)
  return new Uint8Array(Buffer.from(text.replace(DATES, blank).replace(ID, blank), 'latin1'))
}
