// What kinds of item sell: the feed's five pairs of item type and page type, by genre.
import { GENRES, type Genre } from './genres.ts'
import { WeightedChoice } from './random.ts'

/** Item type / page type as the feed pairs them; no other pair occurs. */
export const ITEM_KINDS = ['a/a', 't/t', 'p/a', 'p/p', 'b/null'] as const
export type ItemKind = (typeof ITEM_KINDS)[number]

/** Shares in the sample of a million (2020), on which the prices were measured too: FEED.md 2.2. */
const SHARES: readonly number[] = [0.481584, 0.271015, 0.187825, 0.047992, 0.011584]

/** Rounds of fitting until rows and columns agree: the error falls about tenfold with each. */
const FITTING_ROUNDS = 12

function leaning({ leans: [album, track, physical] }: Genre): readonly number[] {
  return [album, track, physical, physical, album]
}

/** Per genre a distribution of kinds that follows its leans, while all genres together give SHARES. */
function createMix(): ReadonlyMap<Genre, WeightedChoice> {
  const factors = SHARES.map(() => 1)
  const rowOf = (genre: Genre) => {
    const row = leaning(genre).map((lean, k) => lean * factors[k]! * SHARES[k]!)
    const sum = row.reduce((a, b) => a + b, 0)
    return row.map(value => value / sum)
  }
  for (let round = 0; round < FITTING_ROUNDS; round++) {
    const totals = SHARES.map(() => 0)
    for (const genre of GENRES) {
      for (const [k, value] of rowOf(genre).entries()) totals[k]! += value * genre.share
    }
    for (const k of factors.keys()) factors[k]! *= SHARES[k]! / totals[k]!
  }
  return new Map(GENRES.map(genre => [genre, new WeightedChoice(rowOf(genre))]))
}

const MIX = createMix()

export function itemKind(genre: Genre, unit: number): ItemKind {
  return ITEM_KINDS[MIX.get(genre)!.pick(unit)]!
}
