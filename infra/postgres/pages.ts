// The memory of item pages: newest facts by page, and by host for pages never read.
import type { Pool } from 'pg'
import type { CachedPage, PageCache, PageFacts } from '../ports.ts'
import { withOutages } from './outage.ts'
import { cleanText, instantText, keyText } from './text.ts'

interface PageRow {
  readonly wanted: number
  readonly exact: boolean
  readonly genre: string | null
  readonly tags: readonly string[]
  readonly location: string | null
  readonly label: string | null
  readonly release_date: string | null
}

const FACTS = 'genre, tags, location, label, release_date'

const LOOKUP = `
SELECT wanted::int, exact, ${FACTS}
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w (url, artist_host, wanted)
CROSS JOIN LATERAL (
  (SELECT true AS exact, ${FACTS} FROM pages p WHERE p.url = w.url AND p.fetched_at >= $3)
  UNION ALL
  (SELECT false, ${FACTS} FROM pages p WHERE p.artist_host = w.artist_host AND p.fetched_at >= $3
   ORDER BY fetched_at DESC, url LIMIT 1)
  LIMIT 1
) AS found`

async function remember(pool: Pool, pages: readonly CachedPage[]): Promise<void> {
  const newest = new Map<string, CachedPage>()
  for (const page of pages) {
    const url = keyText(page.url)
    if ((newest.get(url)?.fetchedAtMs ?? -Infinity) <= page.fetchedAtMs) newest.set(url, page)
  }
  if (newest.size === 0) return
  const rows = [...newest].sort(([a], [b]) => (a < b ? -1 : 1))
  const text = (value: string | null) => (value === null ? null : cleanText(value))
  await pool.query(
    `INSERT INTO pages AS p (url, artist_host, fetched_at, genre, location, label, release_date, tags)
     SELECT u.url, u.artist_host, u.fetched_at, u.genre, u.location, u.label, u.release_date,
       ARRAY(SELECT jsonb_array_elements_text(u.tags))
     FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[], $8::jsonb[])
       AS u (url, artist_host, fetched_at, genre, location, label, release_date, tags)
     ON CONFLICT (url) DO UPDATE SET artist_host = excluded.artist_host, fetched_at = excluded.fetched_at,
       genre = excluded.genre, location = excluded.location, label = excluded.label,
       release_date = excluded.release_date, tags = excluded.tags
     WHERE excluded.fetched_at >= p.fetched_at`,
    [
      rows.map(([url]) => url),
      rows.map(([, p]) => keyText(p.artistHost)),
      rows.map(([, p]) => instantText(p.fetchedAtMs)),
      rows.map(([, p]) => text(p.facts.genre)),
      rows.map(([, p]) => text(p.facts.location)),
      rows.map(([, p]) => text(p.facts.label)),
      rows.map(([, p]) => text(p.facts.releaseDate)),
      // PostgreSQL has no arrays of arrays of different lengths.
      rows.map(([, p]) => JSON.stringify(p.facts.tags.map(cleanText))),
    ],
  )
}

export function createPageCache(pool: Pool): PageCache {
  return {
    lookup: (pages, notBeforeMs) =>
      withOutages(async () => {
        const found = new Map<string, { readonly facts: PageFacts; readonly exact: boolean }>()
        if (pages.length === 0) return found
        const { rows } = await pool.query<PageRow>(LOOKUP, [
          pages.map(p => keyText(p.url)),
          pages.map(p => keyText(p.artistHost)),
          instantText(notBeforeMs),
        ])
        for (const row of rows) {
          const { genre, tags, location, label, release_date: releaseDate, exact } = row
          found.set(pages[row.wanted - 1]!.url, {
            facts: { genre, tags, location, label, releaseDate },
            exact,
          })
        }
        return found
      }),
    remember: pages => withOutages(() => remember(pool, pages)),
  }
}
