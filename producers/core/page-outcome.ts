// What the answer for an item page means: facts, or why there are none and whether to ask again.
import type { PageAnswer, PageFacts } from '../../schemas/page-facts.ts'
import { type GenreSource, KNOWLEDGE_RANK, type Sale, type SaleItem } from '../../schemas/records.ts'
import { readItemPage } from './item-page.ts'

/** Why a page gave no facts: the sources of a genre that are no knowledge. */
export type NoFacts = Extract<GenreSource, 'pending' | 'challenged' | 'refused' | 'not-an-item' | 'failed'>

export type PageOutcome =
  | { readonly kind: 'facts'; readonly facts: PageFacts }
  /** `again`: a later request may do better. */
  | {
      readonly kind: 'none'
      readonly source: NoFacts
      readonly again: boolean
      readonly retryAfterMs: number | null
    }

/** Refusals that pass; all others are for an address that is not safe to ask. */
const PASSING_REFUSAL = /^(?:http-\d+|circuit-open|queue-full)$/
/** Failures that will be the same tomorrow. */
const LASTING_FAILURE = /^(?:http-(?:4(?!08)\d\d)|not-html|too-large|too-many-redirects|content-encoding)$/

export function outcomeOf(answer: PageAnswer): PageOutcome {
  switch (answer.kind) {
    case 'html': {
      const page = readItemPage(answer.html, answer.finalUrl)
      if (page.kind === 'item') return { kind: 'facts', facts: page.facts }
      return none(page.kind, page.kind === 'challenged')
    }
    case 'challenged':
      return none('challenged', true)
    case 'refused':
      return none('refused', PASSING_REFUSAL.test(answer.code), answer.retryAfterMs)
    case 'failed':
      return none('failed', !LASTING_FAILURE.test(answer.code))
  }
}

function none(source: NoFacts, again: boolean, retryAfterMs: number | null = null): PageOutcome {
  return { kind: 'none', source, again, retryAfterMs }
}

/**
 * The item with what a page says. `exact`: its own page, whose tags are its own and which settles the genre
 * even by not naming one. Another page of the host gives the genre, which is the artist's, and nothing else.
 */
export function withFacts(item: SaleItem, facts: PageFacts, exact: boolean): SaleItem {
  if (!exact) return { ...item, genre: facts.genre, genreSource: 'host' }
  return {
    ...item,
    genre: facts.genre,
    genreSource: facts.genre === null ? 'none' : 'page',
    tags: facts.tags,
  }
}

/**
 * The sale with each item of a host that a page of the host tells more about; the same object where none is.
 */
export function learn(
  sale: Sale,
  page: { readonly host: string; readonly url: string; readonly facts: PageFacts },
): Sale {
  let changed = false
  const items = sale.items.map(item => {
    if (item.artistHost !== page.host) return item
    const better = withFacts(item, page.facts, item.url === page.url)
    if (KNOWLEDGE_RANK[better.genreSource] <= KNOWLEDGE_RANK[item.genreSource]) return item
    changed = true
    return better
  })
  return changed ? { ...sale, items } : sale
}

/** The sale with the reason why nothing is known of a host's items, where nothing is. */
export function excuse(sale: Sale, host: string, source: NoFacts): Sale {
  const items = sale.items.map(item =>
    item.artistHost === host && KNOWLEDGE_RANK[item.genreSource] === 0
      ? { ...item, genreSource: source }
      : item,
  )
  return { ...sale, items }
}
