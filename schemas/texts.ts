// Texts as bytes: many strings in one piece of memory, which equality and hashing can read without making
// one.

/**
 * Text `place` has its bytes from `starts[place]` on. A text is narrow (a byte for each character) unless
 * one of its characters is above U+00FF; then it is wide (two bytes each, low byte first), and so equal
 * texts are equal bytes.
 */
export interface Texts {
  readonly bytes: DataView
  readonly starts: Int32Array
  /** Of each text: its characters times two, plus one where it is wide. */
  readonly codes: Int32Array
}

/** True where a character does not fit a byte. */
export function isWide(text: string): boolean {
  let all = 0
  for (let i = 0; i < text.length; i++) all |= text.charCodeAt(i)
  return all > 0xff
}

export function packTexts(texts: readonly string[]): Texts {
  const starts = new Int32Array(texts.length)
  const codes = new Int32Array(texts.length)
  let length = 0
  for (const [place, text] of texts.entries()) {
    starts[place] = length
    codes[place] = text.length * 2 + (isWide(text) ? 1 : 0)
    length += byteLength(codes[place]!)
  }
  const bytes = new DataView(new ArrayBuffer(length))
  for (const [place, text] of texts.entries()) {
    const start = starts[place]!
    const wide = (codes[place]! & 1) === 1
    for (let i = 0; i < text.length; i++) {
      if (wide) bytes.setUint16(start + i * 2, text.charCodeAt(i), true)
      else bytes.setUint8(start + i, text.charCodeAt(i))
    }
  }
  return { bytes, starts, codes }
}

/** How many bytes a text of that code has. */
export function byteLength(code: number): number {
  return (code >>> 1) << (code & 1)
}

export function textAt({ bytes, starts, codes }: Texts, place: number): string {
  return textFrom(bytes, starts[place]!, codes[place]!)
}

/** Decodes exactly, lone surrogates too, which the decoders of the platform replace. */
export function textFrom(bytes: DataView, start: number, code: number): string {
  const wide = (code & 1) === 1
  let text = ''
  for (let i = 0; i < code >>> 1; i++) {
    text += String.fromCharCode(wide ? bytes.getUint16(start + i * 2, true) : bytes.getUint8(start + i))
  }
  return text
}
