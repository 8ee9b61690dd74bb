// Item pages: which facts a page states, and what else may come instead of an item.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GENRES, genreOfTags, genreOfUrl, isGenre, parentGenres } from '../../producers/core/genres.ts'
import { looksChallenged, readItemPage } from '../../producers/core/item-page.ts'

const SAMPLES = join(import.meta.dirname, '../../../shared/data')
const WITHOUT_SAMPLES = !existsSync(SAMPLES)
if (WITHOUT_SAMPLES) console.warn(`skipped: real pages are not here (${SAMPLES})`)

const ALBUM_URL = 'https://artist.bandcamp.com/album/one'

function pageOf(music: unknown, rest = ''): string {
  const json = JSON.stringify(music).replaceAll('<', '\\u003c')
  return `<!DOCTYPE html><html><head><script type="application/ld+json">${json}</script></head>${rest}</html>`
}

function factsOf(html: string) {
  const page = readItemPage(html, ALBUM_URL)
  if (page.kind !== 'item') throw new Error(`expected an item, got ${page.kind}`)
  return page.facts
}

describe.skipIf(WITHOUT_SAMPLES)('1. Real pages (from ../shared/data)', () => {
  const html = (name: string) => readFileSync(join(SAMPLES, 'item-pages-html', name), 'utf8')
  const jsonLd = (name: string) =>
    factsOf(
      `<script type="application/ld+json">${readFileSync(join(SAMPLES, 'item-pages-jsonld', name))}</script>`,
    )

  it('[E1] an album page gives its genre, its tags without the town, the place and the date', () => {
    expect(factsOf(html('album.html'))).toEqual({
      genre: 'hip-hop-rap',
      tags: ['90s-golden-age-hip-hop', 'hip-hop-rap'],
      location: 'Long Branch, New Jersey',
      label: null,
      releaseDate: '2025-06-25',
    })
  })

  it('[E1] a track page gives the same', () => {
    const facts = factsOf(html('track.html'))
    expect(facts).toMatchObject({ genre: 'alternative', location: 'Brisbane, Australia', label: null })
    expect(facts.releaseDate).toBe('2025-11-24')
    expect(facts.tags).toHaveLength(15)
    expect(facts.tags.slice(0, 3)).toEqual(['alternative', 'haunted-folk', 'southern-gothic'])
    expect(facts.tags).not.toContain('brisbane')
  })

  it('[E2] an artist grid is no item: that is told apart from a page without tags', () => {
    const page = readItemPage(html('music-grid-no-tags.html'), 'https://mstrvlk.bandcamp.com/music')
    expect(page).toEqual({ kind: 'not-an-item', what: 'grid' })
  })

  it('every page of the years 2011 to 2023 is an item with a date, and never has its own town as a tag', () => {
    const names = readdirSync(join(SAMPLES, 'item-pages-jsonld'))
    expect(names).toHaveLength(14)
    for (const name of names) {
      const facts = jsonLd(name)
      expect(facts.releaseDate, name).toMatch(/^20[12]\d-\d\d-\d\d$/)
      expect(facts.tags, name).not.toContain(facts.location?.split(',')[0]?.toLowerCase())
      if (facts.tags.length > 0) expect(facts.genre, name).toBe('electronic')
    }
  })

  it('a page whose only keyword is the town has no tags and no genre', () => {
    expect(jsonLd('rr2.json')).toMatchObject({ genre: null, tags: [], label: '44 LABEL GROUP' })
  })

  it('the label is the one that the release states before the one that publishes', () => {
    expect(jsonLd('track_alt_edge_case.json').label).toBe('Ostgut Ton')
    expect(jsonLd('ep.json').label).toBe('falling apart')
    expect(jsonLd('edge_cases.json').label).toBeNull()
  })

  it('two spellings of one tag are one tag', () => {
    expect(jsonLd('hex002.json').tags).toEqual(['electronic', 'techno'])
  })
})

describe('2. Genres', () => {
  it('there are 27, each its own slug', () => {
    expect(GENRES).toHaveLength(27)
    expect(new Set(GENRES).size).toBe(27)
    expect(GENRES.every(isGenre)).toBe(true)
  })

  it.skipIf(WITHOUT_SAMPLES)('the table is Bandcamp’s list, subgenres and all', () => {
    const listed = JSON.parse(readFileSync(join(SAMPLES, 'genres.json'), 'utf8')).genres as {
      slug: string
      subgenres: { slug: string }[]
    }[]
    expect(GENRES).toEqual(listed.map(({ slug }) => slug))
    for (const slug of new Set(listed.flatMap(({ subgenres }) => subgenres.map(sub => sub.slug)))) {
      const parents = listed.filter(({ subgenres }) => subgenres.some(sub => sub.slug === slug))
      expect(parentGenres(slug)).toEqual(parents.map(parent => parent.slug))
    }
  })

  it.each([
    ['https://bandcamp.com/discover/hip-hop-rap', 'hip-hop-rap'],
    ['https://bandcamp.com/tag/electronic', 'electronic'],
    ['https://bandcamp.com/discover/electronic?from=tralbum', 'electronic'],
    ['https://bandcamp.com/discover/long-branch', null],
    ['https://bandcamp.com/discover/constructor', null],
    ['electronic', null],
    ['', null],
    ['https://', null],
  ])('the address %s speaks for %s', (url, genre) => {
    expect(genreOfUrl(url)).toBe(genre)
  })

  it('a tag that is a top genre beats subgenres; subgenres vote; nothing known says nothing', () => {
    expect(genreOfTags(['techno', 'house', 'rock'])).toBe('rock')
    expect(genreOfTags(['dub', 'techno'])).toBe('electronic')
    expect(genreOfTags(['dub', 'ska', 'dancehall'])).toBe('reggae')
    expect(genreOfTags(['post-techno', 'berghain'])).toBeNull()
  })

  it('the publisher’s genre beats the tags; a page without it is read by its tags', () => {
    const music = { '@type': 'MusicAlbum', keywords: ['Jazz', 'Bop'] }
    const publisher = { name: 'x', genre: 'https://bandcamp.com/tag/folk' }
    expect(factsOf(pageOf({ ...music, publisher })).genre).toBe('folk')
    expect(factsOf(pageOf(music)).genre).toBe('jazz')
    expect(factsOf(pageOf({ ...music, publisher: { genre: 'https://bandcamp.com/discover/x' } })).genre).toBe(
      'jazz',
    )
  })
})

describe('3. Pages in other shapes', () => {
  const links = (...texts: string[]) =>
    `<div class="tralbum-tags tralbum-tags-nu">${texts.map(t => `<a class="tag" href="x"\n >${t}</a>\n`).join('')}</div>`
  const tralbum = (value: unknown) =>
    `<script data-tralbum="${JSON.stringify(value).replaceAll('"', '&quot;')}"></script>`

  it('without JSON-LD, the page’s data and its links speak', () => {
    const html =
      tralbum({ id: 7, item_type: 'track', current: { release_date: '09 Nov 2020 00:00:00 GMT' } }) +
      links('ambient', 'drone', 'Malmö') +
      '<p id="band-name-location"><span class="title">x</span><span class="location">Malmö, Sweden</span></p>'
    expect(factsOf(html)).toEqual({
      genre: 'ambient',
      tags: ['ambient', 'drone'],
      location: 'Malmö, Sweden',
      label: null,
      releaseDate: '2020-11-09',
    })
  })

  it('where no place is stated, the last link with a capital letter is the place', () => {
    const html = pageOf({ '@type': 'MusicAlbum', keywords: ['Techno', 'Live', 'Berlin'] })
    expect(factsOf(html.replace('</html>', links('techno', 'live', 'Berlin'))).tags).toEqual([
      'techno',
      'live',
    ])
    expect(factsOf(html).tags).toEqual(['techno', 'live', 'berlin'])
  })

  it('[E2] a merch page, an empty page and somebody else’s page are no items', () => {
    const what = (html: string, url: string) => readItemPage(html, url)
    const merch = 'https://artist.bandcamp.com/merch/shirt'
    expect(what('<html>shirt</html>', merch)).toEqual({ kind: 'not-an-item', what: 'merch' })
    expect(what('', ALBUM_URL)).toEqual({ kind: 'not-an-item', what: 'other' })
    expect(what(pageOf({ '@type': 'WebSite' }), ALBUM_URL)).toEqual({ kind: 'not-an-item', what: 'other' })
  })

  it('[E2] a challenge page is known by its content, never taken for a page without tags', () => {
    const challenge = '<html><head><title>Client Challenge</title></head><body></body></html>'
    expect(readItemPage(challenge, ALBUM_URL)).toEqual({ kind: 'challenged' })
    const assets = '<html><script src="/_fs-ch-1T1wmsGaOgGaSxcX/script.js"></script></html>'
    expect(readItemPage(assets, ALBUM_URL)).toEqual({ kind: 'challenged' })
    expect(looksChallenged('<title>Client Challenge | An Artist</title>')).toBe(false)
  })

  it('an album called “Client Challenge” is an album', () => {
    const html = pageOf({ '@type': 'MusicAlbum', name: 'Client Challenge' })
    expect(readItemPage(`${html}<title>Client Challenge</title>`, ALBUM_URL).kind).toBe('item')
  })

  it.each([
    ['24 Nov 2025 00:00:00 GMT', '2025-11-24'],
    ['31 Feb 2025 00:00:00 GMT', null],
    ['24 Now 2025 00:00:00 GMT', null],
    ['2025-11-24', null],
    [20251124, null],
  ])('the date %s is read as %s', (datePublished, date) => {
    expect(factsOf(pageOf({ '@type': 'MusicAlbum', datePublished })).releaseDate).toBe(date)
  })
})

describe('4. Hostile pages', () => {
  it('facts are bounded and fit to be stored, whatever a seller writes', () => {
    const long = '𐀀'.repeat(10_000)
    const facts = factsOf(
      pageOf({
        '@type': ['MusicAlbum'],
        keywords: [...Array.from({ length: 5_000 }, (_, i) => `${i} <img onerror=x>`), long],
        publisher: { name: `\u202e${long}\u0000\ud800`, foundingLocation: { name: long } },
      }),
    )
    expect(facts.tags).toHaveLength(32)
    expect(facts.tags[0]).toBe('0-img-onerror-x')
    expect([...(facts.label ?? '')]).toHaveLength(200)
    expect([...(facts.location ?? '')]).toHaveLength(200)
    expect((facts.label ?? '').isWellFormed()).toBe(true)
  })

  it('a page cut anywhere is read without an exception', () => {
    const html = pageOf(
      { '@type': 'MusicAlbum', keywords: ['Jazz'], publisher: { foundingLocation: { name: 'Oslo' } } },
      '<div class="tralbum-tags"><a class="tag">jazz</a></div><p id="band-name-location"><i class="location">Oslo</i>',
    )
    for (let end = 0; end <= html.length; end++) {
      const { kind } = readItemPage(html.slice(0, end), ALBUM_URL)
      expect(['item', 'not-an-item']).toContain(kind)
    }
  })

  it('any JSON in any place of the right name is read without an exception', () => {
    const music = fc.record({
      '@type': fc.constantFrom('MusicAlbum', 'MusicRecording'),
      keywords: fc.jsonValue(),
      publisher: fc.oneof(
        fc.jsonValue(),
        fc.record({ genre: fc.jsonValue(), foundingLocation: fc.jsonValue() }),
      ),
      albumRelease: fc.jsonValue(),
      datePublished: fc.jsonValue(),
      byArtist: fc.jsonValue(),
    })
    fc.assert(fc.property(music, value => readItemPage(pageOf(value), ALBUM_URL).kind === 'item'))
  })

  const TWO_MEGABYTES = 2_000_000
  const JSON_LD = '<script type="application/ld+json">'
  const MUSIC = `${JSON_LD}{"@type":"MusicAlbum"}</script>`
  const openings = [
    '',
    MUSIC,
    `${MUSIC}tralbum-tags`,
    `${MUSIC}id="band-name-location"`,
    'data-tralbum="',
    JSON_LD,
  ]
  const units = ['<', '<a>', '<script ', '<a b="', '[', '{"a":', '&quot;', '<!--', '<title', JSON_LD]
  const nested = ['tralbum-tags"><a class="tag">', 'id="band-name-location"><b class="location">']
  it.each([...units, ...nested])('two megabytes of %s take no time to speak of', unit => {
    for (const opening of openings) {
      const html = opening + unit.repeat(TWO_MEGABYTES / unit.length)
      const startMs = performance.now()
      readItemPage(html, ALBUM_URL)
      // Linear work takes some 30 ms, quadratic work minutes: the bound only tells those two apart.
      expect(performance.now() - startMs, opening).toBeLessThan(2_000)
    }
  })
})
