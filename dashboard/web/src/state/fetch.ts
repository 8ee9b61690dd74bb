// One way to ask the server: JSON, or the sentence with which it refuses.

/** The server refused the question itself: asking again would not help. */
export class Refused extends Error {
  /** Of HTTP. */
  readonly status: number
  /** The parameter or field that was refused; null where none was named. */
  readonly parameter: string | null
  constructor(status: number, message: string, parameter: string | null) {
    super(message)
    this.status = status
    this.parameter = parameter
  }
}

interface ProblemBody {
  readonly error?: { readonly message?: string; readonly parameter?: string }
}

/** Rejects with `Refused` for what the server says no to, with another error for what may go better later. */
export async function askJson<T>(path: string, init: RequestInit): Promise<T> {
  const response = await fetch(path, { ...init, headers: { accept: 'application/json', ...init.headers } })
  if (response.ok) return (await response.json()) as T
  const body = (await response.json().catch(() => null)) as ProblemBody | null
  if (response.status >= 500) throw new Error(`HTTP ${response.status}`)
  const message = body?.error?.message ?? `The server answered ${response.status}.`
  if (response.status === 429) throw new TooManyError(message)
  throw new Refused(response.status, message, body?.error?.parameter ?? null)
}

/** Asked too often; the message says so. */
export class TooManyError extends Error {}

export async function postJson<T>(path: string, body: unknown): Promise<T> {
  return askJson<T>(path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  })
}
