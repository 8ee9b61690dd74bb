// Properties of cutting an answer: every slice is the feed's own text, and says what the whole says.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { epochMsOf, readAnswer, readEvent } from '../../producers/core/feed-json.ts'
import { eachElement, eachMember } from '../../producers/core/json-slices.ts'
import { FEED_T0, feedAnswer } from '../support/feed.ts'

/** JSON text of a value with white space and escapes that JSON.stringify would not write. */
function spelt(value: unknown, gaps: () => string): string {
  if (Array.isArray(value))
    return `[${gaps()}${value.map(v => spelt(v, gaps)).join(`${gaps()},${gaps()}`)}${gaps()}]`
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(
      ([key, v]) => `${spelt(key, gaps)}${gaps()}:${gaps()}${spelt(v, gaps)}`,
    )
    return `{${gaps()}${members.join(`${gaps()},${gaps()}`)}${gaps()}}`
  }
  const text = JSON.stringify(value)
  return typeof value === 'string' && gaps() !== ''
    ? text.replaceAll('/', '\\/').replace(/a/g, '\\u0061')
    : text
}

const json = fc.tuple(fc.jsonValue(), fc.infiniteStream(fc.constantFrom('', '', ' ', '\n', '\t\r ')))

describe('cutting JSON', () => {
  it('[P21] the elements of a list, joined with what stands between them, are the text', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue()),
        fc.infiniteStream(fc.constantFrom('', ' ', '\n')),
        (values, stream) => {
          const text = spelt(values, () => stream.next().value)
          const slices: [number, number][] = []
          eachElement(text, 0, (from, to) => slices.push([from, to]))
          expect(slices.map(([from, to]) => JSON.parse(text.slice(from, to)))).toEqual(JSON.parse(text))
          let rest = 0
          const between = slices.map(([from, to]) => {
            const gap = text.slice(rest, from)
            rest = to
            return gap
          })
          expect([...between, text.slice(rest)].join('')).toMatch(/^[[\],\s]*$/)
        },
      ),
    )
  })

  it('[P21] the members of an object are its keys and values', () => {
    fc.assert(
      fc.property(json, ([value, stream]) => {
        const text = spelt({ value, 'a"/\\': [value] }, () => stream.next().value)
        const members: [string, unknown][] = []
        eachMember(text, 0, (key, from, to) => members.push([key, JSON.parse(text.slice(from, to))]))
        expect(Object.fromEntries(members)).toEqual(JSON.parse(text))
      }),
    )
  })
})

describe('reading an answer', () => {
  const times = { startMs: FEED_T0, endMs: FEED_T0 + 60_000 }

  it('[P21] gives each event verbatim, wrapped or bare, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue()),
        fc.infiniteStream(fc.constantFrom('', ' ', '\n')),
        fc.boolean(),
        (events, stream, wrapped) => {
          const texts = events.map(event => spelt(event, () => stream.next().value))
          const bare = feedAnswer(times, texts)
          const answer = readAnswer(wrapped ? `{"feed_data": ${bare}, "more":[1]}` : bare)
          expect(answer).toEqual({ kind: 'sales', ...times, serverTimeMs: times.endMs, events: texts })
        },
      ),
    )
  })

  it('[P15] never throws, whatever comes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), text => {
        expect(['bad', 'too-recent']).toContain(readAnswer(text).kind)
        expect(['bad', 'event']).toContain(readEvent(text).kind)
      }),
    )
  })

  it('[P15] cut anywhere is malformed, never a shorter answer', () => {
    const text = feedAnswer(times, ['{"a":[1,"]}"]}', '{"b":"\\""}'])
    for (let length = 0; length < text.length; length++) {
      expect(readAnswer(text.slice(0, length))).toMatchObject({ kind: 'bad', reason: 'malformed-json' })
    }
  })
})

it('[P4] seconds as text become milliseconds by their digits', () => {
  fc.assert(
    fc.property(fc.nat(4_000_000_000), fc.nat(999), fc.nat(99_999), (seconds, ms, more) => {
      const text = `${seconds}.${String(ms).padStart(3, '0')}${String(more).padStart(5, '0')}`
      expect(epochMsOf(text)).toBe(seconds * 1000 + ms)
    }),
  )
})

it.each([
  ['1749638281', 1_749_638_281_000],
  ['1749638281.001', 1_749_638_281_001],
  ['1.7496e9', 1_749_600_000_000],
  ['', null],
  ['-1', null],
  ['x', null],
  ['1e400', null],
  ['null', null],
])('[P4] %j seconds are %j ms', (text, ms) => {
  expect(epochMsOf(text)).toBe(ms)
})
