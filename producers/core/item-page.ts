// Reads an item page: the facts it states, or what else came instead of an item.
import { load } from 'cheerio/slim'
import type { PageFacts } from '../../schemas/page-facts.ts'
import { between, field, from, isObject, jsonLdObjects, parsed, textOf } from './fragments.ts'
import { genreOfTags, genreOfUrl } from './genres.ts'
import { bounded, normaliseTag, recordText } from './text.ts'

export type ItemPage =
  | { readonly kind: 'item'; readonly facts: PageFacts }
  /** An anti-bot page: says nothing about the item. */
  | { readonly kind: 'challenged' }
  | { readonly kind: 'not-an-item'; readonly what: 'grid' | 'merch' | 'other' }

/** Real pages have at most 16; more are a mistake or a trick. */
const MAX_TAGS = 32
/** Names of labels and places are cut at this length. */
const MAX_NAME_CHARS = 200
/** The list of tags of a real page takes 3 KB, the name and location 300 bytes. */
const TAGS_CHARS = 16_384
const LOCATION_CHARS = 4_096
/** A real challenge page has 3 KB; its marks in a long page are somebody's text. */
const MAX_CHALLENGE_CHARS = 65_536

type Json = Readonly<Record<string, unknown>>

/**
 * `url` is the address that the page finally came from. An item is a page that states a MusicAlbum or
 * MusicRecording (JSON-LD) or an id of an album or track (`data-tralbum`). Never throws; time is linear in
 * the page's length. Facts are text of sellers: bounded in length, not made safe for display.
 */
export function readItemPage(html: string, url: string): ItemPage {
  const music = jsonLdObjects(html).find(isMusic)
  const tralbum = music === undefined ? readTralbum(html) : null
  if (music !== undefined || isTralbum(tralbum)) {
    return { kind: 'item', facts: readFacts(html, music ?? {}, tralbum) }
  }
  if (looksChallenged(html)) return { kind: 'challenged' }
  return { kind: 'not-an-item', what: whatElse(html, url) }
}

/** True for Bandcamp's "Client Challenge" page, which comes with HTTP 200; told by its content. */
export function looksChallenged(html: string): boolean {
  if (html.length > MAX_CHALLENGE_CHARS) return false
  const title = between(html, '<title', '</title')
  return title?.slice(title.indexOf('>') + 1).trim() === 'Client Challenge' || html.includes('/_fs-ch-')
}

function isMusic(object: Json): boolean {
  const types = Array.isArray(object['@type']) ? object['@type'] : [object['@type']]
  return types.includes('MusicAlbum') || types.includes('MusicRecording')
}

/** The page's `data-tralbum`, or null. A grid page has one too, with nothing but its address. */
function readTralbum(html: string): Json | null {
  const attribute = between(html, 'data-tralbum="', '"')
  if (attribute === null) return null
  const text = load(`<i data-tralbum="${attribute}">`)('i').attr('data-tralbum') ?? ''
  const value = parsed(text)
  return isObject(value) ? value : null
}

function isTralbum(tralbum: Json | null): boolean {
  const type = tralbum?.item_type
  return typeof tralbum?.id === 'number' && (type === 'album' || type === 'track')
}

function whatElse(html: string, url: string): 'grid' | 'merch' | 'other' {
  const path = URL.canParse(url) ? new URL(url).pathname : ''
  if (path.startsWith('/merch/')) return 'merch'
  const isGrid = html.includes('id="music-grid"') || html.includes('data-tralbum="') || path === '/music'
  return isGrid ? 'grid' : 'other'
}

function readFacts(html: string, music: Json, tralbum: Json | null): PageFacts {
  const links = tagLinks(html)
  const location = named(field(music.publisher, 'foundingLocation')) ?? bandLocation(html)
  const place = placeTag(location, links)
  const stated = keywords(music.keywords)
  const tags = ownTags(stated.length > 0 ? stated : links, place)
  const genreUrl = textOf(field(music.publisher, 'genre'))
  return {
    genre: (genreUrl === null ? null : genreOfUrl(genreUrl)) ?? genreOfTags(tags),
    tags,
    location,
    label: labelOf(music),
    releaseDate:
      dateOf(music.datePublished) ??
      dateOf(tralbum?.album_release_date) ??
      dateOf(field(tralbum?.current, 'release_date')),
  }
}

/** Keywords are an array; older pages joined them with commas. */
function keywords(value: unknown): readonly string[] {
  const all = Array.isArray(value) ? value : typeof value === 'string' ? value.split(',') : []
  return all.filter(each => typeof each === 'string')
}

/** The texts of the page's `a.tag`. */
function tagLinks(html: string): readonly string[] {
  const fragment = from(html, 'tralbum-tags', TAGS_CHARS)
  if (fragment === null) return []
  const $ = load(`<div class="${fragment}`)
  return $('a.tag')
    .slice(0, MAX_TAGS)
    .toArray()
    .map(link => $(link).text().trim())
}

function bandLocation(html: string): string | null {
  const fragment = from(html, 'id="band-name-location"', LOCATION_CHARS)
  if (fragment === null) return null
  return clipped(load(`<p ${fragment}`)('.location').first().text())
}

/**
 * The tag that only repeats where the band is from: the first part of the location; where the page states
 * none, the last link with a capital letter, since Bandcamp writes all other links in lower case.
 */
function placeTag(location: string | null, links: readonly string[]): string | null {
  const place = location?.split(',')[0] ?? links.findLast(link => link !== link.toLowerCase())
  return normaliseTag(place ?? '') || null
}

function ownTags(spellings: readonly string[], place: string | null): readonly string[] {
  const tags = new Set<string>()
  for (const spelling of spellings) {
    const tag = normaliseTag(spelling)
    if (tag !== '' && tag !== place) tags.add(tag)
    if (tags.size === MAX_TAGS) break
  }
  return [...tags]
}

/** The record label that the release states; else who publishes it, where that is not the artist. */
function labelOf(music: Json): string | null {
  const holder = music.albumRelease ?? field(music.inAlbum, 'albumRelease')
  const releases: readonly unknown[] = Array.isArray(holder) ? holder : []
  for (const release of releases) {
    const label = named(field(release, 'recordLabel'))
    if (label !== null) return label
  }
  const publisher = named(music.publisher)
  return publisher === named(music.byArtist) ? null : publisher
}

function named(value: unknown): string | null {
  const name = textOf(field(value, 'name'))
  return name === null ? null : clipped(name)
}

function clipped(text: string): string | null {
  return bounded(recordText(text.trim()), MAX_NAME_CHARS) || null
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const PAGE_DATE = /^(\d{2}) ([A-Z][a-z]{2}) (\d{4}) \d{2}:\d{2}:\d{2} GMT$/

/** `24 Nov 2025 00:00:00 GMT` as `2025-11-24`; null for anything else, also for days that do not exist. */
function dateOf(value: unknown): string | null {
  const match = typeof value === 'string' ? PAGE_DATE.exec(value) : null
  if (match === null) return null
  const [, day = '', monthName = '', year = ''] = match
  const month = String(MONTHS.indexOf(monthName) + 1).padStart(2, '0')
  const date = `${year}-${month}-${day}`
  const parsedMs = Date.parse(`${date}T00:00:00Z`)
  return Number.isNaN(parsedMs) || !new Date(parsedMs).toISOString().startsWith(date) ? null : date
}
