// Mail addresses: one spelling each, and nothing that could reach into a header, a list or a shell.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normaliseAddress } from '../../schemas/addresses.ts'

const PLAIN = /^[a-z0-9#$&'*+/=?^_{}~.-]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+$/

/** Good addresses with something done to them: what people paste and what attackers try. */
const troubled = fc
  .tuple(
    fc.emailAddress(),
    fc.constantFrom(
      '\r\nBcc: all@example.com',
      '\0',
      ',',
      ';',
      '<',
      '>',
      '"',
      '@',
      ' ',
      '\u202e',
      '\u200b',
      '%',
      '(x)',
      '\\',
      '\ud800',
      'K',
    ),
    fc.nat(40),
  )
  .map(([address, piece, at]) => address.slice(0, at) + piece + address.slice(at))

describe('an address', () => {
  it.each([
    ['ann@example.com', 'ann@example.com'],
    [' \tAnn.Lee+Music@Example.COM ', 'ann.lee+music@example.com'],
    ["o'brien@mail.example.co.uk", "o'brien@mail.example.co.uk"],
    ['ann@bücher.example', 'ann@xn--bcher-kva.example'],
    ['ann@BÜCHER.example', 'ann@xn--bcher-kva.example'],
    ['1@2.example', '1@2.example'],
    [`${'a'.repeat(64)}@example.com`, `${'a'.repeat(64)}@example.com`],
  ])('[N80] %j is known as %j', (text, address) => {
    expect(normaliseAddress(text)).toBe(address)
  })

  it.each([
    '',
    '@',
    'ann',
    'ann@',
    '@example.com',
    'ann@localhost',
    'ann@@example.com',
    'ann@example.com,bob@example.com',
    'ann@example.com bob@example.com',
    'ann@example.com\r\nBcc: bob@example.com',
    'ann@example.com\n',
    'ann\0@example.com',
    'Ann <ann@example.com>',
    '"ann"@example.com',
    '"a\r\nb"@example.com',
    'ann(comment)@example.com',
    'ann@[127.0.0.1]',
    'ann@127.0.0.1',
    'ann@0x7f.1',
    'ann@2130706433',
    'ann@[IPv6:::1]',
    'ann@example.com.',
    'ann@.example.com',
    'ann@-a.example',
    'ann@example.com/path',
    'ann@example.com:25',
    'ann@ex%61mple.com',
    '.ann@example.com',
    'ann.@example.com',
    'a..n@example.com',
    '-oQ@example.com',
    'bob%example.com@relay.example',
    'relay!bob@example.com',
    'änn@example.com',
    '\u212Aann@example.com',
    'ann@exa\u200bmple.com',
    'ann\u202e@example.com',
    `${'a'.repeat(65)}@example.com`,
    `ann@${'a.'.repeat(130)}com`,
    `ann@${'a'.repeat(64)}.com`,
    `${'a'.repeat(60)}@${`${'b'.repeat(60)}.`.repeat(4)}com`,
  ])('[N80] %j is none', text => {
    expect(normaliseAddress(text)).toBeNull()
  })

  it('[N80] is plain ASCII on one line, and stays what it is', () => {
    const anything = fc.oneof(troubled, fc.string({ unit: 'binary' }), fc.emailAddress())
    fc.assert(
      fc.property(anything, text => {
        const address = normaliseAddress(text)
        if (address === null) return
        expect(address).toMatch(PLAIN)
        expect(address.length).toBeLessThanOrEqual(254)
        expect(normaliseAddress(address)).toBe(address)
        expect(normaliseAddress(`  ${address.toUpperCase()}\t`)).toBe(address)
      }),
      { numRuns: 2_000 },
    )
  })

  it('[N80] is taken whenever it is an ordinary one', () => {
    const name = fc.stringMatching(/^[a-z0-9]{1,20}$/)
    const ordinary = fc
      .tuple(name, name, fc.constantFrom('de', 'com', 'co.uk', 'music'))
      .map(([a, b, top]) => `${a}@${b}.${top}`)
    fc.assert(fc.property(ordinary, text => normaliseAddress(text) === text))
  })

  it('[N80] is not looked for in a megabyte of text', () => {
    expect(normaliseAddress(`ann@${'b'.repeat(1_000_000)}`)).toBeNull()
    expect(normaliseAddress(`${' '.repeat(1_000_000)}ann@example.com`)).toBeNull()
  })
})
