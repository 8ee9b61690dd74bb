// What a recording of `sales` says of item pages: a page cache for playing the recording of `feed` beside it.
import type { PageCache, PageFacts } from '../../infra/ports.ts'
import { KNOWLEDGE_RANK, type SaleItem, type SalesRecord } from '../../schemas/records.ts'

/** Pages kept: some 300 bytes each, the busiest month of the real feed twice over. */
const MAX_PAGES = 1_000_000

/** Reads all of it. What an item's own page said is known for its address, and its genre for its host. */
export async function readRecordedFacts(records: AsyncIterable<SalesRecord>): Promise<PageCache> {
  const byUrl = new Map<string, PageFacts>()
  const byHost = new Map<string, PageFacts>()
  for await (const record of records) {
    if (record.kind !== 'sale' && record.kind !== 'amend') continue
    const { items } = record.kind === 'sale' ? record : record.sale
    for (const item of items) {
      if (KNOWLEDGE_RANK[item.genreSource] === 0 || byUrl.size >= MAX_PAGES) continue
      const facts = factsOf(item)
      byHost.set(item.artistHost, facts)
      if (item.genreSource !== 'host') byUrl.set(item.url, facts)
    }
  }
  return {
    async lookup(pages) {
      const found = new Map<string, { readonly facts: PageFacts; readonly exact: boolean }>()
      for (const { url, artistHost } of pages) {
        const own = byUrl.get(url)
        const facts = own ?? byHost.get(artistHost)
        if (facts !== undefined) found.set(url, { facts, exact: own !== undefined })
      }
      return found
    },
    async remember() {},
  }
}

function factsOf({ genre, tags }: SaleItem): PageFacts {
  return { genre, tags, location: null, label: null, releaseDate: null }
}
