// Chapter: a data folder that cannot hold any data is refused at once, in one sentence with the next step.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EXIT } from '../../infra/main/errors.ts'
import { bct } from '../fakes/io.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'bct-data-folder-'))
})
afterEach(() => {
  rmSync(dir, { recursive: true, force: true })
})

const start = (...args: string[]) => bct(['start', '--mode', 'simulated', '--port', '0', ...args])

describe('a data folder', () => {
  it('[C40] in a file’s place, or below a file, is refused', async () => {
    writeFileSync(join(dir, 'file'), 'mine')
    for (const [at, why] of [
      [join(dir, 'file'), 'is a file'],
      [join(dir, 'file', 'below'), 'a file is in the way'],
    ] as const) {
      const { exitCode, stdout, stderr } = await start('--data-dir', at)
      expect([exitCode, stdout]).toEqual([EXIT.precondition, ''])
      expect(stderr).toMatch(
        /^error: the data folder .* cannot be used: .*\n→ choose another with --data-dir/,
      )
      expect(stderr).toContain(why)
      expect(stderr.trim().split('\n')).toHaveLength(2)
    }
    expect(readdirSync(dir)).toEqual(['file'])
  })

  it('[C40] where a system folder lets none be made is refused, and nothing spins', async () => {
    const at = process.platform === 'linux' ? '/proc/bct-nowhere/x' : '/dev/null/x'
    const { exitCode, stderr } = await start('--data-dir', at)
    expect(exitCode).toBe(EXIT.precondition)
    expect(stderr).toMatch(/cannot be used: (no folder can be made there|a file is in the way)/)
  })

  it('[C40] that this user may not write to is refused', async () => {
    // Root may write anywhere: there the kernel's own folder takes the place of a stranger's.
    const isRoot = process.getuid?.() === 0
    const locked = join(dir, 'locked')
    mkdirSync(locked)
    chmodSync(locked, 0o500)
    const { exitCode, stderr } = await start('--data-dir', isRoot ? '/sys/kernel' : locked)
    expect(exitCode).toBe(EXIT.precondition)
    expect(stderr).toMatch(/cannot be used: (this user may not write there|the disk is read-only)/)
  })

  it('[C40] is asked for before anything is opened; so is the archive of reports', async () => {
    writeFileSync(join(dir, 'file'), '')
    const at = join(dir, 'data')
    const { exitCode, stderr } = await start('--data-dir', at, '--report-archive', join(dir, 'file'))
    expect(exitCode).toBe(EXIT.precondition)
    expect(stderr).toContain('→ choose another with --report-archive')
    expect(existsSync(join(at, 'simulated'))).toBe(false)
    expect(readdirSync(at)).toEqual([])
  })

  it('[C40] with a log of other partitions is refused with the way out, not as a mistake of ours', async () => {
    const log = join(dir, 'simulated', 'log')
    mkdirSync(log, { recursive: true })
    writeFileSync(join(log, 'format.json'), '{"format":"what"}')
    const { exitCode, stderr } = await start('--data-dir', dir)
    expect(exitCode).toBe(EXIT.precondition)
    expect(stderr).toMatch(/format\.json is not that of an event log\n→ restore the file, or choose another/)
  })
})
