// The oracle's look at the log: all that was read is there, once, in order, and what was not read is a gap.
import { normaliseBasket } from '../../../producers/core/normalise.ts'
import type { Basket, Gap, Sale, SalesRecord } from '../../../schemas/records.ts'
import { MINUTE_MS } from '../../../schemas/time.ts'
import { lettersIn } from '../../support/dead-letters.ts'
import type { Run } from './run.ts'

function basketsOf({ storage }: Run): readonly Basket[] {
  return storage.log
    .records('feed')
    .flat()
    .filter(record => record.kind === 'basket')
}

function gapsOf({ storage }: Run): readonly Gap[] {
  const gaps = storage.log
    .records('feed')
    .flat()
    .filter(record => record.kind === 'gap')
  return [...new Map(gaps.map(gap => [`${gap.fromMs} ${gap.toMs}`, gap])).values()]
}

/** Everything in an answer that was taken is in the log as it was shown, once; and nothing else is. */
export function feedProblems(run: Run): string[] {
  const { storage } = run
  const taken = [...run.feed.taken]
  const problems: string[] = []
  const held = new Map<string, number>()
  const ids = new Map<string, string>()
  for (const { id, text, seenItems } of basketsOf(run)) {
    held.set(text, (held.get(text) ?? 0) + 1)
    const other = ids.get(id)
    if (other !== undefined && other !== text) problems.push(`one id for two texts: ${other} and ${text}`)
    ids.set(id, text)
    if (seenItems !== undefined) problems.push(`items called seen in ${text}`)
  }
  const twoPollers = storage.lease.stolen
  for (const [text, times] of held)
    if (times > 1 && !twoPollers) problems.push(`${times} times in the log: ${text}`)
  const refused = new Set(lettersIn(storage.log.records('dead-letters').flat()).map(letter => letter.bytes))
  const shown = new Set(taken.flatMap(answer => answer.texts))
  for (const text of shown)
    if (!held.has(text) && !refused.has(text)) problems.push(`taken, but not in the log: ${text}`)
  const fromMs = Math.min(...taken.map(answer => answer.startMs))
  const toMs = Math.max(...taken.map(answer => answer.endMs))
  const gaps = gapsOf(run)
  for (let atMs = fromMs; atMs < toMs; atMs += MINUTE_MS) {
    const isSpokenFor = [...taken, ...gaps.map(gap => ({ startMs: gap.fromMs, endMs: gap.toMs }))].some(
      ({ startMs, endMs }) => startMs <= atMs && atMs < endMs,
    )
    if (!isSpokenFor) problems.push(`nobody read ${new Date(atMs).toISOString()}, and no gap says so`)
  }
  return problems
}

/**
 * A gap stands where an answer began later than was asked, in every partition alike; one that was cut short
 * by a death is replaced by a wider one around it, since the poller then begins again where the gap began, or
 * before: a first start begins ten minutes before the oldest basket, and may have found an older one since.
 */
export function gapProblems(run: Run): string[] {
  const { storage, feed } = run
  const starts = new Set([...feed.taken].map(answer => answer.startMs))
  const problems: string[] = []
  for (const gap of gapsOf(run)) {
    const what = `gap ${gap.fromMs}–${gap.toMs}`
    if (gap.fromMs >= gap.toMs) problems.push(`${what} is empty`)
    const isReplaced = gapsOf(run).some(
      other =>
        other.fromMs <= gap.fromMs &&
        other.toMs >= gap.toMs &&
        other.toMs - other.fromMs > gap.toMs - gap.fromMs,
    )
    if (!starts.has(gap.toMs) && !isReplaced) problems.push(`${what}: no answer begins at its end`)
    for (const [partition, records] of storage.log.records('sales').entries()) {
      const isThere = records.some(r => r.kind === 'gap' && r.fromMs === gap.fromMs && r.toMs === gap.toMs)
      if (!isThere && !isReplaced) problems.push(`${what} is not in sales/${partition}`)
    }
    if (!storage.store.tables().gaps.some(g => g.fromMs === gap.fromMs && g.toMs === gap.toMs))
      problems.push(`${what} is not in the store`)
  }
  return problems
}

/** The sale without what is looked up. */
function bare(sale: Sale): string {
  return JSON.stringify({
    ...sale,
    items: sale.items.map(item => ({ ...item, genre: null, genreSource: null, tags: [] })),
  })
}

/** Every readable basket of the feed is a sale, in its own partition, on the same side of each tick. */
export function salesProblems({ storage }: Run): string[] {
  const problems: string[] = []
  for (const [partition, records] of storage.log.records('feed').entries()) {
    const sales = storage.log.records('sales')[partition]!
    const expected = new Map<string, string>()
    for (const record of records) {
      if (record.kind !== 'basket') continue
      const { sale } = normaliseBasket(record)
      if (sale !== null) expected.set(sale.basketId, bare(sale))
    }
    const found = new Map<string, string>()
    for (const record of sales) {
      const sale = record.kind === 'sale' ? record : record.kind === 'amend' ? record.sale : null
      if (sale === null) continue
      if (found.has(sale.basketId) && found.get(sale.basketId) !== bare(sale))
        problems.push(`two of ${sale.basketId}`)
      found.set(sale.basketId, bare(sale))
    }
    for (const [id, text] of expected)
      if (found.get(id) !== text) problems.push(`sales/${partition} has ${found.get(id)} for ${text}`)
    for (const id of found.keys())
      if (!expected.has(id)) problems.push(`sales/${partition} has made up ${id}`)
    problems.push(...orderProblems(records, sales, partition))
  }
  return problems
}

/** The first tick behind each basket is the first tick behind its sale, or an earlier one. */
function orderProblems(
  feed: readonly { readonly kind: string }[],
  sales: readonly SalesRecord[],
  partition: number,
): string[] {
  const before = <T extends { readonly kind: string }>(
    records: readonly T[],
    idOf: (record: T) => string | null,
  ) => {
    const marks = new Map<string, number>()
    let watermarkMs = -Infinity
    for (const record of records) {
      if (record.kind === 'tick')
        watermarkMs = Math.max(watermarkMs, (record as unknown as { upToMs: number }).upToMs)
      const id = idOf(record)
      if (id !== null && !marks.has(id)) marks.set(id, watermarkMs)
    }
    return marks
  }
  const came = before(feed as readonly Basket[], record => (record.kind === 'basket' ? record.id : null))
  const went = before(sales, record => (record.kind === 'sale' ? record.basketId : null))
  return [...went].flatMap(([id, markMs]) =>
    markMs <= (came.get(id) ?? -Infinity) ? [] : [`sales/${partition}: a tick overtook ${id}`],
  )
}
