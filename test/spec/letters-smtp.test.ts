// Letters to a real mail server that refuses, delays and drops; and what stands in their headers.
import { afterEach, describe, expect, test } from 'vitest'
import { type Letter, OutageError, SetupError } from '../../infra/ports.ts'
import { meaningOf } from '../../infra/smtp/answers.ts'
import { createMailFolder } from '../../infra/smtp/folder.ts'
import { isMailAddress, mimeOf, parseSender } from '../../infra/smtp/mime.ts'
import { createSmtpMailer, MAX_LETTER_BYTES, smtpPlace } from '../../infra/smtp/smtp.ts'
import { letterOf, SENDER } from '../contracts/mailer.ts'
import { inTempDir } from '../fakes/io.ts'
import {
  parseMail,
  type SmtpFault,
  type SmtpServerOptions,
  type SmtpStep,
  startSmtpServer,
  type TestSmtpServer,
} from '../support/smtp.ts'

const never = new AbortController().signal
/** Of a mailer that does not wait for long. */
const PATIENCE_MS = 400
const sender = parseSender(SENDER)
let server: TestSmtpServer
let mailer: ReturnType<typeof createSmtpMailer>

async function start(
  options: SmtpServerOptions & { readonly url?: (server: TestSmtpServer) => string } = {},
  timeoutMs = 20_000,
): Promise<void> {
  server = await startSmtpServer(options)
  mailer = createSmtpMailer({ url: options.url?.(server) ?? server.url, from: SENDER, timeoutMs })
}

/** The server does this at one step, and takes everything else. */
const at = (where: SmtpStep, fault: SmtpFault): void => server.behave(step => (step === where ? fault : null))

const send = (parts: Partial<Letter> = {}) => mailer.send(letterOf(parts), never)

afterEach(async () => {
  await mailer.close()
  await server.stop()
})

describe('a mail server that says no', () => {
  test('[N42] refuses an address for good: that address is bad, the next one is served', async () => {
    await start()
    const no = { code: 550, says: '5.1.1 <gone@listener.example>: no such mailbox' }
    server.behave((step, to) => (step === 'rcpt' && to.startsWith('gone@') ? no : null))
    // Logs, the outbox and the operator read it, and need not know who it was.
    const answer = '550 5.1.1 <(address)>: no such mailbox'
    expect(await send({ to: 'gone@listener.example' })).toEqual({ kind: 'refused', what: 'address', answer })
    expect(await send({ to: 'ada@listener.example' })).toEqual({ kind: 'accepted' })
    expect(server.received.map(({ to }) => to)).toEqual([['ada@listener.example']])
  })

  test.each<[string, SmtpStep, number, string]>([
    ['the letter, in the middle', 'data', 554, '5.6.0 not taken'],
    ['the letter, behind its last line', 'dot', 550, '5.7.1 looks like spam'],
    ['a rule at the address: no fault of the mailbox', 'rcpt', 554, '5.7.1 relay access denied'],
    ['the size, at the sender', 'mail', 552, '5.3.4 too large'],
  ])('[N42] refuses for good %s', async (_name, step, code, says) => {
    await start()
    at(step, { code, says })
    expect(await send()).toEqual({ kind: 'refused', what: 'message', answer: expect.stringContaining(says) })
  })

  test.each<[SmtpStep, number]>([
    ['connect', 421],
    ['connect', 554],
    ['mail', 451],
    ['rcpt', 450],
    ['rcpt', 452],
    ['data', 451],
    ['dot', 451],
  ])('[N42] says later at %s with %i: an outage with its code', async (step, code) => {
    await start()
    at(step, { code, says: '4.3.0 later' })
    await expect(send()).rejects.toMatchObject({ name: 'OutageError', code: `smtp-${code}` })
    server.behave(() => null)
    expect(await send()).toEqual({ kind: 'accepted' })
  })

  test('[N42] a sender that may not send is a mistake of the setup, not of the letter', async () => {
    await start()
    at('mail', { code: 553, says: '5.7.1 sender not yours' })
    await expect(send()).rejects.toBeInstanceOf(SetupError)
    at('mail', { code: 530, says: '5.7.0 authentication required' })
    await expect(send()).rejects.toThrow(/refuses the login/)
  })
})

describe('a mail server that goes away', () => {
  test.each<SmtpStep>(['connect', 'mail', 'rcpt', 'data'])(
    '[N43] at %s: an outage, and nothing is there',
    async step => {
      await start()
      at(step, 'drop')
      await expect(send()).rejects.toBeInstanceOf(OutageError)
      expect(server.received).toEqual([])
    },
  )

  test('[N43] behind the dot: an outage, though the letter is there; the repeat is the same bytes', async () => {
    await start()
    at('dot', 'drop')
    await expect(send()).rejects.toBeInstanceOf(OutageError)
    server.behave(() => null)
    expect(await send()).toEqual({ kind: 'accepted' })
    const [first, second, ...more] = server.received
    expect(more).toEqual([])
    expect(first!.raw.equals(second!.raw)).toBe(true)
  })

  test.each<SmtpStep>(['connect', 'rcpt', 'ready', 'data', 'dot'])(
    '[N43] into silence at %s: an outage in time',
    async step => {
      await start({}, 300)
      at(step, 'hang')
      await expect(send()).rejects.toMatchObject({ name: 'OutageError', code: 'smtp-timeout' })
    },
  )

  test.each<SmtpStep>(['connect', 'mail', 'rcpt', 'ready'])(
    '[N98] whose word comes too late at %s, before the letter: nothing is there, and it goes again',
    async step => {
      await start({}, PATIENCE_MS)
      at(step, { lateMs: 2 * PATIENCE_MS })
      await expect(send()).rejects.toMatchObject({ name: 'OutageError', code: 'smtp-timeout' })
      expect(server.received).toEqual([])
      server.behave(() => null)
      expect(await send()).toEqual({ kind: 'accepted' })
      expect(server.received).toHaveLength(1)
    },
  )

  test('[N98] whose word comes too late behind the letter: both copies have one Message-ID and the same bytes', async () => {
    await start({}, PATIENCE_MS)
    at('dot', { lateMs: 2 * PATIENCE_MS })
    await expect(send()).rejects.toMatchObject({ name: 'OutageError', code: 'smtp-timeout' })
    expect(server.received).toHaveLength(1)
    server.behave(() => null)
    expect(await send()).toEqual({ kind: 'accepted' })
    const ids = await Promise.all(server.received.map(async ({ raw }) => (await parseMail(raw)).messageId))
    expect(ids).toEqual([ids[0], ids[0]])
    const [first, second] = server.received
    expect(first!.raw.equals(second!.raw)).toBe(true)
  })

  test('[N98] whose word comes late, but in time, has taken the letter once', async () => {
    await start()
    for (const step of ['connect', 'ready', 'dot'] as const) {
      at(step, { lateMs: PATIENCE_MS })
      expect(await send()).toEqual({ kind: 'accepted' })
    }
    expect(server.received).toHaveLength(3)
  })

  test('[N43] or is not there at all', async () => {
    await start()
    await server.stop()
    await expect(send()).rejects.toMatchObject({ name: 'OutageError', code: 'smtp-econnrefused' })
  })

  test('whoever calls it off in the middle hears the own reason; closing does so for all', async () => {
    await start()
    at('rcpt', 'hang')
    const stop = new AbortController()
    const reason = new Error('shutting down')
    const first = mailer.send(letterOf(), stop.signal)
    stop.abort(reason)
    await expect(first).rejects.toBe(reason)
    const second = send()
    await mailer.close()
    await expect(second).rejects.toThrow('closed')
  })
})

describe('logins and TLS', () => {
  const login = { user: 'ada@example.org', pass: 'p@ss:w/ord' }
  const withLogin = ({ port }: TestSmtpServer): string =>
    `smtp://${encodeURIComponent(login.user)}:${encodeURIComponent(login.pass)}@127.0.0.1:${port}`

  test('a good login is used, and the place shows neither user nor password', async () => {
    await start({ login, url: withLogin })
    expect(await send()).toEqual({ kind: 'accepted' })
    expect(mailer.place).toBe(`smtp://127.0.0.1:${server.port}`)
  })

  test('[N44] a bad login is a mistake of the setup, without the password in its words', async () => {
    await start({ login, url: ({ port }) => `smtp://ada:hunter2@127.0.0.1:${port}` })
    const error = await send().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(SetupError)
    expect(String((error as SetupError).message)).toMatch(/refuses the login.*5\.7\.8/)
    expect(JSON.stringify([error, (error as SetupError).fix, String(error)])).not.toContain('hunter2')
  })

  test('a login that cannot be checked just now is an outage', async () => {
    await start({ login, url: withLogin })
    at('auth', { code: 454, says: '4.7.0 temporary failure' })
    await expect(send()).rejects.toBeInstanceOf(OutageError)
  })

  test('[N44] STARTTLS is taken where it is offered', async () => {
    await start()
    await send()
    expect(server.lastWasSecure).toBe(true)
  })

  test('[N44] without TLS a password goes to this machine only', async () => {
    // To another host than the loopback by name: what answers there is the same server.
    await start({ login, plain: true, url: server => withLogin(server).replace('127.0.0.1', '0.0.0.0') })
    let asked = false
    server.behave(step => {
      if (step === 'auth') asked = true
      return null
    })
    await expect(send()).rejects.toThrow(/offers no TLS/)
    expect(asked).toBe(false)
    mailer = createSmtpMailer({ url: withLogin(server), from: SENDER })
    expect(await send()).toEqual({ kind: 'accepted' })
  })

  test('[N44] smtps:// insists on a certificate that is good', async () => {
    await start({ secure: true })
    await expect(send()).rejects.toThrow(/certificate/)
    await expect(send()).rejects.toBeInstanceOf(SetupError)
    expect(server.received).toEqual([])
  })

  test.each([
    ['smtp://mail.example', { port: 587, secure: false, requireTLS: false, verify: false, auth: null }],
    ['smtps://mail.example', { port: 465, secure: true, requireTLS: false, verify: true }],
    ['smtp://u:p@mail.example:2525', { port: 2525, requireTLS: true, verify: true }],
    ['smtp://u:p@localhost', { requireTLS: false, verify: false, place: 'smtp://localhost:587' }],
    ['smtp://u:p@localhost.example', { requireTLS: true, verify: true }],
    ['smtp://u:p@[::1]:25', { host: '::1', requireTLS: false }],
  ])('%s is read as it should be', async (url, expected) => {
    await start()
    expect(smtpPlace(url)).toMatchObject(expected)
  })
})

describe('the headers of a letter', () => {
  const headersOf = async (parts: Partial<Letter>): Promise<Map<string, string>> => {
    const { headers } = await parseMail(await mimeOf(letterOf(parts), sender))
    return new Map(headers.map(({ key, value }) => [key, value]))
  }

  test('[N45] are what list mail has: one click, list, thread, date and name of its own', async () => {
    await start()
    const headers = await headersOf({ references: ['first', 'second'] })
    expect(Object.fromEntries(headers)).toMatchObject({
      from: 'Bandcamp Tracker <tracker@tracker.example>',
      to: 'ada@listener.example',
      'message-id': '<4b1f1e1c-8f61-5d0a-9c1c-0a4a3f1c2b3d@tracker.example>',
      references: '<first@tracker.example> <second@tracker.example>',
      'list-unsubscribe': '<https://tracker.example/u/TOKEN>',
      'list-unsubscribe-post': 'List-Unsubscribe=One-Click',
      'list-id': '<alerts.tracker.example>',
      'auto-submitted': 'auto-generated',
      date: 'Sun, 22 Nov 2026 14:03:20 +0000',
      'mime-version': '1.0',
    })
    expect(headers.has('x-mailer')).toBe(false)
  })

  test('[N45] promise no one click where there is nothing to leave, or no https', async () => {
    await start()
    const none = await headersOf({ unsubscribeUrl: null })
    expect([...none.keys()].filter(key => key.startsWith('list-'))).toEqual([])
    const http = await headersOf({ unsubscribeUrl: 'http://127.0.0.1:8080/u/TOKEN' })
    expect(http.get('list-unsubscribe')).toBe('<http://127.0.0.1:8080/u/TOKEN>')
    expect(http.has('list-unsubscribe-post')).toBe(false)
  })

  test('[N45] an address of 800 characters is one line: folded it would be none', async () => {
    await start()
    const url = `https://tracker.example/u/${'t'.repeat(800)}`
    const raw = (await mimeOf(letterOf({ unsubscribeUrl: url }), sender)).toString('latin1')
    expect(raw).toContain(`\r\nList-Unsubscribe: <${url}>\r\n`)
  })

  test('[N46] nothing in a letter becomes a header of its own, or a part, or another recipient', async () => {
    await start()
    const evil = 'x\r\nBcc: eve@evil.example\r\nX-Evil: 1\r\n\r\n<b>body</b>\u2028X-Evil: 2\0'
    const letter = letterOf({
      subject: evil,
      unsubscribeUrl: `https://tracker.example/u/${evil}`,
      attachments: [
        { filename: evil, contentType: `text/html${evil}`, content: Buffer.from('a'), contentId: evil },
        { filename: '../../etc/passwd', contentType: 'image/png', content: Buffer.from('b') },
      ],
    })
    expect(await mailer.send(letter, never)).toEqual({ kind: 'accepted' })
    const [mail] = server.received
    expect(mail!.to).toEqual(['ada@listener.example'])
    const parsed = await parseMail(mail!.raw)
    const plain = await parseMail(await mimeOf(letterOf(), sender))
    const names = (email: typeof parsed) => email.headers.map(({ key }) => key).sort()
    expect(names(parsed)).toEqual(names(plain))
    expect(mail!.raw.toString('latin1')).not.toMatch(/^(Bcc|X-Evil):/im)
    expect(parsed.text!.trim()).toBe('Dub techno is up.')
    expect(parsed.attachments.map(({ filename }) => filename)).toEqual([
      expect.not.stringMatching(/[\r\n\0/]/),
      '..-..-etc-passwd',
    ])
  })

  test('[N46] a name of 100 kB makes no header of 100 kB', async () => {
    await start()
    const raw = await mimeOf(letterOf({ subject: '名'.repeat(33_000) }), sender)
    const head = raw.subarray(0, raw.indexOf('\r\n\r\n')).toString('latin1')
    expect(head.length).toBeLessThan(4_000)
    expect(Math.max(...head.split('\r\n').map(line => line.length))).toBeLessThan(100)
  })

  test.each([
    'a@b@c',
    'no-at.example',
    '@example.org',
    'ada@',
    'ada@example.org, eve@evil.example',
    'Ada <ada@example.org>',
    'ada@example.org\r\nRCPT TO:<eve@evil.example>',
    'ada@exa mple.org',
    '"a b"@example.org',
    'ada@-example.org',
    `${'a'.repeat(65)}@example.org`,
    `ada@${'a'.repeat(260)}.org`,
    '',
  ])('[N46] %j is no address: refused before anybody is asked', async to => {
    await start()
    expect(isMailAddress(to)).toBe(false)
    expect(await send({ to })).toMatchObject({ kind: 'refused', what: 'address' })
    expect(server.connections).toBe(0)
  })

  test('[N46] an id that could leave its header or its folder is a bug, and throws', async () => {
    await start()
    for (const id of ['', '../evil', 'a b', 'a>', 'a\r\nb', '.hidden', 'x'.repeat(200)]) {
      await expect(send({ id })).rejects.toBeInstanceOf(RangeError)
      await inTempDir(async dir => {
        const folder = createMailFolder({ dir, from: SENDER })
        await expect(folder.send(letterOf({ id }), never)).rejects.toBeInstanceOf(RangeError)
      })
    }
  })

  test('a letter that no server takes is not built up and sent first', async () => {
    await start()
    const content = new Uint8Array(MAX_LETTER_BYTES)
    const attachments = [{ filename: 'a.bin', contentType: 'application/octet-stream', content }]
    expect(await send({ attachments })).toMatchObject({ kind: 'refused', what: 'message' })
    expect(server.connections).toBe(0)
  })
})

test('a certificate is told from a server that is merely away', async () => {
  await start()
  const away = { message: 'connect ECONNREFUSED', code: 'ESOCKET', originalCode: 'ECONNREFUSED' }
  expect(() => meaningOf(away)).toThrow(OutageError)
  const expired = { message: 'certificate has expired', code: 'ESOCKET', originalCode: 'CERT_HAS_EXPIRED' }
  expect(() => meaningOf(expired)).toThrow(SetupError)
  const words = { message: 'x', code: 'EMESSAGE', responseCode: 451, response: '451 certificate of mail' }
  expect(() => meaningOf({ ...words, command: 'DATA' })).toThrow(OutageError)
})
