// Asks the process of this container whether it lives: exits 0 where it says so in time.
const WITHIN_MS = 4_000
const url = `http://127.0.0.1:${process.env.BCT_OPS_PORT ?? 9464}/healthz`

try {
  const answer = await fetch(url, { signal: AbortSignal.timeout(WITHIN_MS) })
  if (!answer.ok) throw new Error(`it answered ${answer.status}`)
} catch (error) {
  process.stderr.write(`${url}: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
