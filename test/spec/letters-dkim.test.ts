// Chapter: signed letters. A stranger's library finds the signature good, and whatever was changed, bad.
import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { dkimVerify } from 'mailauth'
import { describe, expect, test } from 'vitest'
import { ConfigError, loadConfig } from '../../infra/main/config.ts'
import { createMailer } from '../../infra/main/mail-part.ts'
import { letterOf } from '../contracts/mailer.ts'
import { inTempDir } from '../fakes/io.ts'
import { startSmtpServer } from '../support/smtp.ts'

const pair = (modulusLength: number) =>
  generateKeyPairSync('rsa', {
    modulusLength,
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
const KEY = pair(1_024)
const RECORD = `v=DKIM1; k=rsa; p=${Buffer.from(KEY.publicKey).toString('base64')}`
const ENV = {
  BCT_MAIL_FROM: 'Tracker <tracker@news.example.org>',
  BCT_DKIM_DOMAIN: 'example.org',
  BCT_DKIM_SELECTOR: 'bct2026',
}
const UNSUBSCRIBE = 'https://tracker.example/u/abc'

/** What a receiver with this DNS says of the bytes. */
async function verdictOn(raw: Buffer) {
  const asked: string[] = []
  const { results } = await dkimVerify(raw, {
    minBitLength: 1_024,
    resolver: async name => {
      asked.push(name)
      return [[RECORD]]
    },
  })
  const [first] = results
  const signed = /\bh=([^;]+);/.exec(raw.toString('latin1'))?.[1]?.split(/\s*:\s*/) ?? []
  return { count: results.length, result: first?.status.result, domain: first?.signingDomain, asked, signed }
}

/** The letter as it comes out at the other end, twice. */
async function delivered(letter = letterOf({ unsubscribeUrl: UNSUBSCRIBE })): Promise<readonly Buffer[]> {
  const server = await startSmtpServer()
  try {
    return await inTempDir(async cwd => {
      const file = path.join(cwd, 'dkim.pem')
      writeFileSync(file, KEY.privateKey)
      const { config } = loadConfig({
        cwd,
        env: { ...ENV, BCT_SMTP_URL: server.url, BCT_DKIM_KEY_FILE: file },
      })
      const mailer = createMailer(config, 'live')
      const { signal } = new AbortController()
      for (let n = 0; n < 2; n++) expect(await mailer.send(letter, signal)).toEqual({ kind: 'accepted' })
      await mailer.close()
      return server.received.map(({ raw }) => raw)
    })
  } finally {
    await server.stop()
  }
}

describe('a signed letter', () => {
  test('[N100] is good for whoever has the key, with both headers of one-click unsubscribing under the signature', async () => {
    const [raw, again] = await delivered()
    const { signed, ...verdict } = await verdictOn(raw!)
    const asked = ['bct2026._domainkey.example.org']
    expect(verdict).toEqual({ count: 1, result: 'pass', domain: 'example.org', asked })
    expect(signed).toEqual(
      expect.arrayContaining([
        ...['from', 'to', 'subject', 'date', 'message-id', 'list-id'],
        ...['list-unsubscribe', 'list-unsubscribe-post'],
      ]),
    )
    expect(again!.equals(raw!)).toBe(true)
  })

  test('[N100] is good whatever its texts, and with attachments', async () => {
    const subject = 'Ünïcode \u202eevil\r\nBcc: all@example.org'
    const text = '.\r\n..dots\r\n \t trailing  \r\n\r\n\r\n'
    const attachments = [
      { filename: 'a.pdf', contentType: 'application/pdf', content: Buffer.alloc(70_000, 1) },
    ]
    const [raw] = await delivered(letterOf({ subject, text, attachments }))
    expect((await verdictOn(raw!)).result).toBe('pass')
  })

  test.each([
    ['the body', 'Dub techno is up.', 'Dub techno is down.'],
    ['the way out', UNSUBSCRIBE, 'https://evil.example/u/abc'],
    ['the one click', 'List-Unsubscribe=One-Click', 'List-Unsubscribe=Never'],
    ['the sender', 'Tracker <', 'Tricker <'],
  ])('[N100] is bad once somebody changed %s', async (_what, before, after) => {
    const [raw] = await delivered()
    const text = raw!.toString('latin1')
    expect(text).toContain(before)
    const changed = Buffer.from(text.replace(before, after), 'latin1')
    expect((await verdictOn(changed)).result).not.toBe('pass')
  })
})

describe('the settings', () => {
  const problems = (env: Readonly<Record<string, string>>): readonly string[] => {
    try {
      loadConfig({ env, cwd: '/srv' })
      return []
    } catch (error) {
      if (error instanceof ConfigError)
        return error.problems.map(problem => `${problem.name} ${problem.message}`)
      throw error
    }
  }
  const all = { ...ENV, BCT_DKIM_KEY: KEY.privateKey }

  test('[N101] come all or none, and the domain is of the sender', () => {
    expect(problems(all)).toEqual([])
    const { BCT_DKIM_KEY: _, ...two } = all
    expect(problems(two)).toEqual([expect.stringContaining('BCT_DKIM_KEY must be set too')])
    expect(problems({ BCT_MAIL_FROM: ENV.BCT_MAIL_FROM, BCT_DKIM_KEY: KEY.privateKey })).toHaveLength(2)
    for (const domain of ['news.example.org', 'EXAMPLE.ORG', 'mail.news.example.org']) {
      expect(problems({ ...all, BCT_DKIM_DOMAIN: domain })).toEqual([])
    }
    for (const domain of ['example.com', 'ample.org', 'snews.example.org']) {
      expect(problems({ ...all, BCT_DKIM_DOMAIN: domain })).toEqual([
        expect.stringContaining('must be the domain of mailFrom'),
      ])
    }
  })

  test('[N101] take no key that is weak, of another kind, or none, and say none of it', () => {
    const weak = pair(768).privateKey
    const { privateKey } = generateKeyPairSync('ed25519', {
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    })
    for (const key of [weak, privateKey, 'hush']) {
      const told = problems({ ...all, BCT_DKIM_KEY: key })
      expect(told).toEqual([expect.stringContaining('is not an RSA private key')])
      expect(told.join()).not.toContain(key.slice(40, 80) || 'hush')
    }
  })
})
