// The feed's addresses made absolute and checked by their form alone; whether a host is reachable is not
// asked.

/** Longest path of a page that is kept: real ones have under 200 characters. */
const MAX_URL_CHARS = 2_000
const MAX_HOST_CHARS = 253
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/
/** Names that never lead to a public host. */
const PRIVATE_NAME = /(?:^|\.)(?:localhost|local|internal|lan|home|invalid|test)$/

export type CheckedUrl =
  | { readonly ok: true; readonly url: string; readonly host: string }
  | { readonly ok: false; readonly message: string }

function publicHost(hostname: string): string | null {
  const host = hostname.replace(/\.$/, '')
  const labels = host.split('.')
  const named =
    labels.length >= 2 && labels.every(label => LABEL.test(label)) && !/^\d+$/.test(labels.at(-1)!)
  return named && host.length <= MAX_HOST_CHARS && !PRIVATE_NAME.test(host) ? host : null
}

/**
 * `//artist.bandcamp.com/album/x?from=y#z` becomes `https://artist.bandcamp.com/album/x`; `http:` and
 * `https:` are taken too. Hosts come out in lower case and punycode. Refused: other schemes, no host, user
 * names, ports, addresses in numbers, single-label and private names, more than 2,000 characters.
 */
export function checkUrl(given: string): CheckedUrl {
  const refuse = (message: string): CheckedUrl => ({ ok: false, message })
  if (given.length > MAX_URL_CHARS) return refuse(`longer than ${MAX_URL_CHARS} characters`)
  const trimmed = given.trim()
  const form = /^(?:https?:)?\/\/([^/?#]+)/i.exec(trimmed)
  if (form === null) return refuse('neither //host nor http(s)://host')
  if (/[@:\\\s]/.test(form[1]!)) return refuse('a user name, a port or an odd character in the host')
  const absolute = `https:${trimmed.replace(/^https?:/i, '')}`
  if (!URL.canParse(absolute)) return refuse('no URL')
  const parsed = new URL(absolute)
  const host = publicHost(parsed.hostname)
  if (host === null) return refuse('no public host name')
  const url = `https://${host}${parsed.pathname}`
  return url.length > MAX_URL_CHARS
    ? refuse(`longer than ${MAX_URL_CHARS} characters`)
    : { ok: true, url, host }
}
