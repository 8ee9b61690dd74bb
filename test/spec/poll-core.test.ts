// Chapter: the poller's arithmetic. Where the cursor stands, and what makes a basket the same.
import { describe, expect, it } from 'vitest'
import { cursorOf } from '../../producers/core/cursor.ts'
import { readEvent } from '../../producers/core/feed-json.ts'
import { MINUTE_MS } from '../../schemas/time.ts'
import { basketOf, FEED_T0, feedEvent, feedItem } from '../support/feed.ts'

const T = FEED_T0
const minute = (n: number) => T + n * MINUTE_MS

describe('the cursor', () => {
  const nothing = { oldestBasketMs: null, firstTickMs: null }
  it.each([
    ['of an empty log is nowhere', [null, null], nothing, null],
    ['is the lowest of the last ticks', [minute(3), minute(2)], nothing, minute(2)],
    [
      'stands at the first tick of all while a partition has none',
      [minute(5), null],
      { oldestBasketMs: T, firstTickMs: T },
      T,
    ],
    [
      'is before any first view while there is no tick',
      [null],
      { oldestBasketMs: T + 1, firstTickMs: null },
      minute(-10),
    ],
  ])('[P5] %s', (_, ticks, beginning, cursor) => {
    expect(cursorOf(ticks, beginning)).toBe(cursor)
  })
})

it('[P21] of members with one name the last holds, as JSON.parse says', () => {
  const item = (name: string) => `{"utc_date":1,"url":"//x/","url":"//${name}/","utc_date":2.50}`
  const text = `{"event_type":"sale","items":[${item('a')}],"utc_date":1,"items":[${item('b')}],"utc_date":3.10}`
  expect(readEvent(text)).toMatchObject({
    soldAtText: '3.10',
    items: [{ soldAtText: '2.50', url: '//b/' }],
  })
})

it('[P4] the id of a basket is that of its times and addresses alone', () => {
  const item = feedItem()
  const id = basketOf(feedEvent([item])).id
  expect(id).toMatch(/^[\w-]{22}$/)
  expect(basketOf(feedEvent([{ ...item, artist_name: 'renamed' }])).id).toBe(id)
  expect(basketOf(feedEvent([item, item])).id).not.toBe(id)
  expect(basketOf(feedEvent([{ ...item, url: '//other.bandcamp.com/' }])).id).not.toBe(id)
  expect(basketOf(feedEvent([item], { utc_date: FEED_T0 / 1000 })).id).not.toBe(id)
})
