// Text and addresses from sellers, made harmless for the screen.

/** Longer names are cut for the screen: nobody reads further, and layout engines suffer. */
export const MAX_SHOWN_LENGTH = 160
/** Stacked combining marks beyond this many per letter are drawn over neighbouring rows. */
const MAX_MARKS_IN_A_ROW = 4

/**
 * Controls, bidi controls and other marks that change how neighbouring text is read or hide parts of it;
 * joiners stay.
 */
const INVISIBLE =
  /(?!\u200c|\u200d|\ufe0e|\ufe0f)[\p{Cc}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\ufff9-\ufffb]/gu
const MARKS = new RegExp(`(\\p{M}{${MAX_MARKS_IN_A_ROW}})\\p{M}+`, 'gu')
/** Joiners in front show nothing, and would hide what follows from a spreadsheet's guard. */
const LEADING_JOINERS = /^(?:\s|\u200c|\u200d|\ufe0e|\ufe0f)+/
/** Joiners alone, as some names are, show nothing. */
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/**
 * Seller's text for display: one line, no control or bidi-control characters, no stacked marks, at most
 * `maxLength` UTF-16 units (ending in "…" where cut). Empty where nothing visible is left. It is text, not
 * HTML: hand it to textContent.
 */
export function safeText(text: string, maxLength: number = MAX_SHOWN_LENGTH): string {
  const bounded = text.length > maxLength * 8 ? text.slice(0, maxLength * 8) : text
  const plain = bounded
    .replace(LONE_SURROGATE, '\ufffd')
    .replace(/[\t\n\r\u2028\u2029]+/g, ' ')
    .replace(INVISIBLE, '')
    .replace(MARKS, '$1')
    .replace(/\s+/g, ' ')
    .replace(LEADING_JOINERS, '')
    .trim()
  if (!VISIBLE.test(plain)) return ''
  if (plain.length <= maxLength && bounded.length === text.length) return plain
  const cut = plain.slice(0, maxLength - 1).replace(/[\ud800-\udbff]$/, '')
  return `${cut.trimEnd()}…`
}

/**
 * The URL if it is an absolute https one without credentials, else null: nothing else becomes a link or
 * image.
 */
export function safeUrl(text: string | null): string | null {
  if (text === null) return null
  try {
    const url = new URL(text)
    return url.protocol === 'https:' && url.username === '' && url.password === '' ? url.href : null
  } catch {
    return null
  }
}
