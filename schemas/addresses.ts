// Mail addresses: the one spelling by which a subscriber is known, and what we do not take for an address.

/** RFC 5321: a path of 256 bytes, its angle brackets included. */
const MAX_ADDRESS_CHARS = 254
const MAX_LOCAL_CHARS = 64
const MAX_DOMAIN_CHARS = 253

/**
 * What a local part may hold without quotes, less the signs of old routes (`%`, `!`) and of shells (`|` and
 * the backtick); it does not begin as an option of a command does.
 */
const LOCAL = /^(?!-)[a-z0-9#$&'*+/=?^_{}~-]+(\.[a-z0-9#$&'*+/=?^_{}~-]+)*$/
/** Letters of any script, before they are spelled in ASCII. */
const WRITTEN_DOMAIN = /^[\p{L}\p{M}\p{N}.-]+$/u
/** Two labels at least; the last one is no number, so it is no IP address. */
const DOMAIN = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+(?=.*[a-z])[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

/** The name as DNS has it, `bücher.example` as `xn--bcher-kva.example`; null where it has none. */
function asciiDomain(written: string): string | null {
  if (written.length > MAX_DOMAIN_CHARS || !WRITTEN_DOMAIN.test(written)) return null
  const url = `http://${written}/`
  const domain = URL.canParse(url) ? new URL(url).hostname : ''
  return domain.length <= MAX_DOMAIN_CHARS && DOMAIN.test(domain) ? domain : null
}

/**
 * The address as we know it, or null where the text is not exactly one: no name beside it, no list, no
 * quotes, comments, control characters, IP address or bare host name. Spaces around it do not count. All of
 * it becomes lower case: a server may tell `Ann@` from `ann@`, none does, and whoever unsubscribes as one
 * must not go on getting mail as the other. At most 254 characters, all ASCII. Idempotent.
 */
export function normaliseAddress(text: string): string | null {
  if (text.length > 4 * MAX_ADDRESS_CHARS) return null
  const trimmed = text.replace(/^[ \t]+|[ \t]+$/g, '')
  const at = trimmed.indexOf('@')
  if (at < 0 || at !== trimmed.lastIndexOf('@')) return null
  const local = asciiLowerCase(trimmed.slice(0, at))
  const domain = asciiDomain(trimmed.slice(at + 1))
  if (domain === null || local.length > MAX_LOCAL_CHARS || !LOCAL.test(local)) return null
  const address = `${local}@${domain}`
  return address.length <= MAX_ADDRESS_CHARS ? address : null
}

/** Nothing but A to Z: the Kelvin sign would become a `k`, and another person. */
function asciiLowerCase(text: string): string {
  return text.replace(/[A-Z]/g, letter => letter.toLowerCase())
}
