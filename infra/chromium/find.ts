// Finds a browser: the configured one, one that the system has, or the one from npm.
import { accessSync, constants } from 'node:fs'
import { lstat, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { SetupError } from '../ports.ts'

const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
  'chrome',
  'microsoft-edge',
]
const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
  '/snap/bin/chromium',
]

export interface Browser {
  readonly path: string
  /** What it needs besides what every browser gets. */
  readonly args: readonly string[]
}

export interface FindOptions {
  /** `chromiumPath`; null: look for one. */
  readonly executablePath: string | null
  /** As `process.env`. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Unpacks the browser of @sparticuz/chromium; rejects or gives null where that does not run. */
  readonly unpack: () => Promise<Browser | null>
  /** Where browsers are besides `PATH`; for tests. */
  readonly places?: readonly string[]
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const { S_IFMT, S_IFDIR } = constants

const FIX =
  'install Chromium (Debian, Ubuntu: apt-get install chromium), or set BCT_CHROMIUM_PATH to Chrome or Chromium'

/** Rejects with `SetupError`, and what to do, where there is none. */
export async function findBrowser(options: FindOptions): Promise<Browser> {
  const { executablePath, env, unpack, places: others = PLACES } = options
  if (executablePath !== null) {
    if (isProgram(executablePath)) return { path: executablePath, args: [] }
    throw new SetupError(
      `BCT_CHROMIUM_PATH names ${executablePath}, which is no program that may be run`,
      FIX,
    )
  }
  const folders = (env.PATH ?? '').split(delimiter).filter(folder => folder !== '')
  const places = [...NAMES.flatMap(name => folders.map(folder => join(folder, name))), ...others]
  const found = places.find(isProgram)
  if (found !== undefined) return { path: found, args: [] }
  const unpacked = await unpack().catch(error => {
    if (error instanceof SetupError) throw error
    return null
  })
  if (unpacked !== null) return unpacked
  throw new SetupError('no Chrome or Chromium was found to print the report with', FIX)
}

/**
 * A folder that nobody else can write to or has made: what lies in it will be run. Rejects where somebody got
 * there first.
 */
async function ownFolder(): Promise<string> {
  const folder = join(tmpdir(), `bct-chromium-${process.getuid?.() ?? 'own'}`)
  await mkdir(folder, { mode: 0o700, recursive: true })
  const { uid, mode } = await lstat(folder)
  const isOurs = uid === process.getuid?.() && (mode & S_IFMT) === S_IFDIR && (mode & 0o077) === 0
  if (isOurs) return folder
  throw new SetupError(
    `${folder} is not a folder of this user alone`,
    'remove it, or set TMPDIR to a folder of yours',
  )
}

/**
 * The browser of @sparticuz/chromium, unpacked once into a folder of this user. It is made for AWS Lambda: it
 * knows one place, the folder for temporary files, takes for its own what lies there, and brings the
 * libraries that a bare machine lacks only where it believes to be there.
 */
export async function unpackSparticuz(): Promise<Browser | null> {
  if (process.platform !== 'linux') return null
  const folder = await ownFolder()
  const before = process.env.TMPDIR
  process.env.AWS_EXECUTION_ENV ??= 'AWS_Lambda_nodejs20.x'
  process.env.TMPDIR = folder
  try {
    const { default: chromium } = await import('@sparticuz/chromium')
    // Not its own arguments: they give up web security and put all into one process, which a closed page
    // ends.
    return { path: await chromium.executablePath(), args: ['--in-process-gpu'] }
  } finally {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
  }
}
