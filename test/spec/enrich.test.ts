// The stage `enrich`: baskets of the feed become sales with genres, and no tick waits longer than it must.
import { describe, expect, it } from 'vitest'
import { OutageError, type PageAnswer } from '../../infra/ports.ts'
import { lettersIn } from '../support/dead-letters.ts'
import { album, basket, type EnrichBench, gap, html, START_MS, startEnrich, tick } from '../support/enrich.ts'

const genresOf = (bench: EnrichBench, id: string) =>
  bench.items(id).map(item => [item.genre, item.genreSource])

describe('1. Known at once', () => {
  it('a page that was read before gives genre and tags; another page of the host gives the genre', async () => {
    const bench = await startEnrich()
    const facts = { genre: 'jazz', tags: ['bop'], location: null, label: null, releaseDate: null }
    const url = `https://${album('a')}`
    await bench.store.remember([{ url, artistHost: 'a.bandcamp.com', facts, fetchedAtMs: START_MS - 1 }])
    await bench.feed([basket('one', 1, album('a')), basket('two', 2, album('a', 'y')), tick(60)])
    expect(bench.line()).toEqual(['one', 'two', 'tick 60'])
    expect(bench.items('one')).toMatchObject([{ genre: 'jazz', genreSource: 'page', tags: ['bop'] }])
    expect(bench.items('two')).toMatchObject([{ genre: 'jazz', genreSource: 'host', tags: [] }])
    expect(bench.pages.asked).toEqual([])
    expect(bench.telemetry.of('enriched')).toEqual([{ known: 2, unknown: 0, amended: 0 }])
    expect(await bench.committed()).toEqual({ offset: 3, watermarkMs: START_MS + 60_000, finalAtMs: null })
  })

  it('facts older than 28 days are asked for again', async () => {
    const bench = await startEnrich()
    const facts = { genre: 'jazz', tags: [], location: null, label: null, releaseDate: null }
    const page = { url: `https://${album('a')}`, artistHost: 'a.bandcamp.com', facts }
    await bench.store.remember([{ ...page, fetchedAtMs: START_MS - 28 * 86_400_000 - 1 }])
    await bench.feed([basket('one', 1, album('a'))])
    expect(bench.pages.asked).toEqual([album('a')])
  })

  it('ticks and gaps pass through in their places', async () => {
    const bench = await startEnrich()
    await bench.feed([tick(60), gap(60, 120), tick(120)])
    expect(bench.line()).toEqual(['tick 60', 'gap 120', 'tick 120'])
  })
})

describe('2. Waiting for pages', () => {
  it('[E6] a tick waits for the sales before it; sales that are known do not wait', async () => {
    const bench = await startEnrich()
    await bench.feed([
      basket('one', 1, album('a')),
      basket('two', 2, album('b')),
      tick(60),
      basket('three', 61, album('c')),
      gap(120, 180),
    ])
    await bench.pages.answer(album('b'), html('rock'))
    await bench.pages.answer(album('c'), html('folk'))
    expect(bench.line()).toEqual([])
    await bench.pages.answer(album('a'), html('jazz'))
    expect(bench.line()).toEqual(['one', 'two', 'tick 60', 'three', 'gap 180'])
    expect(genresOf(bench, 'one')).toEqual([['jazz', 'page']])
    await bench.feed([basket('four', 121, album('a')), basket('five', 122, album('d')), tick(180)])
    expect(bench.line().slice(5)).toEqual(['four'])
  })

  it('[E7] a tick waits 20 s at most: not a millisecond less or more', async () => {
    const bench = await startEnrich()
    await bench.feed([basket('one', 1, album('a')), tick(60)])
    await bench.clock.advance(19_999)
    expect(bench.line()).toEqual([])
    await bench.clock.advance(1)
    expect(bench.line()).toEqual(['one', 'tick 60'])
    expect(genresOf(bench, 'one')).toEqual([[null, 'pending']])
    expect(bench.telemetry.of('enriched')).toEqual([{ known: 0, unknown: 1, amended: 0 }])
  })

  it('[E7] batches that lag behind share one wait', async () => {
    const bench = await startEnrich({ maxBatchRecords: 2 })
    const feed = [1, 2, 3, 4].flatMap(n => [basket(`b${n}`, n, album(`h${n}`)), tick(60 * n)])
    await bench.feed(feed)
    await bench.clock.advance(20_000)
    expect(bench.line()).toHaveLength(8)
    await bench.feed([basket('b5', 5, album('h5')), tick(300)])
    await bench.clock.advance(19_999)
    expect(bench.line()).toHaveLength(8)
    await bench.clock.advance(1)
    expect(bench.line()).toHaveLength(10)
  })

  it('a tick does not wait for the hosts of earlier ticks', async () => {
    const bench = await startEnrich()
    await bench.feed([basket('one', 1, album('silent')), tick(60)])
    await bench.clock.advance(20_000)
    await bench.feed([basket('two', 61, album('a')), tick(120)])
    await bench.pages.answer(album('a'), html('jazz'))
    expect(bench.line()).toEqual(['one', 'tick 60', 'two', 'tick 120'])
  })

  it('a clock that is turned back makes no wait longer', async () => {
    const bench = await startEnrich()
    await bench.feed([basket('one', 1, album('a')), tick(60)])
    bench.clock.jumpTo(START_MS - 3_600_000)
    await bench.clock.advance(20_000)
    expect(bench.line()).toEqual(['one', 'tick 60'])
  })

  it('[E8] one page serves all items of its host, and is never asked for twice at once', async () => {
    const bench = await startEnrich({ partitions: 2 })
    await bench.feed([basket('one', 1, album('a'), album('a', 'y')), basket('two', 2, album('a', 'z'))])
    await bench.feed([basket('three', 3, album('a'))], 1)
    expect(bench.pages.asked).toEqual([album('a')])
    await bench.pages.answer(album('a'), html('jazz', ['bop']))
    expect(genresOf(bench, 'one')).toEqual([
      ['jazz', 'page'],
      ['jazz', 'host'],
    ])
    expect(bench.items('one').map(item => item.tags)).toEqual([['bop'], []])
    expect(genresOf(bench, 'two')).toEqual([['jazz', 'host']])
    expect(genresOf(bench, 'three')).toEqual([['jazz', 'page']])
    await bench.feed([basket('four', 4, album('a', 'new'))])
    expect(bench.pages.asked).toEqual([album('a')])
    expect(bench.telemetry.of('pageFetched')).toEqual([{ outcome: 'page', durationMs: 0 }])
  })

  it('the host that most sales wait for is asked first; among equals the newest', async () => {
    const bench = await startEnrich({ options: { lookupsAtOnce: 1 } })
    await bench.feed([basket('0', 1, album('first'))])
    await bench.clock.advance(20_000)
    await bench.feed([
      basket('1', 1, album('once')),
      basket('2', 2, album('often')),
      basket('3', 3, album('often')),
      basket('4', 4, album('last')),
    ])
    for (const host of ['first', 'often', 'last', 'once']) {
      expect(bench.pages.waiting()).toEqual([album(host)])
      await bench.pages.answer(album(host), html('rock'))
    }
  })

  it('merch pages say nothing, so another page of the host is asked before them', async () => {
    const bench = await startEnrich()
    await bench.feed([basket('one', 1, 'a.bandcamp.com/merch/shirt', album('a'))])
    expect(bench.pages.asked).toEqual([album('a')])
  })

  it('a host that belongs to nobody is not asked', async () => {
    const bench = await startEnrich()
    await bench.feed([basket('one', 1, 'bandcamp.com/album/x')])
    expect(genresOf(bench, 'one')).toEqual([[null, 'not-an-item']])
    expect(bench.pages.asked).toEqual([])
  })
})

describe('3. Answers without a genre', () => {
  const GRID = '<p id="band-name-location"></p><ol id="music-grid"></ol>'
  const page = (text: string): PageAnswer => ({
    kind: 'html',
    html: text,
    finalUrl: 'https://a.bandcamp.com/music',
  })
  it.each<[string, string, PageAnswer]>([
    ['an item without a genre', 'none', html(null)],
    ['a challenge page', 'challenged', page('<title>Client Challenge</title>')],
    ['a challenge told by the port', 'challenged', { kind: 'challenged' }],
    ['403', 'refused', { kind: 'refused', code: 'http-403', retryAfterMs: null }],
    ['429', 'refused', { kind: 'refused', code: 'http-429', retryAfterMs: 3_000 }],
    ['an open circuit', 'refused', { kind: 'refused', code: 'circuit-open', retryAfterMs: 60_000 }],
    ['an unsafe address', 'refused', { kind: 'refused', code: 'private-address', retryAfterMs: null }],
    ['a grid', 'not-an-item', page(GRID)],
    ['a merch page', 'not-an-item', { kind: 'html', html: '', finalUrl: 'https://a.bandcamp.com/merch/x' }],
    ['a time-out', 'failed', { kind: 'failed', code: 'timeout' }],
    ['404', 'failed', { kind: 'failed', code: 'http-404' }],
  ])('[E9] %s is written down as %s', async (_name, source, answer) => {
    const bench = await startEnrich()
    await bench.feed([basket('one', 1, album('a')), tick(60)])
    await bench.pages.answer(album('a'), answer)
    expect(bench.line()).toEqual(['one', 'tick 60'])
    expect(bench.items('one')).toMatchObject([{ genre: null, genreSource: source, tags: [] }])
  })

  it('[E9] a refusal is tried again later, what is no item is not; meanwhile ticks do not wait for it', async () => {
    const bench = await startEnrich()
    await bench.feed([basket('one', 1, album('a')), basket('two', 2, album('b')), tick(60)])
    await bench.pages.answer(album('a'), { kind: 'challenged' })
    await bench.pages.answer(album('b'), page(GRID))
    await bench.feed([basket('three', 61, album('a')), basket('four', 62, album('b')), tick(120)])
    expect(bench.line().slice(3)).toEqual(['three', 'four', 'tick 120'])
    expect(genresOf(bench, 'three')).toEqual([[null, 'challenged']])
    expect(genresOf(bench, 'four')).toEqual([[null, 'not-an-item']])
    await bench.clock.advance(30_000)
    expect(bench.pages.asked).toEqual([album('b'), album('a'), album('a')])
    await bench.pages.answer(album('a'), html('punk'))
    expect(bench.line().slice(6)).toEqual(['amend one', 'amend three'])
    expect(genresOf(bench, 'three')).toEqual([['punk', 'page']])
  })

  it('retries keep the wait that was asked for, and grow rarer', async () => {
    const bench = await startEnrich()
    bench.pages.script(() => ({ kind: 'refused', code: 'http-429', retryAfterMs: 100_000 }))
    await bench.feed([basket('one', 1, album('a')), tick(60)])
    await bench.clock.advance(99_999)
    expect(bench.pages.asked).toHaveLength(1)
    await bench.clock.advance(1)
    expect(bench.pages.asked).toHaveLength(2)
    await bench.clock.advance(3_600_000)
    expect(bench.pages.asked.length).toBeLessThan(15)
  })

  it('a host with a useless page is asked by another of its pages', async () => {
    const bench = await startEnrich()
    await bench.feed([basket('one', 1, album('a')), basket('two', 2, album('a', 'y')), tick(60)])
    await bench.pages.answer(album('a'), page(GRID))
    await bench.pages.answer(album('a', 'y'), html('soundtrack'))
    expect(genresOf(bench, 'one')).toEqual([['soundtrack', 'host']])
    expect(genresOf(bench, 'two')).toEqual([['soundtrack', 'page']])
  })
})

describe('4. Amendments', () => {
  it('[E10] a page that comes late amends each sale of its host once, and is remembered', async () => {
    const bench = await startEnrich()
    await bench.feed([basket('one', 1, album('a')), basket('two', 2, album('a', 'y')), tick(60)])
    await bench.clock.advance(20_000)
    expect(await bench.committed()).toEqual({ offset: 0, watermarkMs: null, finalAtMs: null })
    await bench.pages.answer(album('a'), html('jazz', ['bop']))
    expect(bench.line()).toEqual(['one', 'two', 'tick 60', 'amend one', 'amend two'])
    expect(bench.items('one')).toMatchObject([{ genre: 'jazz', genreSource: 'page', tags: ['bop'] }])
    expect(bench.telemetry.of('enriched').at(-1)).toEqual({ known: 0, unknown: 0, amended: 2 })
    await bench.feed([tick(120)])
    expect(await bench.committed()).toEqual({ offset: 4, watermarkMs: START_MS + 120_000, finalAtMs: null })
    const found = await bench.store.lookup(
      [{ url: `https://${album('a')}`, artistHost: 'a.bandcamp.com' }],
      0,
    )
    expect([...found.values()]).toMatchObject([{ exact: true, facts: { genre: 'jazz' } }])
  })

  it('[E10] a basket of two hosts is amended for each, the second time with both', async () => {
    const bench = await startEnrich()
    await bench.feed([basket('one', 1, album('a'), album('b')), tick(60)])
    await bench.clock.advance(20_000)
    await bench.pages.answer(album('b'), html('rock'))
    await bench.pages.answer(album('a'), html('jazz'))
    expect(bench.line()).toEqual(['one', 'tick 60', 'amend one', 'amend one'])
    expect(bench.sales().at(-1)).toMatchObject({ sale: { items: [{ genre: 'jazz' }, { genre: 'rock' }] } })
  })

  it('[E10] no amendment for a sale an hour before the watermark; it holds nothing back any longer', async () => {
    const bench = await startEnrich()
    await bench.feed([basket('old', 0, album('a')), basket('young', 1, album('b')), tick(60)])
    await bench.clock.advance(20_000)
    await bench.feed([tick(3_600)])
    expect(await bench.committed()).toMatchObject({ offset: 1 })
    await bench.pages.answer(album('b'), html('rock'))
    await bench.pages.answer(album('a'), html('jazz'))
    expect(bench.line()).toEqual(['old', 'young', 'tick 60', 'tick 3600', 'amend young'])
  })

  it('a host that nobody looks for any longer is not asked', async () => {
    const bench = await startEnrich({ options: { lookupsAtOnce: 1 } })
    await bench.feed([basket('one', 1, album('a')), basket('two', 2, album('b')), tick(60)])
    await bench.clock.advance(20_000)
    await bench.feed([tick(3_700)])
    const [first] = bench.pages.waiting()
    await bench.pages.answer(first ?? '', html('jazz'))
    expect(bench.pages.asked).toEqual([first])
  })

  it('a page that comes while its sale is being appended amends it after', async () => {
    const bench = await startEnrich()
    const append = bench.log.append
    let release = () => {}
    bench.log.append = async entries => {
      if (entries.some(entry => entry.topic === 'sales')) {
        await new Promise<void>(resolve => {
          release = resolve
        })
      }
      return append(entries)
    }
    await bench.feed([basket('one', 1, album('a')), tick(60)])
    await bench.clock.advance(20_000)
    await bench.pages.answer(album('a'), html('jazz'))
    expect(bench.line()).toEqual([])
    release()
    await bench.clock.advance(0)
    release()
    await bench.clock.advance(0)
    expect(bench.line()).toEqual(['one', 'tick 60', 'amend one'])
  })

  it('[E11] more pending sales than allowed: the oldest are given up and counted', async () => {
    const bench = await startEnrich({ options: { maxPending: 2 } })
    await bench.feed([1, 2, 3].map(n => basket(`b${n}`, n, album(`h${n}`))))
    await bench.clock.advance(20_000)
    expect(await bench.committed()).toMatchObject({ offset: 1 })
    expect(bench.telemetry.of('counted')).toEqual([{ stage: 'enrich', what: 'evicted', count: 1 }])
    await bench.pages.answer(album('h1'), html('jazz'))
    await bench.pages.answer(album('h2'), html('jazz'))
    expect(bench.line()).toEqual(['b1', 'b2', 'b3', 'amend b2'])
  })
})

describe('5. Bad baskets', () => {
  it('[E12] what cannot be read becomes a dead letter with its bytes and place; the line goes on', async () => {
    const bench = await startEnrich()
    bench.pages.script(() => html('jazz'))
    const bad = { ...basket('bad', 1), text: '{"event_type":"sale", <img onerror=x>' }
    const half = basket('half', 2, album('a'), 'localhost/album/x')
    await bench.feed([bad, half, tick(60)])
    expect(bench.line()).toEqual(['half', 'tick 60'])
    expect(bench.items('half')).toHaveLength(1)
    const letters = bench.log.records('dead-letters').flat()
    expect(letters).toMatchObject([
      { stage: 'enrich', topic: 'feed', partition: 0, offset: 0, bytes: bad.text, atMs: START_MS },
      { offset: 1, reason: 'unsafe-url' },
    ])
    expect(bench.telemetry.of('deadLettered')).toHaveLength(2)
    expect(await bench.committed()).toMatchObject({ offset: 3 })
  })

  it('[E12] a dead letter read again has the same id, and holds 64 KiB at most', async () => {
    const bench = await startEnrich()
    await bench.feed([basket('one', 1, album('a')), { ...basket('bad', 2), text: '日'.repeat(100_000) }])
    await bench.clock.advance(20_000)
    const next = await bench.crash()
    await next.clock.advance(20_000)
    const letters = lettersIn(next.log.records('dead-letters').flat())
    expect(letters).toHaveLength(2)
    expect(letters[0]?.id).toBe(letters[1]?.id)
    expect(Buffer.byteLength(letters[0]?.bytes ?? '')).toBeLessThanOrEqual(65_536)
  })

  it('hostile text goes through as it came', async () => {
    const bench = await startEnrich()
    const hostile = basket('one', 1, album('a'))
    const name = `<img src=x onerror=alert(1)>\u202e`
    const text = hostile.text.replace('An Artist', name)
    bench.pages.script(() => html('jazz', ['<script>alert(1)</script>', '\u202eevil']))
    await bench.feed([{ ...hostile, text }])
    expect(bench.items('one')).toMatchObject([{ artistName: name, tags: ['script-alert-1-script', 'evil'] }])
  })
})

describe('6. Ends and outages', () => {
  it('closing ends every wait at once; after the start the sale is looked for again', async () => {
    const bench = await startEnrich()
    await bench.feed([basket('one', 1, album('a')), tick(60)])
    await bench.stop()
    expect(bench.line()).toEqual(['one', 'tick 60'])
    expect(bench.clock.sleeping()).toBe(0)
    const next = await bench.crash()
    expect(next.pages.asked).toEqual([album('a')])
  })

  it('a cache that cannot be asked stops the stage with what it said; nothing was committed', async () => {
    const bench = await startEnrich()
    bench.store.lookup = () => Promise.reject(new OutageError('ECONNREFUSED', 'no database'))
    await bench.feed([basket('one', 1, album('a'))])
    expect(bench.line()).toEqual([])
    expect(await bench.committed()).toBeNull()
  })

  it('a cache that cannot be written is told, and costs nothing else', async () => {
    const bench = await startEnrich()
    bench.store.remember = () => Promise.reject(new OutageError('ECONNREFUSED', 'no database'))
    await bench.feed([basket('one', 1, album('a'))])
    await bench.pages.answer(album('a'), html('jazz'))
    await bench.feed([basket('two', 2, album('a'))])
    expect(genresOf(bench, 'two')).toEqual([['jazz', 'page']])
    expect(bench.pages.asked).toHaveLength(1)
    expect(bench.telemetry.of('outage')).toEqual([{ what: 'page-cache', code: 'ECONNREFUSED', retryInMs: 0 }])
  })

  it('[E13] an amendment that cannot be appended stops the stage, and is made after the restart', async () => {
    const bench = await startEnrich()
    await bench.feed([basket('one', 1, album('a')), tick(60)])
    await bench.clock.advance(20_000)
    bench.log.failNextAppend(new OutageError('ENOSPC', 'disk full'))
    await bench.pages.answer(album('a'), html('jazz'))
    await bench.feed([tick(120)])
    expect(bench.line()).toEqual(['one', 'tick 60'])
    const next = await bench.crash()
    await next.clock.advance(20_000)
    expect(next.line().slice(2)).toEqual(['one', 'tick 60', 'tick 120'])
    expect(genresOf(next, 'one')).toEqual([['jazz', 'page']])
  })

  it('a partition that is taken away is let go of, and its hosts are not asked any more', async () => {
    const bench = await startEnrich({ options: { lookupsAtOnce: 1 } })
    await bench.feed([basket('one', 1, album('a')), basket('two', 2, album('b'))])
    await bench.clock.advance(20_000)
    await bench.stop()
    expect(bench.pages.asked).toHaveLength(1)
  })
})
