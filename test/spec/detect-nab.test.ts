// Chapter: the Numenta Anomaly Benchmark, on a made-up corpus in the layout of its repository.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readCorpus, type Stream } from '../../infra/main/evaluation/nab/corpus.ts'
import { evaluateNab } from '../../infra/main/evaluation/nab/evaluate.ts'
import { normalised, probationOf, rawScore, sigmoid } from '../../infra/main/evaluation/nab/scoring.ts'
import { openings, surprises } from '../../infra/main/evaluation/nab/stream-detector.ts'
import { nabText } from '../../infra/main/evaluation/text.ts'
import { randomFrom } from '../support/detect.ts'

const ROWS = 2_000
const SPIKES = [900, 1_500]
const stream = (windows: Stream['windows']): Stream => ({
  name: 's',
  values: new Float64Array(1_000),
  hours: new Uint8Array(1_000),
  windows,
})

describe('scoring', () => {
  const one = stream([[400, 499]])

  it('[D26] is 1 for the first row of a window, less the later, −1 where it is missed', () => {
    expect(rawScore(one, [400])).toBe(1)
    expect(rawScore(one, [450])).toBeCloseTo((2 / (1 + Math.exp(-2.5)) - 1) / sigmoid(-1), 10)
    expect(rawScore(one, [450])).toBeLessThan(rawScore(one, [420]))
    expect(rawScore(one, [])).toBe(-1)
    expect(rawScore(one, [400, 420, 499])).toBe(1)
  })

  it('[D26] takes 0.11 for a detection before any window, and the less the nearer it is behind one', () => {
    expect(rawScore(one, [300, 400])).toBeCloseTo(1 - 0.11, 12)
    expect(rawScore(one, [400, 500]) - 1).toBeCloseTo(0.11 * sigmoid(1 / 99), 12)
    expect(rawScore(one, [400, 999]) - 1).toBeCloseTo(-0.11, 12)
  })

  it('[D26] does not judge the first 15 % of a stream, nor of a long one more than 750 rows', () => {
    expect([probationOf(1_000), probationOf(20_000)]).toEqual([150, 750])
    expect(rawScore(one, [10, 149, 400])).toBe(1)
  })

  it('[D26] is 0 for silence and 100 for perfection, however many windows', () => {
    const streams = [
      one,
      stream([
        [200, 220],
        [600, 610],
      ]),
    ]
    expect(normalised(streams, [[], []])).toBe(0)
    expect(normalised(streams, [[400], [200, 600]])).toBeCloseTo(100, 10)
    expect(normalised(streams, [[300], []])).toBeLessThan(0)
  })
})

describe('the machinery on one stream', () => {
  it('[D27] opens at a jump, once, and not in noise; nothing later changes what was said', () => {
    const values = noise(1)
    for (let i = 0; i < 20; i++) values[1_500 + i]! += 12
    const scores = surprises({ values, hours: HOURS })
    expect(openings(scores, 8)).toEqual([1_500])
    const early = { values: values.slice(0, 1_600), hours: HOURS }
    expect(surprises(early)).toEqual(scores.slice(0, 1_600))
  })

  it('[D27] knows what is usual at an hour of day, and sees what is not', () => {
    const values = noise(1).map((value, row) => value + (HOURS[row] === 9 ? 12 : 0))
    // From the third day on the wave is known; on the last one it comes at three.
    const threeAt = 1_440 + 3 * 12
    values.fill(62, threeAt, threeAt + 12)
    expect(openings(surprises({ values, hours: HOURS }).subarray(4 * 288), 8)).toEqual([threeAt - 4 * 288])
  })
})

describe('a corpus', () => {
  let dir: string
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'bct-nab-'))
    mkdirSync(join(dir, 'labels'))
    mkdirSync(join(dir, 'data', 'made-up'), { recursive: true })
    const windows: Record<string, [string, string][]> = {}
    for (let s = 0; s < 4; s++) {
      const values = noise(s + 2)
      for (const at of SPIKES) for (let i = 0; i < 10; i++) values[at + i]! += 15
      const lines = [...values].map((value, i) => `${timeOf(i)},${value}`)
      writeFileSync(join(dir, 'data', 'made-up', `s${s}.csv`), `timestamp,value\n${lines.join('\n')}\n`)
      windows[`made-up/s${s}.csv`] = SPIKES.map(at => [
        `${timeOf(at - 10)}.000000`,
        `${timeOf(at + 40)}.000000`,
      ])
    }
    writeFileSync(join(dir, 'labels', 'combined_windows.json'), JSON.stringify(windows))
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  it('[D27] is read with its windows, and scored on both halves with a threshold of the first', () => {
    const corpus = readCorpus(dir)
    expect(corpus.map(({ name }) => name)).toEqual([0, 1, 2, 3].map(s => `made-up/s${s}.csv`))
    expect(corpus[0]!.windows).toEqual([
      [890, 940],
      [1_490, 1_540],
    ])
    const result = evaluateNab(corpus)
    expect([result.streams, result.windows]).toEqual([4, 8])
    expect(result.tuned).toBeGreaterThan(90)
    expect(result.heldOut).toBeGreaterThan(90)
    // The second half has no say in the threshold.
    const other = corpus.map((each, i) => (i % 2 === 0 ? each : { ...each, windows: [] }))
    expect(evaluateNab(other)).toMatchObject({ threshold: result.threshold, tuned: result.tuned })
    expect(nabText(result)).toContain('held out')
  })

  it('[D27] says by file and line what is wrong with it', () => {
    expect(() => readCorpus(join(dir, 'data'))).toThrow(/combined_windows.json is not there/)
    const bad = join(dir, 'data', 'made-up', 's9.csv')
    writeFileSync(bad, 'timestamp,value\n2014-01-01 00:00:00,1\n2014-01-01 00:05:00,much\n')
    expect(() => readCorpus(dir)).toThrow(/s9\.csv:3: not a time and a value/)
    rmSync(bad)
  })
})

/** Five minutes a row. */
const HOURS = Uint8Array.from({ length: ROWS }, (_, row) => Math.floor(row / 12) % 24)

function noise(seed: number): Float64Array {
  const random = randomFrom(seed)
  return Float64Array.from({ length: ROWS }, () => 50 + random() + random() + random() - 1.5)
}

function timeOf(row: number): string {
  return new Date(Date.UTC(2014, 1, 1) + row * 300_000).toISOString().slice(0, 19).replace('T', ' ')
}
