// Keeps an embedded server running for as long as this process uses it: one that was killed is started again.
import { setTimeout as delay } from 'node:timers/promises'
import { type Place, type Presence, staysConnected } from './embedded-place.ts'

/** Whoever asks the server meanwhile meets an outage, tells it, and tries again. */
const START_AGAIN_AFTER_MS = 1_000

/** Connected until `end`, which keeps no process alive; `startServer` does nothing where the server runs. */
export async function keepRunning(place: Place, startServer: () => Promise<unknown>): Promise<Presence> {
  const stop = new AbortController()
  let repairing: Promise<void> = Promise.resolve()
  const onLost = (): void => {
    if (!stop.signal.aborted) repairing = repair()
  }
  let presence = await staysConnected(place, onLost)

  async function repair(): Promise<void> {
    for (;;) {
      await delay(START_AGAIN_AFTER_MS, undefined, { ref: false, signal: stop.signal }).catch(() => {})
      if (stop.signal.aborted) return
      try {
        await startServer()
        presence = await staysConnected(place, onLost)
        return
      } catch {
        // It is told as the outage that it is.
      }
    }
  }

  return {
    end: async () => {
      stop.abort()
      await repairing
      await presence.end()
    },
  }
}
