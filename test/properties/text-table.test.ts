// The table of texts by their bytes answers as a map of strings would: also when all hashes are the same.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TextTable } from '../../processors/aggregate/text-table.ts'
import { packTexts } from '../../schemas/texts.ts'

/** Alike at the beginning, of all lengths around a word, narrow and wide, with lone surrogates. */
const arbText = fc.oneof(
  fc.string({ maxLength: 9 }),
  fc.string({ unit: fc.constantFrom('a', 'b', 'é'), maxLength: 5 }),
  fc.string({ unit: fc.constantFrom('a', '肉', '\ud800', '\0'), maxLength: 5 }),
  fc.string({ unit: 'binary', maxLength: 300 }),
)
const arbEntries = fc.array(fc.record({ text: arbText, tag: fc.nat({ max: 7 }) }), { maxLength: 50 })

interface Entry {
  readonly text: string
  readonly tag: number
}

/** Finds or adds each entry in turn; the ids given. With `hash`, every text has that one. */
function idsOf(table: TextTable, entries: readonly Entry[], hash?: number): number[] {
  const texts = packTexts(entries.map(entry => entry.text))
  let next = 0
  return entries.map(({ tag }, place) => {
    const known = table.find(texts, place, tag, hash)
    if (known >= 0) return known
    table.add(next)
    return next++
  })
}

function idsByMap(entries: readonly Entry[]): number[] {
  const ids = new Map<string, number>()
  return entries.map(({ text, tag }) => {
    const name = `${tag} ${text}`
    if (!ids.has(name)) ids.set(name, ids.size)
    return ids.get(name)!
  })
}

test('[W8] every text of every tag has its own id and comes back as it was', () => {
  fc.assert(
    fc.property(arbEntries, entries => {
      const table = new TextTable(4)
      const ids = idsOf(table, entries)
      expect(ids).toEqual(idsByMap(entries))
      expect(ids.map(id => table.text(id))).toEqual(entries.map(entry => entry.text))
      expect(entries.map(({ text, tag }) => table.findText(text, tag))).toEqual(ids)
    }),
  )
})

test('[W8] texts with the same hash are told apart', () => {
  fc.assert(
    fc.property(arbEntries, fc.integer(), (entries, hash) => {
      // Room for all: a table that grows would work the hashes out itself.
      expect(idsOf(new TextTable(64), entries, hash)).toEqual(idsByMap(entries))
    }),
  )
})

test('[W8] after a sweep the kept texts are found under their ids, the others not', () => {
  fc.assert(
    fc.property(arbEntries, fc.array(fc.boolean(), { minLength: 50, maxLength: 50 }), (entries, keep) => {
      const table = new TextTable(4)
      const ids = idsOf(table, entries)
      table.keepOnly(id => keep[id]!)
      const found = entries.map(({ text, tag }) => table.findText(text, tag))
      expect(found).toEqual(ids.map(id => (keep[id] ? id : -1)))
      const kept = entries.filter((_, i) => keep[ids[i]!])
      expect(kept.map(({ text, tag }) => table.text(table.findText(text, tag)))).toEqual(
        kept.map(e => e.text),
      )
    }),
  )
})
