// Makes the folder that data goes into, or says in one sentence why it cannot hold any.
import { closeSync, mkdirSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import path from 'node:path'
import type { Config } from './config.ts'
import { CommandError, EXIT } from './errors.ts'

/** Enough to need a block of its own: an empty file fits a full disk. */
const PROBE = Buffer.alloc(4_096)

class InTheWay extends Error {}

/**
 * Level by level: `mkdir` with `recursive` never ends where a system folder such as `/proc` says that there
 * is no such file.
 */
function make(dir: string): void {
  const found = statSync(dir, { throwIfNoEntry: false })
  if (found?.isDirectory()) return
  if (found !== undefined) throw new InTheWay(`${dir} is a file`)
  make(path.dirname(dir))
  try {
    mkdirSync(dir)
  } catch (error) {
    // Another process was faster.
    if (statSync(dir, { throwIfNoEntry: false })?.isDirectory() !== true) throw error
  }
}

function probe(dir: string): void {
  const file = path.join(dir, `.probe-${process.pid}`)
  try {
    const opened = openSync(file, 'w')
    try {
      writeSync(opened, PROBE)
    } finally {
      closeSync(opened)
    }
  } finally {
    rmSync(file, { force: true })
  }
}

const WHY: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of this user is used up',
  ENOENT: 'no folder can be made there',
  ENOTDIR: 'a file is in the way',
}

function whyNot(error: unknown): string {
  if (error instanceof InTheWay) return error.message
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return WHY[code] ?? error.message
}

/** Throws a `CommandError` that names the folder and its `flag` where it cannot be made or written to. */
function makeFolder(dir: string, what: string, flag: string): void {
  try {
    make(dir)
    probe(dir)
  } catch (error) {
    const full = error instanceof Error && 'code' in error && error.code === 'ENOSPC'
    throw new CommandError(
      EXIT.precondition,
      `${what} ${dir} cannot be used: ${whyNot(error)}`,
      full
        ? `free some disk space, or choose another folder with ${flag}`
        : `choose another with ${flag}, or check who may write there`,
      { cause: error },
    )
  }
}

/** The folder of log, store and all else that is kept on this machine. */
export const makeDataFolder = ({ dataDir }: Pick<Config, 'dataDir'>): void =>
  makeFolder(dataDir, 'the data folder', '--data-dir')

/** Before anything is opened: what runs for days must not find out at nine in the morning. */
export function makeFolders({ dataDir, reportArchive }: Pick<Config, 'dataDir' | 'reportArchive'>): void {
  makeDataFolder({ dataDir })
  if (reportArchive === null || reportArchive.startsWith('s3://')) return
  makeFolder(path.resolve(reportArchive), 'the archive of reports', '--report-archive')
}
