// Files that processes agree by: whole, or not there.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { createOnce } from '../../infra/runtime/create-once.ts'

vi.mock('node:fs', async original => {
  const real = await original<typeof fs>()
  return { ...real, writeSync: vi.fn(real.writeSync) }
})

it('[C22] what processes agree by is there whole or not at all, and the first holds', () => {
  const dir = fs.mkdtempSync(join(tmpdir(), 'bct-once-'))
  const file = join(dir, 'world-clock.json')
  vi.mocked(fs.writeSync).mockImplementationOnce(() => {
    throw new Error('ENOSPC: the disk is full')
  })
  expect(() => createOnce(file, 'first')).toThrow('ENOSPC')
  expect(fs.readdirSync(dir)).toEqual([])
  createOnce(file, 'first')
  createOnce(file, 'second')
  expect(fs.readdirSync(dir)).toEqual(['world-clock.json'])
  expect(fs.readFileSync(file, 'utf8')).toBe('first')
  fs.rmSync(dir, { recursive: true })
})
