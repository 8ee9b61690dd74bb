// Checks of this machine: the program that runs us, the folder, the room in it, the processes there.
import { accessSync, constants, existsSync, statfsSync } from 'node:fs'
import path from 'node:path'
import { modeDir } from '../config.ts'
import { readRunFiles, stagesMissing } from '../run-file.ts'
import { type Check, failed, ok, skipped, warning } from './check.ts'

const LEAST_NODE = [20, 19] as const
const BYTES_A_GB = 1e9
/** A busy month of log and rows takes several gigabytes. */
const LITTLE_ROOM_BYTES = 5 * BYTES_A_GB
/** The embedded database stops writing before the disk is full. */
const NO_ROOM_BYTES = BYTES_A_GB / 2

const node: Check = {
  name: 'node',
  async look() {
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
    const isOld = major < LEAST_NODE[0] || (major === LEAST_NODE[0] && minor < LEAST_NODE[1])
    if (isOld) return failed(`Node ${process.versions.node}`, `install Node ${LEAST_NODE.join('.')} or newer`)
    return ok(`Node ${process.versions.node}`)
  },
}

/** The folder itself, or the first of its parents that is there. */
function nearestFolder(dir: string): string {
  for (let at = path.resolve(dir); ; at = path.dirname(at)) if (existsSync(at)) return at
}

const folder: Check = {
  name: 'data folder',
  async look({ config: { dataDir } }) {
    const there = nearestFolder(dataDir)
    try {
      accessSync(there, constants.W_OK | constants.R_OK | constants.X_OK)
    } catch {
      return failed(`${there} cannot be written to`, 'check who owns it, or choose another with --data-dir')
    }
    const { bavail, bsize } = statfsSync(there)
    const free = bavail * bsize
    const says = `${dataDir}${existsSync(dataDir) ? '' : ' (made at the first start)'}, ${(free / BYTES_A_GB).toFixed(1)} GB free`
    if (free < NO_ROOM_BYTES) return failed(says, 'free some disk space: writing stops soon')
    if (free < LITTLE_ROOM_BYTES) return warning(says, 'free some disk space, or lower BCT_RETENTION_DAYS')
    return ok(says)
  },
}

const processes: Check = {
  name: 'processes',
  async look({ config, mode }) {
    const runs = readRunFiles(modeDir(config, mode))
    if (runs.length === 0) return skipped('nothing runs on this data folder')
    const missing = stagesMissing(runs)
    const says = `${runs.length} running: ${runs.flatMap(run => run.stages).join(', ')}`
    if (missing.length > 0)
      return failed(says, `start what runs nowhere: bct start --only ${missing.join(',')}`)
    return ok(says)
  },
}

export const MACHINE_CHECKS: readonly Check[] = [node, folder, processes]
