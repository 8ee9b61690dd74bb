// What a person reads for an artist's host or an item's address: the newest sale's words.
import type { TopDimension, TopRow } from '../../../schemas/history.ts'
import type { Interval } from '../../../schemas/time.ts'
import { keyText } from '../text.ts'
import { type Context, Parameters, rowsOf } from './context.ts'
import { isOneOfDays, NEWEST_DAYS, ON_THAT_DAY, WITH_DAYS } from './relation.ts'

export interface Label {
  readonly label: string
  readonly artUrl: string | null
}

interface LabelRow {
  readonly n: number
  readonly label: string
  readonly art: string | null
}

const NEWEST = 'ORDER BY sold_at DESC, basket_id DESC, position DESC LIMIT 1'

function hostOf(url: string): string {
  try {
    return new URL(url).host
  } catch {
    return ''
  }
}

async function artistLabels(context: Context, hosts: readonly string[]): Promise<readonly LabelRow[]> {
  return rowsOf<LabelRow>(
    context,
    `${WITH_DAYS} SELECT n::int, artist_name AS label, art_url AS art FROM unnest($1::text[]) WITH ORDINALITY AS wanted (host, n)
     JOIN artists USING (host)
     CROSS JOIN LATERAL (SELECT newest.* FROM ${NEWEST_DAYS}
       CROSS JOIN LATERAL (SELECT artist_name, art_url FROM sale_items
         WHERE artist_id = artists.id AND ${ON_THAT_DAY} ${NEWEST}) AS newest
       ORDER BY day DESC LIMIT 1) AS newest`,
    [hosts.map(keyText)],
  )
}

/** An item's rows are found among those of its artist, whose host its address holds. */
async function itemLabels(
  context: Context,
  urls: readonly string[],
  interval: Interval,
): Promise<readonly LabelRow[]> {
  const p = new Parameters()
  return rowsOf<LabelRow>(
    context,
    `SELECT n::int, title AS label, art_url AS art
     FROM unnest(${p.add(urls)}::text[], ${p.add(urls.map(u => keyText(hostOf(u))))}::text[])
       WITH ORDINALITY AS wanted (url, host, n)
     JOIN artists USING (host)
     CROSS JOIN LATERAL (SELECT title, art_url FROM sale_items
       WHERE artist_id = artists.id AND ${isOneOfDays(interval, p)} AND sold_at >= ${p.instant(interval.fromMs)}
         AND sold_at < ${p.instant(interval.toMs)} AND sale_items.url = wanted.url ${NEWEST}) AS newest`,
    p.values,
  )
}

/** Adds labels to rows of one dimension; a value without any is its own. */
export async function labelled<R extends Omit<TopRow, 'label' | 'artUrl'>>(
  context: Context,
  dimension: TopDimension,
  rows: readonly R[],
  interval: Interval,
): Promise<readonly (R & Label)[]> {
  let found: readonly LabelRow[] = []
  const values = rows.map(r => r.value)
  if (dimension === 'artist') found = await artistLabels(context, values)
  if (dimension === 'item') found = await itemLabels(context, values, interval)
  const byPlace = new Map(found.map(f => [f.n - 1, f]))
  return rows.map((row, i) => ({
    ...row,
    label: byPlace.get(i)?.label || row.value,
    artUrl: byPlace.get(i)?.art ?? null,
  }))
}
