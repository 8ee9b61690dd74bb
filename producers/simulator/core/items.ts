// One line of a checkout: a ware and what was paid for it, in the feed's fields and in their order.
import type { FeedItem } from '../../../schemas/feed.ts'
import type { Artist } from './artists.ts'
import type { Catalogue, Ware } from './catalogue.ts'
import { COUNTRIES } from './countries.ts'
import { type ItemKind, itemKind } from './mix.ts'
import { amountText, CURRENCIES, type Currency, listPrice, type PriceList, payment, toUsd } from './money.ts'
import { PACKAGE_CLASSES, PACKAGE_TEXTS, packageClass } from './packages.ts'
import { hash, hashUnit, type Rng } from './random.ts'

const PRICE = 41
const WORDING = 42

/** The lines of one basket are written within so many seconds of the event, before or after. */
const MAX_SKEW_SECONDS = 0.3
/** Favour for an artist's first releases and an album's first tracks: exponents of a uniform number. */
const RELEASE_FAVOUR = 2.7
const TRACK_FAVOUR = 1.9
/** Tracks that are on no album: 62 % of tracks have an album title in the sample of a million. */
const SINGLE_SHARE = 0.378
/** Tracks with others of the same purchase folded in; how many more each time; those that name the album. */
const ADDITIONAL_SHARE = 0.0802
const ONE_MORE_CHANCE = 0.316
const MAX_ADDITIONAL = 22
const NAMES_ALBUM_SHARE = 0.103
/** Physical lines without a picture of their own, and those among them that show the album's instead. */
const NO_PACKAGE_IMAGE_SHARE = 0.0132
const ALBUM_IMAGE_SHARE = 0.108
/** Absent texts, of a million lines: 10 artist names and 23 descriptions. */
const NO_ARTIST_SHARE = 10e-6
const NO_DESCRIPTION_SHARE = 23e-6

const TYPES: Readonly<Record<ItemKind, readonly [string, string | null]>> = {
  'a/a': ['a', 'a'],
  't/t': ['t', 't'],
  'p/a': ['p', 'a'],
  'p/p': ['p', 'p'],
  'b/null': ['b', null],
}

export interface ItemContext {
  readonly eventSeconds: number
  /** An index of COUNTRIES. */
  readonly country: number
  /** In [0, 1): the day's place in the swing of exchange rates. */
  readonly rateSwing: number
}

/** What is bought, before it is priced. */
interface Choice {
  readonly kind: ItemKind
  readonly ware: Ware
  readonly description: string
  readonly albumTitle: string | null
  readonly prices: PriceList
  readonly packageImageId: number | null
  readonly artId: number | null
  readonly releases: number | null
}

/** `%010d`. */
const tenDigits = (id: number) => String(id).padStart(10, '0')

export function artUrl(artId: number): string {
  return `https://f4.bcbits.com/img/a${tenDigits(artId)}_7.jpg`
}

export function packageImageUrl(imageId: number): string {
  return `https://f4.bcbits.com/img/${tenDigits(imageId)}_37.jpg`
}

export interface ItemMaker {
  /** A line by this artist; `scheduled` is a release of the schedule that is wanted now, or null. */
  make(rng: Rng, artist: Artist, scheduled: number | null, context: ItemContext): FeedItem
}

export function createItemMaker(seed: number, catalogue: Catalogue): ItemMaker {
  const digital = (kind: ItemKind, ware: Ware, albumTitle: string | null, prices: PriceList): Choice => ({
    kind,
    ware,
    description: ware.title.text,
    albumTitle,
    prices,
    packageImageId: null,
    artId: catalogue.artId(ware.artist, ware.release),
    releases: null,
  })

  const chooseTrack = (rng: Rng, artist: Artist, scheduled: number | null, release: number): Choice => {
    if (scheduled === null && rng.unit() < SINGLE_SHARE) {
      return digital('t/t', catalogue.single(artist, release), null, 'track')
    }
    const track =
      scheduled === null ? Math.floor(catalogue.tracksOf(artist, release) * rng.unit() ** TRACK_FAVOUR) : 0
    const album = catalogue.album(artist, release).title.text
    return digital('t/t', catalogue.track(artist, release, track), album, 'track')
  }

  const choosePackage = (rng: Rng, artist: Artist, release: number, onAlbumPage: boolean): Choice => {
    const kind = onAlbumPage ? 'p/a' : 'p/p'
    const prices = packageClass(onAlbumPage, rng.unit())
    const variant = PACKAGE_CLASSES.indexOf(prices)
    const texts = PACKAGE_TEXTS[prices]
    const description = texts[hash(seed, artist.index, WORDING + variant, release) % texts.length]!
    const ware = onAlbumPage ? catalogue.album(artist, release) : catalogue.merch(artist, description)
    const hasImage = rng.unit() >= NO_PACKAGE_IMAGE_SHARE
    const showsAlbum = !hasImage && rng.unit() < ALBUM_IMAGE_SHARE
    return {
      kind,
      ware,
      description,
      albumTitle: onAlbumPage ? ware.title.text : null,
      prices,
      packageImageId: hasImage ? catalogue.packageImageId(artist, release, variant) : null,
      artId: showsAlbum ? catalogue.artId(artist, release) : null,
      releases: null,
    }
  }

  const choose = (rng: Rng, artist: Artist, scheduled: number | null): Choice => {
    const kind = itemKind(artist.genre, rng.unit())
    const release = scheduled ?? Math.floor(artist.releases * rng.unit() ** RELEASE_FAVOUR)
    if (kind === 'a/a') return digital(kind, catalogue.album(artist, release), null, 'album')
    if (kind === 't/t') return chooseTrack(rng, artist, scheduled, release)
    if (kind === 'p/a' || kind === 'p/p') return choosePackage(rng, artist, release, kind === 'p/a')
    const releases = artist.releases + 1
    const description = `full digital discography (${releases} releases)`
    return { ...digital(kind, catalogue.album(artist, release), null, 'discography'), description, releases }
  }

  return {
    make(rng, artist, scheduled, context) {
      const choice = choose(rng, artist, scheduled)
      const currency = CURRENCIES.get(artist.place.currency)!
      const unit = hashUnit(seed, artist.index, PRICE + choice.prices.length, choice.ware.release)
      const additional = choice.kind === 't/t' && rng.unit() < ADDITIONAL_SHARE ? additionalCount(rng) : 0
      const price = listPrice(choice.prices, unit, currency)
      const { paid, over } = payment(choice.prices, price, currency, rng)
      const album = additional > 0 && rng.unit() < NAMES_ALBUM_SHARE ? catalogue.album(artist, 0) : null
      return toFeedItem(rng, choice, catalogue.url(choice.ware), context, {
        currency,
        price,
        paid,
        over,
        additional,
        albumSlug: album?.title.slug ?? null,
      })
    },
  }
}

function additionalCount(rng: Rng): number {
  let count = 1
  while (count < MAX_ADDITIONAL && rng.unit() < ONE_MORE_CHANCE) count++
  return count
}

interface Paid {
  readonly currency: Currency
  /** Price, payment and excess of one; the line's amounts are for all that are folded in. */
  readonly price: number
  readonly paid: number
  readonly over: number
  readonly additional: number
  readonly albumSlug: string | null
}

const cents = (amount: number) => Math.round(amount * 100) / 100

/** The feed's field order; optional keys are left out, not null, as the feed does. */
function toFeedItem(rng: Rng, choice: Choice, url: string, context: ItemContext, paid: Paid): FeedItem {
  const { currency, additional } = paid
  const country = COUNTRIES[context.country]!
  const amountPaid = cents(paid.paid * (1 + additional))
  const [itemType, slugType] = TYPES[choice.kind]
  const rare = rng.unit()
  const item: FeedItem = {
    utc_date: context.eventSeconds + (rng.unit() * 2 - 1) * MAX_SKEW_SECONDS,
    artist_name: rare < NO_ARTIST_SHARE ? null : choice.ware.by,
    item_type: itemType,
    item_description: 1 - rare < NO_DESCRIPTION_SHARE ? null : choice.description,
    album_title: choice.albumTitle,
    slug_type: slugType,
    track_album_slug_text: paid.albumSlug,
    currency: currency.code,
    amount_paid: amountPaid,
    item_price: cents(paid.price * (1 + additional)),
    amount_paid_usd: toUsd(amountPaid, currency, context.rateSwing),
    country: country.name,
    art_id: choice.artId,
    releases: choice.releases,
    package_image_id: choice.packageImageId,
    url,
    country_code: country.code,
    amount_paid_fmt: amountText(paid.paid, currency),
  }
  if (paid.over > 0) item.amount_over_fmt = amountText(paid.over, currency)
  if (additional > 0) {
    item.addl_count = additional
    item.item_slug = `/album/${paid.albumSlug ?? ''}`
  }
  const { packageImageId, artId } = choice
  item.art_url = packageImageId === null ? artUrl(artId ?? 0) : packageImageUrl(packageImageId)
  return item
}
