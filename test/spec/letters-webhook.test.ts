// Posts to the operator's webhook: signed so that any library checks them, heard as what the answer means.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { Webhook as Receiver } from 'standardwebhooks'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { webhookJsonSchema } from '../../infra/main/json-schemas.ts'
import { OutageError, type Webhook } from '../../infra/ports.ts'
import { createWebhook } from '../../infra/webhook/webhook.ts'
import { webhookPostSchema } from '../../schemas/webhook-schema.ts'
import { webhookPost } from '../../sinks/alert-mailer/letters/webhook-post.ts'
import { alertOf } from '../support/letters.ts'

const SECRET = `whsec_${randomBytes(24).toString('base64')}`
const SITE = {
  publicUrl: 'https://tracker.example/',
  linkSecret: new Uint8Array(32),
  isSimulated: false,
  operatorEmail: null,
}
const never = new AbortController().signal
const ID = 'a3c1b2d4-0000-8000-8000-000000000001'

interface Post {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

let server: Server
let posts: Post[]
let respond: (response: ServerResponse) => void
let webhook: Webhook

async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const headers = request.headers as Record<string, string>
  posts.push({ path: request.url ?? '', headers, body: Buffer.concat(chunks).toString('utf8') })
  respond(response)
}

beforeEach(async () => {
  posts = []
  respond = response => response.writeHead(204).end()
  server = createServer((request, response) => void take(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  webhook = createWebhook({ url: `http://127.0.0.1:${port}/hook?key=k`, secret: SECRET, timeoutMs: 5_000 })
})

afterEach(async () => {
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
})

const answer =
  (status: number, headers: Record<string, string> = {}, body = '') =>
  (response: ServerResponse): void =>
    void response.writeHead(status, headers).end(body)
const post = (body: unknown = { a: 1 }, atMs = Date.now()) => webhook.post(ID, atMs, body, never)

describe('a post to the webhook', () => {
  test('[N48] passes the check of the reference library, and no other secret or body does', async () => {
    expect(await post({ text: 'موسيقى 𝐺𝑂𝑅𝐸 <img>' })).toEqual({ kind: 'accepted' })
    const [{ headers, body }] = posts as [Post]
    expect(new Receiver(SECRET).verify(body, headers)).toEqual({ text: 'موسيقى 𝐺𝑂𝑅𝐸 <img>' })
    expect(() => new Receiver(SECRET).verify(`${body} `, headers)).toThrow()
    expect(() => new Receiver(`whsec_${'A'.repeat(32)}`).verify(body, headers)).toThrow()
    expect(headers['content-type']).toMatch(/^application\/json/)
  })

  test('[N48] sent again it has the same id and body, and a signature of its own time', async () => {
    const now = Date.now()
    await post({ a: 1 }, now - 60_000)
    await post({ a: 1 }, now)
    const [first, second] = posts as [Post, Post]
    expect(second.body).toBe(first.body)
    expect(second.headers['webhook-id']).toBe(first.headers['webhook-id'])
    expect(second.headers['webhook-signature']).not.toBe(first.headers['webhook-signature'])
    expect(new Receiver(SECRET).verify(second.body, second.headers)).toEqual({ a: 1 })
  })

  test.each([408, 425, 429, 500, 502, 503, 504])('[N49] answered with %i goes again later', async status => {
    respond = answer(status, { 'retry-after': '7' })
    await expect(post()).rejects.toMatchObject({ code: `webhook-${status}`, retryAfterMs: 7_000 })
    await expect(post()).rejects.toBeInstanceOf(OutageError)
  })

  test.each([
    [400, 'message'],
    [401, 'message'],
    [404, 'message'],
    [410, 'address'],
    [413, 'message'],
  ])('[N49] answered with %i is refused for good', async (status, what) => {
    respond = answer(status, {}, 'no\r\nthanks')
    expect(await post()).toEqual({ kind: 'refused', what, answer: `${status} no thanks` })
  })

  test('[N49] follows no redirect: a signed body goes nowhere else', async () => {
    respond = answer(307, { location: '/elsewhere' })
    expect(await post()).toMatchObject({ kind: 'refused', what: 'message' })
    expect(posts.map(({ path }) => path)).toEqual(['/hook?key=k'])
  })

  test('[N49] an answer of any length takes no memory, and is cut', async () => {
    respond = answer(400, {}, 'x'.repeat(5_000_000))
    const result = await post()
    expect(JSON.stringify(result).length).toBeLessThan(1_000)
  })

  test('[N49] silence, a dropped connection and nobody there are outages; calling it off is not', async () => {
    respond = response => void response.destroy()
    await expect(post()).rejects.toBeInstanceOf(OutageError)
    respond = () => {}
    const { port } = server.address() as AddressInfo
    const hasty = createWebhook({ url: `http://127.0.0.1:${port}/`, secret: SECRET, timeoutMs: 100 })
    await expect(hasty.post(ID, 0, {}, never)).rejects.toMatchObject({ code: 'webhook-timeout' })
    const stop = new AbortController()
    const reason = new Error('shutting down')
    const called = webhook.post(ID, 0, {}, stop.signal)
    stop.abort(reason)
    await expect(called).rejects.toBe(reason)
    const nobody = createWebhook({ url: 'http://127.0.0.1:1/', secret: SECRET })
    await expect(nobody.post(ID, 0, {}, never)).rejects.toBeInstanceOf(OutageError)
  })
})

describe('what the webhook is told', () => {
  const message = {
    content: { kind: 'alert', alerts: [alertOf()] },
    postedAtMs: Date.UTC(2026, 10, 22, 14, 2),
  } as const

  test('is what the schema says, with links that lead to the page', () => {
    const told = webhookPostSchema.parse(JSON.parse(JSON.stringify(webhookPost(message, SITE))))
    expect(told.timestamp).toBe('2026-11-22T14:02:00.000Z')
    expect(told.data.alerts[0]).toMatchObject({
      title: expect.stringContaining('Dub techno up 3.1×'),
      alertUrl: 'https://tracker.example/alerts?id=9f86d081884c7d65',
      viewUrl: expect.stringMatching(/^https:\/\/tracker\.example\/\?range=custom&.*genre=dub-techno$/),
    })
    expect(told.data.alerts[0]!.alert).toEqual(alertOf())
  })

  test('is described for programs in docs/schemas', async () => {
    const file = path.join(import.meta.dirname, '../../docs/schemas/webhook.json')
    // The formatter breaks lines in its own way.
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(JSON.parse(webhookJsonSchema()))
  })

  test('is about alerts, and a bug throws', () => {
    const operator = { content: { kind: 'operator', subject: 'x', lines: [] }, postedAtMs: 0 } as const
    expect(() => webhookPost(operator, SITE)).toThrow(RangeError)
  })
})
