// Counts a run of the simulated world once, so that many figures can be compared without keeping it.
import { PACKAGE_CLASSES, PACKAGE_TEXTS, type PackageClass } from '../../producers/simulator/core/packages.ts'
import type { SimulatedEvent } from '../../producers/simulator/core/world.ts'
import { HOUR_MS, MINUTE_MS } from '../../schemas/time.ts'

export interface Figure {
  readonly name: string
  readonly real: number
  readonly made: number
  /** Relative to the real figure. */
  readonly tolerance: number
}

/** How far off, relative to the real figure. */
function difference({ real, made }: Figure): number {
  return made / real - 1
}

export function off(figure: Figure): boolean {
  return !(Math.abs(difference(figure)) <= figure.tolerance)
}

const shown = (value: number) => (value >= 1000 ? String(Math.round(value)) : value.toFixed(2))

/** Real and simulated side by side. */
export function formatTable(figures: readonly Figure[]): string {
  const rows = figures.map(figure => {
    const percent = `${(difference(figure) * 100).toFixed(1)} %`.padStart(8)
    const allowed = `(±${Math.round(figure.tolerance * 100)} %)`
    const values = `${shown(figure.real).padStart(10)}${shown(figure.made).padStart(12)}`
    return `${figure.name.padEnd(26)}${values} ${percent} ${allowed}`
  })
  return [`${''.padEnd(26)}${'real'.padStart(10)}${'simulated'.padStart(12)}`, ...rows].join('\n')
}

type Counts = Map<string, number>

function add(counts: Counts, key: string, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by)
}

const CLASS_OF: ReadonlyMap<string, PackageClass> = new Map(
  PACKAGE_CLASSES.flatMap(name => PACKAGE_TEXTS[name].map(text => [text, name] as const)),
)

const OPTIONAL = [
  'amount_over_fmt',
  'addl_count',
  'item_slug',
  'track_album_slug_text',
  'releases',
  'album_title',
  'package_image_id',
  'art_id',
] as const

export interface Tally {
  readonly items: number
  readonly events: number
  readonly minutes: number
  readonly kinds: ReadonlyMap<string, number>
  readonly countries: ReadonlyMap<string, number>
  readonly currencies: ReadonlyMap<string, number>
  readonly artists: ReadonlyMap<string, number>
  readonly urls: ReadonlyMap<string, number>
  readonly additional: number
  readonly largestBasket: number
  readonly paid: { readonly mean: number; readonly deviation: number; quantile(q: number): number }
  meanPaid(...kinds: readonly string[]): number
  /** Per cent of items with the field set. */
  share(field: string): number
  /** Per cent of items that are physical and worded as the class is. */
  worded(name: PackageClass): number
  topCounts(counts: ReadonlyMap<string, number>): readonly number[]
  /** Items a minute in an hour of the UTC day on a day of the week (0 is Sunday). */
  perMinute(hour: number, weekday: number): number
  /** Events in two neighbouring minutes: the q-quantile. */
  pairOfMinutes(q: number): number
}

function quantileOf(sorted: ArrayLike<number>, q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!
}

export function tally(
  minuteAt: (startMs: number) => readonly SimulatedEvent[],
  startMs: number,
  wanted: number,
): Tally {
  const [kinds, countries, currencies, artists, urls, fields, classes, paidByKind, hours]: Counts[] =
    Array.from({ length: 9 }, () => new Map()) as [
      Counts,
      Counts,
      Counts,
      Counts,
      Counts,
      Counts,
      Counts,
      Counts,
      Counts,
    ]
  const paid: number[] = []
  const eventsByMinute: number[] = []
  let items = 0
  let events = 0
  let additional = 0
  let largestBasket = 0
  for (let at = startMs; items < wanted; at += MINUTE_MS) {
    const minute = minuteAt(at)
    events += minute.length
    eventsByMinute.push(minute.length)
    const before = items
    for (const { event } of minute) {
      largestBasket = Math.max(largestBasket, event.items.length)
      for (const item of event.items) {
        items++
        const kind = `${item.item_type}/${item.slug_type}`
        add(kinds!, kind)
        add(paidByKind!, kind, item.amount_paid_usd)
        add(countries!, item.country_code ?? '')
        add(currencies!, item.currency ?? '')
        add(artists!, item.artist_name ?? '')
        add(urls!, item.url)
        paid.push(item.amount_paid_usd)
        additional += item.addl_count ?? 0
        for (const field of OPTIONAL) if (item[field] != null) add(fields!, field)
        if (item.item_type === 'p') add(classes!, CLASS_OF.get(item.item_description ?? '') ?? 'none')
      }
    }
    const hour = new Date(at)
    add(hours!, `${hour.getUTCHours()}/${hour.getUTCDay()}`, items - before)
  }
  const sorted = Float64Array.from(paid).sort()
  const mean = paid.reduce((sum, value) => sum + value, 0) / items
  const pairs = Float64Array.from(
    { length: eventsByMinute.length - 1 },
    (_, i) => eventsByMinute[i]! + eventsByMinute[i + 1]!,
  ).sort()
  const minutes = eventsByMinute.length
  return {
    items,
    events,
    minutes,
    kinds: kinds!,
    countries: countries!,
    currencies: currencies!,
    artists: artists!,
    urls: urls!,
    additional,
    largestBasket,
    paid: {
      mean,
      deviation: Math.sqrt(paid.reduce((sum, value) => sum + (value - mean) ** 2, 0) / items),
      quantile: q => quantileOf(sorted, q),
    },
    meanPaid(...names) {
      const sum = (counts: Counts) => names.reduce((total, name) => total + (counts.get(name) ?? 0), 0)
      return sum(paidByKind!) / sum(kinds!)
    },
    share: field => ((fields!.get(field) ?? 0) / items) * 100,
    worded: name => ((classes!.get(name) ?? 0) / items) * 100,
    topCounts: counts => [...counts.values()].sort((a, b) => b - a).slice(0, 10),
    perMinute(hour, weekday) {
      let days = 0
      for (let at = startMs; at < startMs + minutes * MINUTE_MS; at += HOUR_MS) {
        const date = new Date(at)
        if (date.getUTCHours() === hour && date.getUTCDay() === weekday) days++
      }
      return (hours!.get(`${hour}/${weekday}`) ?? 0) / (days * 60)
    },
    pairOfMinutes: q => quantileOf(pairs, q),
  }
}
