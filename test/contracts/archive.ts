// What every archive of reports promises.
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ReportArchive } from '../../infra/ports.ts'

export interface ArchiveUnderTest {
  /** An empty one. */
  open(): Promise<ReportArchive>
  /** The same files by another handle, as another process has. */
  again(archive: ReportArchive): Promise<ReportArchive>
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const PATH = 'reports/daily/2026/11/2026-11-21.v1.pdf'

export function archiveContract({ open, again }: ArchiveUnderTest): void {
  describe('an archive', () => {
    test('[Q3] gives back what was put, with its size and SHA-256, to every process', async () => {
      const archive = await open()
      const content = new Uint8Array([0, 255, 10, 13, 0, 128])
      const file = await archive.put(PATH, content, 'application/pdf')
      const sha256 = createHash('sha256').update(content).digest('hex')
      expect(file).toEqual({ path: PATH, bytes: 6, sha256 })
      expect([...((await (await again(archive)).get(PATH)) ?? [])]).toEqual([...content])
      expect(await archive.get(`${PATH}x`)).toBeNull()
    })

    test('[Q3] takes the same content again, and never another one', async () => {
      const archive = await open()
      const first = await archive.put(PATH, bytes('one'), 'application/pdf')
      expect(await archive.put(PATH, bytes('one'), 'application/pdf')).toEqual(first)
      await expect(archive.put(PATH, bytes('two'), 'application/pdf')).rejects.toThrow(/holds something else/)
      expect(Buffer.from((await archive.get(PATH))!).toString()).toBe('one')
    })

    test('[Q3] of many that put at once one wins, and all others are told', async () => {
      const archive = await open()
      const puts = ['a', 'b', 'c', 'd', 'e'].map(text => archive.put(PATH, bytes(text), 'text/plain'))
      const results = await Promise.allSettled(puts)
      const won = Buffer.from((await archive.get(PATH))!).toString()
      const accepted = results.flatMap((r, i) =>
        r.status === 'fulfilled' ? ['a', 'b', 'c', 'd', 'e'][i] : [],
      )
      expect(accepted).toContain(won)
    })

    test('[Q3] lists by any beginning, ascending', async () => {
      const archive = await open()
      const path = fc.tuple(fc.constantFrom('2026/10', '2026/11', '2027/01'), fc.integer({ min: 1, max: 12 }))
      const paths = fc.uniqueArray(
        path.map(([month, v]) => `reports/daily/${month}/x.v${v}.csv`),
        { maxLength: 8 },
      )
      await fc.assert(
        fc.asyncProperty(paths, async all => {
          const place = await open()
          for (const p of all) await place.put(p, bytes(p), 'text/csv')
          for (const prefix of [
            'reports/daily/',
            'reports/daily/2026/1',
            'reports/daily/2026/11/x.v1',
            'none/',
          ]) {
            expect(await place.list(prefix)).toEqual(all.filter(p => p.startsWith(prefix)).sort())
          }
        }),
        { numRuns: 10 },
      )
      expect(await archive.list('')).toEqual([])
    })

    test('keeps names and contents of any letters, and the empty file', async () => {
      const archive = await open()
      const odd = 'reports/daily/2026/11/肉と血 é.v1.csv'
      await archive.put(odd, bytes(''), 'text/csv')
      expect(await archive.list('reports/daily/2026/11/肉')).toEqual([odd])
      expect((await archive.get(odd))?.length).toBe(0)
    })
  })
}
