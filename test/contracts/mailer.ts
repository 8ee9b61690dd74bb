// The contract of Mailer: what every way of sending a letter promises.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Letter, MailAttachment, Mailer } from '../../infra/ports.ts'

export interface ReceivedLetter {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly attachments: readonly Pick<MailAttachment, 'filename' | 'content'>[]
}

export interface MailerUnderTest {
  readonly mailer: Mailer
  /** What is there, in the order in which it came. */
  received(): Promise<readonly ReceivedLetter[]>
  stop(): Promise<void>
}

export const SENDER = 'Bandcamp Tracker <tracker@tracker.example>'

export const letterOf = (parts: Partial<Letter> = {}): Letter => ({
  id: '4b1f1e1c-8f61-5d0a-9c1c-0a4a3f1c2b3d',
  atMs: Date.UTC(2026, 10, 22, 14, 3, 20),
  to: 'ada@listener.example',
  subject: 'Dub techno up 3.1× this hour (64 sales)',
  html: '<p>Dub techno is <b>up</b>.</p>',
  text: 'Dub techno is up.',
  references: [],
  unsubscribeUrl: 'https://tracker.example/u/TOKEN',
  attachments: [],
  ...parts,
})

/** Names as sellers choose them, and as nobody should. */
const TEXTS: Readonly<Record<string, string>> = {
  mathematical: '𝐺𝑂𝑅𝐸 — 肉と血を超えて',
  emoji: '👩‍👩‍👧 🇩🇪 ❤️‍🔥',
  arabic: 'موسيقى مستقلة up 3×',
  markup: '<img src=x onerror=alert(1)> & "quotes"',
  dots: '.\n..\n.hidden',
  'long line': 'x'.repeat(5_000),
  '100 kB': '名'.repeat(33_000),
}
const never = new AbortController().signal
const trimmed = (text: string): string => text.replace(/\r\n/g, '\n').trimEnd()

export function mailerContract(start: () => Promise<MailerUnderTest>): void {
  let target: MailerUnderTest
  beforeEach(async () => {
    target = await start()
  })
  afterEach(async () => {
    await target.mailer.close()
    await target.stop()
  })

  test('[N41] a letter arrives as it was written, attachments included', async () => {
    const attachments = [
      { filename: 'chart.png', contentType: 'image/png', content: Uint8Array.of(137, 80, 78, 71, 0, 255) },
      {
        filename: 'Ünïcode 報告.pdf',
        contentType: 'application/pdf',
        content: new Uint8Array(70_000).fill(9),
      },
    ]
    const letter = letterOf({ attachments })
    expect(await target.mailer.send(letter, never)).toEqual({ kind: 'accepted' })
    const [got, ...more] = await target.received()
    expect(more).toEqual([])
    expect(got).toMatchObject({ to: letter.to, subject: letter.subject })
    expect(trimmed(got!.text)).toBe(letter.text)
    expect(trimmed(got!.html)).toBe(letter.html)
    expect(got!.attachments.map(({ filename }) => filename)).toEqual(attachments.map(a => a.filename))
    for (const [place, { content }] of attachments.entries()) {
      expect(Buffer.compare(Buffer.from(got!.attachments[place]!.content), content)).toBe(0)
    }
  })

  describe('[N41] any text arrives, and is nothing but text:', () => {
    test.each(Object.entries(TEXTS))('%s', async (_name, text) => {
      await target.mailer.send(letterOf({ text, html: `<pre>${text}</pre>` }), never)
      const [got] = await target.received()
      expect(trimmed(got!.text)).toBe(text)
      expect(trimmed(got!.html)).toBe(`<pre>${text}</pre>`)
    })
  })

  test('letters arrive in the order in which they are sent one after the other', async () => {
    const ids = ['a', 'b', 'c']
    for (const id of ids) await target.mailer.send(letterOf({ id, subject: id }), never)
    expect((await target.received()).map(({ subject }) => subject)).toEqual(ids)
  })

  test('what is called off is not sent, and the caller hears its own reason', async () => {
    const reason = new Error('no more')
    await expect(target.mailer.send(letterOf(), AbortSignal.abort(reason))).rejects.toBe(reason)
    expect(await target.received()).toEqual([])
  })

  test('a closed mailer sends nothing; closing again does no harm', async () => {
    await target.mailer.close()
    await target.mailer.close()
    await expect(target.mailer.send(letterOf(), never)).rejects.toThrow('closed')
    expect(await target.received()).toEqual([])
  })
}
