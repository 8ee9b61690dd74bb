// Signed links: what somebody may do without an account, since the link came to their mailbox.
import { createHmac, timingSafeEqual } from 'node:crypto'

/** Where each link leads on the page, in front of its token. */
export const LINK_PATHS = {
  confirm: '/confirm/',
  manage: '/manage/',
  unsubscribe: '/u/',
  /** With `?for=` one of `SNOOZES`. */
  snooze: '/snooze/',
  mute: '/mute/',
} as const

export type LinkPurpose = keyof typeof LINK_PATHS

/** What a snooze link may ask for, in milliseconds. */
export const SNOOZES = { '24h': 86_400_000, '7d': 604_800_000 } as const
export type Snooze = keyof typeof SNOOZES

/** How long a mute link mutes its key. */
export const MUTE_MS = 604_800_000

/** How long after its request an address can be confirmed. */
export const CONFIRM_WITHIN_MS = 172_800_000

export interface SignedLink {
  /** UUID. */
  readonly subscriberId: string
  /** Text of at most `MAX_EXTRA_BYTES`: of a mute link the key, else empty. */
  readonly extra: string
}

/** The longest key by far (253 bytes of a host, 600 of a tag) fits; no URL gets longer than mail can bear. */
export const MAX_EXTRA_BYTES = 800
/** 128 bits: nobody guesses one. */
const MAC_BYTES = 16
const ID_BYTES = 16
const HEAD_BYTES = 1 + ID_BYTES
const MAX_TOKEN_CHARS = Math.ceil(((HEAD_BYTES + MAX_EXTRA_BYTES + MAC_BYTES) * 4) / 3)
/** Signatures of anything else with the same secret are none of ours. */
const DOMAIN = 'bandcamp-tracker link 1\0'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** A byte of each purpose, signed with the rest. Never given again. */
const PURPOSE_BYTES: Readonly<Record<LinkPurpose, number>> = {
  confirm: 1,
  manage: 2,
  unsubscribe: 3,
  snooze: 4,
  mute: 5,
}

const macOf = (secret: Uint8Array, body: Uint8Array): Buffer =>
  createHmac('sha256', secret).update(DOMAIN).update(body).digest().subarray(0, MAC_BYTES)

/**
 * A token of letters, digits, `-` and `_` that only the holder of the secret can make. It names the
 * subscriber by id, holds no address, and serves its purpose alone. The same arguments give the same token.
 * Throws a `RangeError` for an id that is no UUID or an `extra` that is too long.
 */
export function signLink(secret: Uint8Array, purpose: LinkPurpose, subscriberId: string, extra = ''): string {
  if (!UUID.test(subscriberId)) throw new RangeError('a link names a subscriber by UUID')
  const tail = Buffer.from(extra, 'utf8')
  if (tail.length > MAX_EXTRA_BYTES) throw new RangeError(`a link holds ${MAX_EXTRA_BYTES} bytes at most`)
  const id = Buffer.from(subscriberId.replaceAll('-', ''), 'hex')
  const body = Buffer.concat([Buffer.of(PURPOSE_BYTES[purpose]), id, tail])
  return Buffer.concat([body, macOf(secret, body)]).toString('base64url')
}

/**
 * What a token says, or null where it was not signed with this secret for this purpose. Says nothing of
 * time: whether a request is still to be confirmed, or somebody still subscribes, is the caller's to ask.
 */
export function readLink(secret: Uint8Array, purpose: LinkPurpose, token: string): SignedLink | null {
  if (token.length > MAX_TOKEN_CHARS) return null
  const bytes = Buffer.from(token, 'base64url')
  // One token, one spelling: decoding alone would ignore foreign characters and loose bits.
  if (bytes.length < HEAD_BYTES + MAC_BYTES || bytes.toString('base64url') !== token) return null
  const body = bytes.subarray(0, bytes.length - MAC_BYTES)
  if (!timingSafeEqual(bytes.subarray(bytes.length - MAC_BYTES), macOf(secret, body))) return null
  if (body[0] !== PURPOSE_BYTES[purpose]) return null
  const hex = body.subarray(1, HEAD_BYTES).toString('hex')
  const subscriberId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  return { subscriberId, extra: body.subarray(HEAD_BYTES).toString('utf8') }
}

/** The whole address of a link: `https://tracker.example/u/TOKEN`. `publicUrl` may end in a slash. */
export function linkUrl(publicUrl: string, purpose: LinkPurpose, token: string): string {
  return `${publicUrl.replace(/\/+$/, '')}${LINK_PATHS[purpose]}${token}`
}
