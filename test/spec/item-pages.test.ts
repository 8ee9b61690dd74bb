// The ItemPages port: how politely Bandcamp is asked, and what its answers are called.
import { describe, expect, it } from 'vitest'
import {
  type BandcampPagesOptions,
  createBandcampPages,
  createLocalPages,
} from '../../infra/bandcamp/pages.ts'
import type { SafeAnswer } from '../../infra/bandcamp/safe-fetch.ts'
import type { PageAnswer } from '../../infra/ports.ts'
import { looksChallenged } from '../../producers/core/item-page.ts'
import { createFakeClock } from '../fakes/clock.ts'

const URL_OF = (n: number) => `https://a${n}.bandcamp.com/album/x`
const HTML: SafeAnswer = { kind: 'html', html: '<html>', finalUrl: URL_OF(0) }
const CHALLENGE: SafeAnswer = { ...HTML, html: '<title>Client Challenge</title>' }
const status = (code: number, retryAfterMs: number | null = null): SafeAnswer => ({
  kind: 'status',
  status: code,
  retryAfterMs,
})

/** Answers come in the order given, then HTML for ever; each takes `takesMs`. */
function setup(
  answers: readonly SafeAnswer[] = [],
  options: Partial<BandcampPagesOptions> = {},
  takesMs = 0,
) {
  const clock = createFakeClock(0)
  const askedAt: number[] = []
  let running = 0
  let most = 0
  const pages = createBandcampPages({
    clock,
    userAgent: 'test',
    isChallenge: looksChallenged,
    fetch: async () => {
      const answer = answers[askedAt.length] ?? HTML
      askedAt.push(clock.nowMs())
      most = Math.max(most, ++running)
      await clock.sleep(takesMs)
      running--
      return answer
    },
    ...options,
  })
  return { clock, pages, askedAt, mostAtOnce: () => most }
}

/** Asks one after another, letting time pass as needed. */
async function askAll({ clock, pages }: ReturnType<typeof setup>, count: number): Promise<PageAnswer[]> {
  const answers: PageAnswer[] = []
  for (let i = 0; i < count; i++) {
    let done = false
    const asked = pages.get(URL_OF(i)).then(answer => {
      answers.push(answer)
      done = true
    })
    while (!done) await clock.advance(500)
    await asked
  }
  return answers
}

describe('1. Politeness', () => {
  it('[E5] one page at a time, two seconds after the last answer', async () => {
    const test = setup([], {}, 700)
    const all = Promise.all([0, 1, 2].map(n => test.pages.get(URL_OF(n))))
    await test.clock.advance(10_000)
    await all
    expect(test.askedAt).toEqual([0, 2_700, 5_400])
    expect(test.mostAtOnce()).toBe(1)
  })

  it('[E5] Retry-After is kept, and a short one is waited for', async () => {
    const test = setup([status(429, 5_000)])
    expect(await askAll(test, 2)).toEqual([{ kind: 'refused', code: 'http-429', retryAfterMs: 5_000 }, HTML])
    expect(test.askedAt).toEqual([0, 5_000])
  })

  it('[E5] a long Retry-After is told to everybody at once, and nothing is asked before its end', async () => {
    const test = setup([status(429, 120_000)])
    await askAll(test, 1)
    await test.clock.advance(20_000)
    expect(await test.pages.get(URL_OF(1))).toEqual({
      kind: 'refused',
      code: 'circuit-open',
      retryAfterMs: 99_500,
    })
    expect(test.askedAt).toEqual([0])
    await test.clock.advance(100_000)
    expect(await test.pages.get(URL_OF(2))).toEqual(HTML)
  })

  it('a clock that is turned back does not make the pause longer', async () => {
    const { pages, clock, askedAt } = setup()
    await pages.get(URL_OF(0))
    clock.jumpTo(-3_600_000)
    const asked = pages.get(URL_OF(1))
    await clock.advance(2_000)
    expect(await asked).toEqual(HTML)
    expect(askedAt).toEqual([0, -3_598_000])
  })

  it('more than the queue holds are refused at once', async () => {
    const { pages, clock } = setup([], { maxQueued: 2 }, 1_000)
    const all = Promise.all([0, 1, 2, 3].map(n => pages.get(URL_OF(n))))
    await clock.advance(60_000)
    expect((await all).map(answer => answer.kind)).toEqual(['html', 'html', 'html', 'refused'])
  })

  it('who no longer wants a page does not cost Bandcamp a request', async () => {
    const { pages, clock, askedAt } = setup()
    await pages.get(URL_OF(0))
    const stop = new AbortController()
    const asked = pages.get(URL_OF(1), stop.signal)
    await clock.whenSleeping()
    stop.abort()
    expect(await asked).toEqual({ kind: 'failed', code: 'aborted' })
    expect(askedAt).toHaveLength(1)
  })
})

describe('2. The circuit', () => {
  it.each([
    ['429', status(429)],
    ['403', status(403)],
    ['503', status(503)],
    ['challenges', CHALLENGE],
    ['time-outs', { kind: 'failed', code: 'timeout' } as const],
    ['dead connections', { kind: 'failed', code: 'econnreset' } as const],
  ])(
    '[E5] five answers of %s in a row stop all requests for a minute, each further one for twice as long',
    async (_name, trouble) => {
      const test = setup(Array(7).fill(trouble))
      await askAll(test, 5)
      expect(await test.pages.get(URL_OF(9))).toMatchObject({ kind: 'refused', code: 'circuit-open' })
      expect(test.askedAt).toHaveLength(5)
      for (const pauseMs of [60_000, 120_000]) {
        await test.clock.advance(pauseMs - 20_000)
        expect(await test.pages.get(URL_OF(9))).toMatchObject({ code: 'circuit-open' })
        await test.clock.advance(20_000)
        await test.pages.get(URL_OF(9))
      }
      expect(test.askedAt).toHaveLength(7)
      await test.clock.advance(240_000)
      expect(await test.pages.get(URL_OF(9))).toEqual(HTML)
      expect((await askAll(test, 3)).every(answer => answer.kind === 'html')).toBe(true)
    },
  )

  it('the pause never grows beyond half an hour', async () => {
    const test = setup(Array(30).fill(status(403)))
    await askAll(test, 5)
    for (let i = 0; i < 20; i++) {
      await test.clock.advance(1_800_000)
      await test.pages.get(URL_OF(i))
    }
    expect(test.askedAt).toHaveLength(25)
  })

  it('missing pages, unsafe addresses and other types are the seller’s doing and open nothing', async () => {
    const answers: SafeAnswer[] = [
      status(404),
      { kind: 'unsafe', code: 'private-address' },
      { kind: 'failed', code: 'not-html' },
      { kind: 'failed', code: 'too-large' },
      { kind: 'failed', code: 'too-many-redirects' },
    ]
    const test = setup([...answers, ...answers])
    await askAll(test, 11)
    expect(test.askedAt).toHaveLength(11)
  })

  it('one good answer in between starts the count again', async () => {
    const trouble = Array<SafeAnswer>(4).fill(status(500))
    const test = setup([...trouble, HTML, ...trouble, HTML])
    await askAll(test, 11)
    expect(test.askedAt).toHaveLength(11)
  })
})

describe('3. What answers are called', () => {
  it.each<[string, SafeAnswer, PageAnswer]>([
    ['a page', HTML, { kind: 'html', html: '<html>', finalUrl: URL_OF(0) }],
    ['a challenge with HTTP 200', CHALLENGE, { kind: 'challenged' }],
    ['403', status(403), { kind: 'refused', code: 'http-403', retryAfterMs: null }],
    ['429', status(429, 3_000), { kind: 'refused', code: 'http-429', retryAfterMs: 3_000 }],
    ['404', status(404), { kind: 'failed', code: 'http-404' }],
    ['500', status(500), { kind: 'failed', code: 'http-500' }],
    [
      'an unsafe address',
      { kind: 'unsafe', code: 'port' },
      { kind: 'refused', code: 'port', retryAfterMs: null },
    ],
    ['a time-out', { kind: 'failed', code: 'timeout' }, { kind: 'failed', code: 'timeout' }],
  ])('%s', async (_name, fetched, answer) => {
    expect(await setup([fetched]).pages.get(URL_OF(0))).toEqual(answer)
  })

  it('local pages answer with what they have, or 404', async () => {
    const pages = createLocalPages(url => (url === URL_OF(0) ? '<html>' : null))
    expect(await pages.get(URL_OF(0))).toEqual({ kind: 'html', html: '<html>', finalUrl: URL_OF(0) })
    expect(await pages.get(URL_OF(1))).toEqual({ kind: 'failed', code: 'http-404' })
  })
})
