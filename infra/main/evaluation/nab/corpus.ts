// Reads the Numenta Anomaly Benchmark as its repository lays it out: data/<group>/<file>.csv and windows.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { HOUR_MS } from '../../../../schemas/time.ts'
import { CommandError, EXIT } from '../../errors.ts'

/** One stream. Windows are places of its first and last row that are anomalous, both included. */
export interface Stream {
  readonly name: string
  readonly values: Float64Array
  /** Hour of day of each row. */
  readonly hours: Uint8Array
  readonly windows: readonly (readonly [first: number, last: number])[]
}

const WINDOWS_FILE = path.join('labels', 'combined_windows.json')
const windowsSchema = z.record(z.string(), z.array(z.tuple([z.string(), z.string()])))

/** In the order of their names. What a person fetched may be incomplete: every problem names its file. */
export function readCorpus(dir: string): readonly Stream[] {
  const labels = path.join(dir, WINDOWS_FILE)
  if (!existsSync(labels)) {
    throw new CommandError(EXIT.usage, `${labels} is not there: --dir is a clone of github.com/numenta/NAB`)
  }
  const parsed = windowsSchema.safeParse(JSON.parse(readFileSync(labels, 'utf8')))
  if (!parsed.success) throw new CommandError(EXIT.usage, `${labels}: not windows by file`)
  return namesOf(path.join(dir, 'data')).map(name => {
    return readStream(path.join(dir, 'data', name), name, parsed.data[name] ?? [])
  })
}

function namesOf(data: string): readonly string[] {
  const groups = existsSync(data) ? readdirSync(data, { withFileTypes: true }) : []
  const names = groups
    .filter(each => each.isDirectory())
    .flatMap(({ name }) => readdirSync(path.join(data, name)).map(file => `${name}/${file}`))
    .filter(name => name.endsWith('.csv'))
  if (names.length === 0) throw new CommandError(EXIT.usage, `${data} has no streams`)
  return names.sort()
}

function readStream(file: string, name: string, spans: readonly (readonly [string, string])[]): Stream {
  const [, ...lines] = readFileSync(file, 'utf8').trim().split('\n')
  const times = lines.map(line => timeOf(line.slice(0, line.indexOf(','))))
  const values = Float64Array.from(lines, line => Number(line.slice(line.indexOf(',') + 1)))
  const bad = lines.findIndex((_, i) => Number.isNaN(times[i]) || Number.isNaN(values[i]))
  if (bad >= 0) throw new CommandError(EXIT.usage, `${file}:${bad + 2}: not a time and a value`)
  const windows = spans.flatMap(([from, to]): (readonly [number, number])[] => {
    const first = times.findIndex(time => time >= timeOf(from))
    const last = times.findLastIndex(time => time <= timeOf(to))
    return first < 0 || last < first ? [] : [[first, last]]
  })
  const hours = Uint8Array.from(times, time => Math.floor(time / HOUR_MS) % 24)
  return { name, values, hours, windows: windows.sort(([a], [b]) => a - b) }
}

/** "2014-02-14 14:30:00", with or without a fraction; read as UTC, as only differences matter. */
function timeOf(text: string): number {
  return Date.parse(`${text.trim().replace(' ', 'T')}Z`)
}
