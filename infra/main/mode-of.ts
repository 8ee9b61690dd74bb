// Whose log a tool is to look at, where nobody said so.
import { join } from 'node:path'
import { readPartitionCounts } from '../lmdb/format.ts'
import { type Config, type Mode, modeDir } from './config.ts'
import { CommandError, EXIT } from './errors.ts'

const MODES: readonly Mode[] = ['live', 'simulated', 'recorded']

/** The mode that was named, or the only one that has a log in the data folder. */
export function modeOf(config: Config): Mode {
  if (config.mode !== 'auto') return config.mode
  const isHere = (mode: Mode) => readPartitionCounts(join(modeDir(config, mode), 'log')) !== null
  const there = config.log === 'embedded' ? MODES.filter(isHere) : MODES
  if (there.length === 1) return there[0]!
  if (there.length > 1) {
    throw new CommandError(EXIT.usage, 'whose log?', `say --mode ${there.join(' or --mode ')}`)
  }
  const fix = 'is it another --data-dir? bct start makes one'
  throw new CommandError(EXIT.notFound, `there is no log in ${config.dataDir}`, fix)
}
