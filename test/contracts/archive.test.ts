// The contract of archives, in memory, in a folder, and on a server that speaks S3; and what is theirs alone.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createFolderArchive } from '../../infra/archive/folder.ts'
import { OutageError, SetupError } from '../../infra/ports.ts'
import { createFakeArchive } from '../fakes/archive.ts'
import { type S3World, startS3World } from '../support/s3.ts'
import { archiveContract } from './archive.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('in memory', () => {
  archiveContract({ open: async () => createFakeArchive(), again: async archive => archive })
})

describe('in a folder', () => {
  const dirs: string[] = []
  const open = async () => {
    const dir = mkdtempSync(join(tmpdir(), 'bct-archive-'))
    dirs.push(dir)
    return createFolderArchive(dir)
  }
  afterAll(() => {
    for (const dir of dirs) rmSync(dir, { recursive: true, force: true })
  })
  archiveContract({ open, again: async archive => createFolderArchive(archive.place) })

  test('nothing but the file itself is left behind, also where another one was there', async () => {
    const archive = await open()
    await archive.put('a/b.v1.csv', bytes('one'), 'text/csv')
    await expect(archive.put('a/b.v1.csv', bytes('two'), 'text/csv')).rejects.toThrow()
    expect(readdirSync(join(archive.place, 'a'))).toEqual(['b.v1.csv'])
  })

  test('no path leads out of the archive', async () => {
    const archive = await open()
    for (const path of ['../x', 'a/../../x', '..', '']) {
      await expect(archive.put(path, bytes('x'), 'text/plain')).rejects.toThrow(RangeError)
      await expect(archive.get(path)).rejects.toThrow(RangeError)
    }
  })

  test('[Q4] a folder that cannot be one is a matter of the setup, told with the next step', async () => {
    const archive = await open()
    await archive.put('file', bytes('x'), 'text/plain')
    const inside = createFolderArchive(join(archive.place, 'file'))
    const error = await inside.put('x', bytes('x'), 'text/plain').catch((e: unknown) => e)
    expect(error).toBeInstanceOf(SetupError)
    expect((error as SetupError).fix).toMatch(/--report-archive/)
  })
})

describe('on S3', () => {
  let s3: S3World
  let places = 0
  beforeAll(async () => {
    s3 = await startS3World()
  })
  afterAll(() => s3.stop())
  const open = async () => s3.open({ prefix: `place/${places++}` })
  archiveContract({
    open,
    again: async archive => s3.open({ prefix: archive.place.replace('s3://reports/', '') }),
  })

  const put = (archive = s3.open({ prefix: `place/${places++}`, requestTimeoutMs: 300 })) =>
    archive.put('a.v1.csv', bytes('content'), 'text/csv').then(
      () => null,
      (error: unknown) => error,
    )

  test('[Q4] a server that is slow, silent, away or breaks off is an outage', async () => {
    for (const fate of ['unavailable', 'drop', 'silent'] as const) {
      s3.fate(() => fate)
      expect(await put(), fate).toBeInstanceOf(OutageError)
    }
    s3.fate(() => 'serve')
    const nobody = s3.open({ endpoint: 'http://127.0.0.1:9' })
    expect(await put(nobody)).toBeInstanceOf(OutageError)
  }, 30_000)

  test('[Q3] an object whose acknowledgement was lost is put once all the same', async () => {
    const archive = await open()
    let puts = 0
    s3.fate(({ method }) => (method === 'PUT' && puts++ === 0 ? 'serve-and-drop' : 'serve'))
    expect(await put(archive)).toBeNull()
    s3.fate(() => 'serve')
    expect(await archive.list('')).toEqual(['a.v1.csv'])
    expect(Buffer.from((await archive.get('a.v1.csv'))!).toString()).toBe('content')
  })

  test('[Q4] a bucket that is not there, and rights that are missing, are told with the next step', async () => {
    const missing = await put(s3.open({ bucket: 'nowhere' }))
    expect(missing).toBeInstanceOf(SetupError)
    expect((missing as SetupError).message).toMatch(/no bucket/)
    s3.fate(() => 'denied')
    const denied = await put()
    s3.fate(() => 'serve')
    expect(denied).toBeInstanceOf(SetupError)
    expect((denied as SetupError).fix).toMatch(/s3:PutObject/)
  })
})
