// Letters as files: whole, once, and nobody else's to read.
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { SetupError } from '../../infra/ports.ts'
import { createMailFolder } from '../../infra/smtp/folder.ts'
import { letterOf, SENDER } from '../contracts/mailer.ts'
import { inTempDir } from '../fakes/io.ts'

const never = new AbortController().signal

test('[N47] a letter that is sent again leaves its file as it is', () =>
  inTempDir(async dir => {
    const folder = createMailFolder({ dir, from: SENDER })
    const letter = letterOf({
      attachments: [{ filename: 'a', contentType: 'image/png', content: Buffer.of(1) }],
    })
    await folder.send(letter, never)
    const file = path.join(dir, `${letter.id}.eml`)
    const before = { bytes: await readFile(file), at: (await stat(file)).mtimeMs }
    await folder.send(letter, never)
    expect({ bytes: await readFile(file), at: (await stat(file)).mtimeMs }).toEqual(before)
    expect(await readdir(dir)).toEqual([`${letter.id}.eml`])
  }))

test('[N47] the same letter is the same file in any folder, byte for byte', () =>
  inTempDir(async dir => {
    const files = []
    for (const name of ['one', 'two']) {
      const folder = createMailFolder({ dir: path.join(dir, name), from: SENDER })
      await Promise.all([folder.send(letterOf(), never), folder.send(letterOf(), never)])
      expect(await readdir(folder.place)).toHaveLength(1)
      files.push(await readFile(path.join(folder.place, `${letterOf().id}.eml`)))
    }
    expect(files[0]!.equals(files[1]!)).toBe(true)
  }))

test('[N47] half a file is never there under a letter’s name', () =>
  inTempDir(async dir => {
    const folder = createMailFolder({ dir, from: SENDER })
    // What a crash in the middle of a write leaves behind.
    await writeFile(path.join(dir, `${letterOf().id}.eml.part`), 'From: hal')
    await folder.send(letterOf(), never)
    expect((await readFile(path.join(dir, `${letterOf().id}.eml`), 'latin1')).endsWith('\r\n')).toBe(true)
  }))

test.skipIf(process.platform === 'win32')('its links act for whoever reads it: only its owner does', () =>
  inTempDir(async dir => {
    const folder = createMailFolder({ dir: path.join(dir, 'mail'), from: SENDER })
    await folder.send(letterOf(), never)
    const modes = await Promise.all(
      ['', `${letterOf().id}.eml`].map(name => stat(path.join(folder.place, name))),
    )
    expect(modes.map(({ mode }) => mode & 0o077)).toEqual([0, 0])
  }),
)

test('a folder that cannot be one is said in a sentence, with what to do', () =>
  inTempDir(async dir => {
    await mkdir(path.join(dir, 'sub'))
    await writeFile(path.join(dir, 'sub', 'mail'), 'a file')
    const folder = createMailFolder({ dir: path.join(dir, 'sub', 'mail'), from: SENDER })
    await expect(folder.send(letterOf(), never)).rejects.toBeInstanceOf(SetupError)
  }))
