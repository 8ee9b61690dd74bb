// Signed links: only the holder of the secret makes them, and each serves one purpose.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  LINK_PATHS,
  type LinkPurpose,
  linkUrl,
  MAX_EXTRA_BYTES,
  readLink,
  signLink,
} from '../../infra/runtime/links.ts'

const PURPOSES = Object.keys(LINK_PATHS) as LinkPurpose[]
const secretBytes = fc.uint8Array({ minLength: 32, maxLength: 32 })
const purpose = fc.constantFrom(...PURPOSES)
const extra = fc.string({ unit: 'grapheme', maxLength: 60 })
const SECRET = new Uint8Array(32).fill(7)
const ID = '0f8fad5b-d9cb-469f-a165-70867728950e'

describe('a signed link', () => {
  test('[N40] says again what was put in, and is the same each time', () => {
    fc.assert(
      fc.property(secretBytes, purpose, fc.uuid(), extra, (secret, what, id, more) => {
        const token = signLink(secret, what, id, more)
        expect(readLink(secret, what, token)).toEqual({ subscriberId: id, extra: more })
        expect(signLink(secret, what, id, more)).toBe(token)
        expect(token).toMatch(/^[A-Za-z0-9_-]+$/)
      }),
    )
  })

  test('[N40] serves no other purpose and no other secret', () => {
    for (const made of PURPOSES) {
      const token = signLink(SECRET, made, ID)
      const readers = PURPOSES.filter(other => readLink(SECRET, other, token) !== null)
      expect(readers).toEqual([made])
      expect(readLink(new Uint8Array(32).fill(8), made, token)).toBeNull()
    }
  })

  test('[N40] changed in any bit, shortened or lengthened, it is none', () => {
    const token = signLink(SECRET, 'mute', ID, 'tag:dub techno')
    const bytes = Buffer.from(token, 'base64url')
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes)
      changed[bit >> 3]! ^= 1 << (bit & 7)
      expect(readLink(SECRET, 'mute', changed.toString('base64url'))).toBeNull()
    }
    for (let length = 0; length < token.length; length++) {
      expect(readLink(SECRET, 'mute', token.slice(0, length))).toBeNull()
    }
    for (const more of ['A', '=', ' ', '\n', '.', '\0', 'é', '/x', 'AAAA']) {
      expect(readLink(SECRET, 'mute', token + more)).toBeNull()
    }
  })

  test('[N40] has one spelling: loose bits of the last character do not count', () => {
    const token = signLink(SECRET, 'mute', ID, 'ab')
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const good = [...alphabet].filter(last => readLink(SECRET, 'mute', token.slice(0, -1) + last) !== null)
    expect(good).toEqual([token.at(-1)])
  })

  test('whatever is read, reading never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String()), purpose, (text, what) => {
        expect(readLink(SECRET, what, text)).toBeNull()
      }),
    )
    expect(readLink(SECRET, 'manage', 'A'.repeat(1_000_000))).toBeNull()
  })

  test('holds no address, and is bounded', () => {
    expect(signLink(SECRET, 'unsubscribe', ID)).toHaveLength(44)
    expect(signLink(SECRET, 'mute', ID, 'x'.repeat(MAX_EXTRA_BYTES)).length).toBeLessThan(1_200)
    expect(() => signLink(SECRET, 'mute', ID, 'x'.repeat(MAX_EXTRA_BYTES + 1))).toThrow(RangeError)
    expect(() => signLink(SECRET, 'mute', 'ada@example.org')).toThrow(RangeError)
  })

  test('leads to the page, whether or not its address ends in a slash', () => {
    expect(linkUrl('https://t.example', 'unsubscribe', 'TOKEN')).toBe('https://t.example/u/TOKEN')
    expect(linkUrl('https://t.example/bct/', 'snooze', 'TOKEN')).toBe('https://t.example/bct/snooze/TOKEN')
  })
})
