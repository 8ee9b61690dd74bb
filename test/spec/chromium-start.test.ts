// How a browser is started: with its sandbox where there is one, and with a reason where it does not start.
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { unpackSparticuz } from '../../infra/chromium/find.ts'
import { createPdfRenderer } from '../../infra/chromium/renderer.ts'
import { SetupError } from '../../infra/ports.ts'
import { createFakeClock } from '../fakes/clock.ts'
import { TEST_BROWSERS } from '../support/browsers.ts'

const PAGE = '<!doctype html><html><head></head><body>one</body></html>'
const A4 = { format: 'A4', title: 'x' } as const

describe.skipIf(process.platform === 'win32')('the start of a browser', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'bct-start-'))
  })
  afterEach(async () => {
    vi.restoreAllMocks()
    await rm(dir, { recursive: true })
  })

  /** Prints with a script that stands before a browser and writes down its arguments. */
  async function printedWith(script: (real: string) => string, uid: number) {
    const real = await TEST_BROWSERS[0]!.find()
    vi.spyOn(process, 'getuid').mockReturnValue(uid)
    const path = join(dir, 'chromium')
    await writeFile(path, `#!/bin/sh\necho "$*" >> ${dir}/started\n${script(real.path)}\n`)
    await chmod(path, 0o755)
    const said: string[] = []
    const renderer = createPdfRenderer({
      ...{ executablePath: null, clock: createFakeClock(0), say: (text: string) => said.push(text) },
      find: async () => ({ path, args: real.args }),
    })
    const result = await renderer.pdf(PAGE, A4).catch((error: unknown) => error)
    await renderer.close()
    const started = (await readFile(join(dir, 'started'), 'utf8')).trim().split('\n')
    return { result, said, isBare: started.map(args => args.includes('--no-sandbox')) }
  }

  it('[Y11] root gives up the sandbox, and says so', async () => {
    const { result, said, isBare } = await printedWith(real => `exec ${real} "$@"`, 0)
    expect(result).toBeInstanceOf(Uint8Array)
    expect(isBare).toEqual([true])
    expect(said).toEqual([expect.stringContaining('the process is root')])
  }, 60_000)

  it('[Y11] anybody else keeps it, unless the machine allows none, which is said', async () => {
    const refuses = (real: string) => `case "$*" in
      *--no-sandbox*) exec ${real} "$@";;
      *) echo "[1:1:FATAL:zygote_host_impl_linux.cc(132)] No usable sandbox!" >&2; exit 1;;
    esac`
    const { result, said, isBare } = await printedWith(refuses, 1_000)
    expect(result).toBeInstanceOf(Uint8Array)
    // Tried, asked why, and started without.
    expect(isBare).toEqual([false, false, true])
    expect(said).toEqual([expect.stringContaining('this machine allows none')])
  }, 60_000)

  it('[Y11] for any other reason it keeps the sandbox and says the reason', async () => {
    const breaks = () => 'echo "chromium: error while loading shared libraries: libnss3.so" >&2; exit 127'
    const { result, isBare } = await printedWith(breaks, 1_000)
    expect(result).toBeInstanceOf(SetupError)
    expect((result as SetupError).message).toMatch(/did not start: .*libnss3\.so/)
    expect(isBare).not.toContain(true)
  }, 60_000)

  it.skipIf(process.platform !== 'linux')(
    '[Y11] what another user has put in its place is not run',
    async () => {
      vi.stubEnv('TMPDIR', dir)
      const folder = join(dir, `bct-chromium-${process.getuid!()}`)
      await mkdir(folder, { mode: 0o777 })
      await chmod(folder, 0o777)
      await expect(unpackSparticuz()).rejects.toThrow(/not a folder of this user alone/)
      await rm(folder, { recursive: true })
      await symlink('/usr/bin', folder)
      await expect(unpackSparticuz()).rejects.toThrow(SetupError)
      expect(process.env.TMPDIR).toBe(dir)
      vi.unstubAllEnvs()
    },
  )
})
