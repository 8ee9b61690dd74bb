// Item pages as Bandcamp serves them, reduced to what carries facts: JSON-LD, tags, data-tralbum, data-band.
import type { PageFacts } from '../../../schemas/page-facts.ts'
import type { Catalogue, Ware } from './catalogue.ts'
import { artUrl } from './items.ts'
import { hash, mix32 } from './random.ts'

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
)

/** "drum & bass" → "drum-bass": the form in which tags are compared, and the end of their address. */
function tagSlug(tag: string): string {
  return tag
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '')
}

/** Facts as the page states them; merch pages have none and must not be asked. */
export function factsOf(catalogue: Catalogue, ware: Ware): PageFacts {
  const { artist } = ware
  return {
    genre: artist.showsGenre ? artist.genre.slug : null,
    tags: [...new Set(catalogue.tags(ware).map(tagSlug))],
    location: artist.place.location,
    label: catalogue.label(ware),
    releaseDate: new Date(catalogue.releasedMs(ware)).toISOString().slice(0, 10),
  }
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

/** JSON inside a script element: no `<`, so that no text can close it. */
function scriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c')
}

const attributeJson = (value: unknown) => escaped(JSON.stringify(value))

/** "24 Nov 2025 00:00:00 GMT". */
function gmt(timeMs: number): string {
  return new Date(timeMs).toUTCString().replace(/^\w+, /, '')
}

/** "24 November 2025". */
function longDate(timeMs: number): string {
  const date = new Date(timeMs)
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`
}

interface PageIds {
  readonly itemId: number
  readonly bandId: number
  readonly artId: number
}

function idsOf(catalogue: Catalogue, ware: Ware): PageIds {
  const bandId = mix32(ware.artist.index + 1)
  const kind = ware.kind === 'album' ? 1 : 2
  return {
    itemId: hash(bandId, ware.release, ware.track, kind),
    bandId,
    artId: catalogue.artId(ware.artist, ware.release),
  }
}

function jsonLd(catalogue: Catalogue, ware: Ware, url: string, ids: PageIds): unknown {
  const { artist } = ware
  const home = new URL(url).origin
  const label = catalogue.label(ware)
  const itemType = ware.kind === 'album' ? 'a' : 't'
  const release = {
    '@type': ['MusicRelease', 'Product'],
    '@id': url,
    name: ware.title.text,
    additionalProperty: [
      { '@type': 'PropertyValue', name: 'item_id', value: ids.itemId },
      { '@type': 'PropertyValue', name: 'item_type', value: itemType },
      { '@type': 'PropertyValue', name: 'art_id', value: ids.artId },
    ],
    musicReleaseFormat: 'DigitalFormat',
    ...(label === null ? {} : { recordLabel: { '@type': 'MusicGroup', name: label } }),
  }
  return {
    '@context': 'https://schema.org',
    '@type': ware.kind === 'album' ? 'MusicAlbum' : 'MusicRecording',
    '@id': url,
    name: ware.title.text,
    datePublished: gmt(catalogue.releasedMs(ware)),
    ...(ware.kind === 'album'
      ? { albumRelease: [release], albumReleaseType: 'AlbumRelease' }
      : { inAlbum: { '@type': 'MusicAlbum', name: ware.title.text, albumRelease: [release] } }),
    byArtist: { '@type': 'MusicGroup', name: ware.by },
    publisher: {
      '@type': 'MusicGroup',
      '@id': home,
      name: artist.name,
      additionalProperty: [{ '@type': 'PropertyValue', name: 'band_id', value: ids.bandId }],
      ...(artist.showsGenre ? { genre: `https://bandcamp.com/discover/${artist.genre.slug}` } : {}),
      foundingLocation: { '@type': 'Place', name: artist.place.location },
    },
    keywords: [...catalogue.tags(ware), artist.place.city],
    image: artUrl(ids.artId),
  }
}

/** The newline before `>` is Bandcamp's, and so is the location among the tags, capitalised. */
function tagLinks(catalogue: Catalogue, ware: Ware, bandId: number): string {
  return [...catalogue.tags(ware), ware.artist.place.city]
    .map(tag => {
      const path = `discover/${encodeURIComponent(tagSlug(tag))}?from=tralbum&amp;artist=${bandId}`
      return `<a class="tag" href="https://bandcamp.com/${path}"\n>${escaped(tag)}</a>`
    })
    .join('\n')
}

function itemParts(catalogue: Catalogue, ware: Ware, url: string, ids: PageIds) {
  const released = catalogue.releasedMs(ware)
  const itemType = ware.kind === 'album' ? 'a' : 't'
  const tralbum = {
    current: {
      title: ware.title.text,
      release_date: gmt(released),
      band_id: ids.bandId,
      art_id: ids.artId,
      id: ids.itemId,
      type: ware.kind,
    },
    art_id: ids.artId,
    item_type: ware.kind,
    id: ids.itemId,
    url,
    album_release_date: gmt(released),
    artist: ware.by,
    packages: null,
  }
  const properties = { item_type: itemType, item_id: ids.itemId, tralbum_page_version: 0 }
  const description = `\n${ware.title.text} by ${ware.by}, released ${longDate(released)}\n`
  return {
    head: `<meta name="description" content="${escaped(description)}">
<meta name="bc-page-properties" content="${attributeJson(properties)}">
<script type="application/ld+json">
${scriptJson(jsonLd(catalogue, ware, url, ids))}
</script>
<script type="text/javascript" data-tralbum="${attributeJson(tralbum)}"></script>`,
    tags: `<div class="tralbumData tralbum-tags tralbum-tags-nu">
<h3 class="tags-inline-label">Tags</h3>
${tagLinks(catalogue, ware, ids.bandId)}
</div>`,
  }
}

/** The whole page, 3 to 6 KB. Merch pages say nothing of an item or its genre, as on Bandcamp. */
export function pageHtml(catalogue: Catalogue, ware: Ware): string {
  const { artist } = ware
  const url = `https:${catalogue.url(ware)}`
  const ids = idsOf(catalogue, ware)
  const band = { id: ids.bandId, name: artist.name, fan_email: null, image_id: ids.artId }
  const item = ware.kind === 'merch' ? { head: '', tags: '' } : itemParts(catalogue, ware, url, ids)
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${escaped(ware.title.text)} | ${escaped(ware.by)}</title>
${item.head}
<script type="text/javascript" data-band="${attributeJson(band)}"></script>
</head>
<body>
<h2 class="trackTitle">${escaped(ware.title.text)}</h2>
${item.tags}
<p id="band-name-location">
    <span class="title">${escaped(artist.name)}</span>
    <span class="location secondaryText">${escaped(artist.place.location)}</span>
</p>
</body>
</html>
`
}

/** An anti-bot page: HTTP 200, and no word about any item. */
export const CHALLENGE_PAGE = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Client Challenge</title>
<link rel="stylesheet" href="/_fs-ch-simulated/style.css">
<script src="/_fs-ch-simulated/script.js"></script>
</head>
<body>
<noscript>JavaScript is disabled in your browser. Please enable JavaScript to proceed.</noscript>
<p>A required part of this site could not load.</p>
</body>
</html>
`
