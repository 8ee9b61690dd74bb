// In front of a Kinesis emulator: refuses, reorders and loses what a test says.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface PutRecord {
  readonly Data: string
  readonly PartitionKey: string
  readonly ExplicitHashKey: string
}

export interface Answer {
  readonly status: number
  /** Name of the error, as Kinesis gives it. */
  readonly type: string
  readonly message?: string
}

/** What becomes of requests; each call decides for one. */
export interface Faults {
  /** Places of records that are refused with `ProvisionedThroughputExceededException`. */
  refused?: (records: readonly PutRecord[]) => readonly number[]
  /** The order in which the records of a request come in. */
  order?: (records: readonly PutRecord[]) => readonly number[]
  /** Instead of asking Kinesis. */
  answer?: (action: string) => Answer | null
  /** Kinesis does it, and nobody hears of it. */
  isAnswerLost?: (action: string) => boolean
  /** Before Kinesis is asked. */
  before?: (action: string) => Promise<void>
}

export interface KinesisProxy {
  readonly endpoint: string
  /** Changed by tests at will. */
  readonly faults: Faults
  /** Actions asked for, in order. */
  readonly asked: string[]
  stop(): Promise<void>
}

interface PutAnswer {
  FailedRecordCount: number
  Records: object[]
}

const REFUSAL = {
  ErrorCode: 'ProvisionedThroughputExceededException',
  ErrorMessage: 'Rate exceeded for shard',
}

export async function startKinesisProxy(target: string): Promise<KinesisProxy> {
  const faults: Faults = {}
  const asked: string[] = []
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy())
  })

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString('utf8')
    const action = String(request.headers['x-amz-target']).split('.').at(-1) ?? ''
    asked.push(action)
    const own = faults.answer?.(action) ?? null
    if (own !== null) {
      const { status, type, message = '' } = own
      return reply(response, status, JSON.stringify({ __type: type, message }))
    }
    await faults.before?.(action)
    const found = action === 'PutRecords' ? await put(request, body) : await forward(request, body)
    if (faults.isAnswerLost?.(action)) return void response.destroy()
    reply(response, found.status, found.text)
  }

  const forward = async (request: IncomingMessage, body: string) => {
    const headers = Object.fromEntries(
      Object.entries(request.headers).filter(
        ([name]) => !/^(host|content-length|connection|expect)$/.test(name),
      ),
    ) as Record<string, string>
    const answer = await fetch(target, { method: 'POST', headers, body })
    return { status: answer.status, text: await answer.text() }
  }

  const put = async (request: IncomingMessage, body: string) => {
    const asked = JSON.parse(body) as { readonly Records: readonly PutRecord[] }
    const refused = new Set(faults.refused?.(asked.Records))
    const order = faults.order?.(asked.Records) ?? asked.Records.map((_, i) => i)
    const places = order.filter(i => !refused.has(i))
    const results: object[] = asked.Records.map(() => REFUSAL)
    if (places.length > 0) {
      const Records = places.map(i => asked.Records[i])
      const found = await forward(request, JSON.stringify({ ...asked, Records }))
      if (found.status !== 200) return found
      const { Records: placed } = JSON.parse(found.text) as PutAnswer
      for (const [k, i] of places.entries()) results[i] = placed[k]!
    }
    return { status: 200, text: JSON.stringify({ FailedRecordCount: refused.size, Records: results }) }
  }

  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    faults,
    asked,
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function reply(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': 'test' })
  response.end(text)
}
