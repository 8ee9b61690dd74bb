// CSV that a spreadsheet may open: RFC 4180, and text that looks like a formula is defused.

/** A spreadsheet runs a cell that begins with one of these (after what it strips from the front). */
const FORMULA =
  /^[\0\s\u00a0\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/

/** Numbers as they are; text defused with a leading `'` and quoted where needed; null is empty. */
export function csvCell(value: string | number | null): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const text = value.replace(/\0/g, '')
  const safe = FORMULA.test(value) || /^[\t\r\n]/.test(value) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe
}

/** One line with its CRLF. */
export function csvLine(cells: readonly (string | number | null)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}

/** A line for people before the header: `# name: value`, defused like any cell, on one line. */
export function csvNote(name: string, value: string): string {
  return `${csvCell(`# ${name}: ${value.replace(/[\r\n]+/g, ' ')}`)}\r\n`
}
