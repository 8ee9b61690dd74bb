// Addresses from sellers that the page may load or link to; texts are made harmless in schemas/.
import { safeUrl } from '../../schemas/safe-text.ts'

export { MAX_SHOWN_LENGTH, safeText, safeUrl } from '../../schemas/safe-text.ts'

/** The only host that covers may be loaded from, as the page's content security policy says. */
const COVER_HOST = 'f4.bcbits.com'
/** Covers of the simulated world, drawn by our own server. */
const OWN_COVER = /^\/covers\/\w{1,40}\.svg$/

/** A cover that may be loaded, else null. */
export function safeCoverUrl(text: string | null): string | null {
  if (text !== null && OWN_COVER.test(text)) return text
  const url = safeUrl(text)
  return url !== null && new URL(url).host === COVER_HOST ? url : null
}

/** Bandcamp's page of a normalised tag. */
export function tagUrl(tag: string): string {
  return `https://bandcamp.com/tag/${encodeURIComponent(tag.replace(/\s+/g, '-'))}`
}
