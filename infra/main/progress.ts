// Progress of long work: a bar on a terminal, a line every few seconds elsewhere.
import { Presets, SingleBar } from 'cli-progress'
import type { Clock } from '../ports.ts'
import type { OutputStream } from './output.ts'

/** Without a terminal: a line this often, so that a log shows life and is not filled. */
const LINE_EVERY_MS = 5_000
const SECOND_MS = 1_000
const MINUTE_S = 60

export interface ProgressOptions {
  readonly title: string
  /** What `update` counts up to; above 0. */
  readonly total: number
  /** Default: stderr. */
  readonly stream?: OutputStream
  readonly clock: Clock
}

export interface Progress {
  /** `done` of `total`; what it says about it may change: `1,204 sales`. */
  update(done: number, note?: string): void
  /** Ends the bar, also where the work was broken off; idempotent. */
  stop(): void
}

/** `0:49`, or `?` where nothing is known yet. */
function eta(done: number, total: number, elapsedMs: number): string {
  if (done <= 0) return '?'
  const seconds = Math.round((elapsedMs * (total - done)) / done / SECOND_MS)
  return `${Math.floor(seconds / MINUTE_S)}:${String(seconds % MINUTE_S).padStart(2, '0')}`
}

function createLines({ title, total, stream, clock }: Required<ProgressOptions>): Progress {
  const startMs = clock.nowMs()
  let saidAtMs = startMs
  return {
    update(done, note = '') {
      const nowMs = clock.nowMs()
      if (done < total && nowMs - saidAtMs < LINE_EVERY_MS) return
      saidAtMs = nowMs
      const percent = `${Math.floor((100 * done) / total)} %`
      const rest = done < total ? `ETA ${eta(done, total, nowMs - startMs)}` : 'done'
      stream.write(`${[title, percent, note, rest].filter(part => part !== '').join(' · ')}\n`)
    },
    stop() {},
  }
}

function createBar({ title, total, stream, clock }: Required<ProgressOptions>): Progress {
  const startMs = clock.nowMs()
  const bar = new SingleBar(
    {
      format: `${title}  [{bar}] {percentage} %  {note}  ETA {left}`,
      stream: stream as NodeJS.WritableStream,
      hideCursor: true,
      linewrap: false,
      // It would take over SIGINT; stopping is the command's own business.
      gracefulExit: false,
    },
    Presets.shades_classic,
  )
  bar.start(total, 0, { note: '', left: '?' })
  return {
    update(done, note = '') {
      bar.update(done, { note, left: eta(done, total, clock.nowMs() - startMs) })
    },
    stop: () => bar.stop(),
  }
}

/** Starts showing at once. `stop` must be called, whatever happens to the work. */
export function createProgress(options: ProgressOptions): Progress {
  const full = { stream: process.stderr, ...options }
  return full.stream.isTTY ? createBar(full) : createLines(full)
}
