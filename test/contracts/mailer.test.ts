// The contract of Mailer on the fake, the mail folder and a real mail server.
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Email } from 'postal-mime'
import { describe } from 'vitest'
import { createMailFolder } from '../../infra/smtp/folder.ts'
import { createSmtpMailer } from '../../infra/smtp/smtp.ts'
import { createFakeMailer } from '../fakes/mailer.ts'
import { parseMail, startSmtpServer } from '../support/smtp.ts'
import { mailerContract, type ReceivedLetter, SENDER } from './mailer.ts'

const letterFrom = (mail: Email): ReceivedLetter => ({
  to: mail.to?.[0]?.address ?? '',
  subject: mail.subject ?? '',
  text: mail.text ?? '',
  html: mail.html ?? '',
  attachments: mail.attachments.map(({ filename, content }) => ({
    filename: filename ?? '',
    content: new Uint8Array(content as ArrayBuffer),
  })),
})

describe('in memory', () => {
  mailerContract(async () => {
    const mailer = createFakeMailer()
    return { mailer, received: async () => mailer.taken, stop: async () => {} }
  })
})

describe('the mail folder', () => {
  mailerContract(async () => {
    const dir = await mkdtemp(path.join(tmpdir(), 'bct-mail-'))
    const mailer = createMailFolder({ dir: path.join(dir, 'mail'), from: SENDER })
    async function received(): Promise<readonly ReceivedLetter[]> {
      const names = await readdir(mailer.place).catch(() => [])
      const files = names.filter(name => name.endsWith('.eml')).map(name => path.join(mailer.place, name))
      const dated = await Promise.all(
        files.map(async file => ({ file, at: (await stat(file, { bigint: true })).mtimeNs })),
      )
      dated.sort((a, b) => (a.at < b.at ? -1 : 1))
      return Promise.all(dated.map(async ({ file }) => letterFrom(await parseMail(await readFile(file)))))
    }
    return { mailer, received, stop: () => rm(dir, { recursive: true }) }
  })
})

describe('a mail server', () => {
  mailerContract(async () => {
    const server = await startSmtpServer()
    return {
      mailer: createSmtpMailer({ url: server.url, from: SENDER }),
      received: () => Promise.all(server.received.map(async ({ raw }) => letterFrom(await parseMail(raw)))),
      stop: () => server.stop(),
    }
  })
})
