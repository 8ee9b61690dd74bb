// What this process tells the others on its data folder, and what it hears of them.
import { type RunInfo, readRunFiles, removeRunFile, sweepRunFiles, writeRunFile } from './run-file.ts'

/** What changes while a process runs. */
export type RunNews = Pick<RunInfo, 'lagRecords' | 'historyProgress'>

export interface Neighbours {
  /** The other processes on the folder, as they were a second ago at most. */
  others(): readonly RunInfo[]
  /** Says that this process runs, and its news every few seconds, until the function returned is called. */
  announce(info: Omit<RunInfo, keyof RunNews>, news: () => RunNews): () => void
}

const HEARD_FOR_MS = 1_000
const TOLD_EVERY_MS = 3_000

export function createNeighbours(dir: string): Neighbours {
  let heard: readonly RunInfo[] = []
  let heardAtMs = Number.NEGATIVE_INFINITY

  return {
    others() {
      const nowMs = performance.now()
      if (nowMs - heardAtMs >= HEARD_FOR_MS) {
        heard = readRunFiles(dir).filter(run => run.pid !== process.pid)
        heardAtMs = nowMs
      }
      return heard
    },
    announce(info, news) {
      const tell = (): void => writeRunFile(dir, { ...info, ...news() })
      sweepRunFiles(dir)
      tell()
      const timer = setInterval(() => {
        try {
          tell()
        } catch {
          // A full disk is told by the log, and waited out: what stood here before is still there.
        }
      }, TOLD_EVERY_MS)
      timer.unref()
      return () => {
        clearInterval(timer)
        removeRunFile(dir, info.pid)
      }
    },
  }
}

/** The lag of each stage over all processes, those included that have nothing to say of it yet. */
export function lagOfAll(
  own: Readonly<Record<string, number>>,
  others: readonly RunInfo[],
): readonly { readonly name: string; readonly lagRecords: number | null }[] {
  const lags = new Map<string, number | null>()
  const add = (all: Readonly<Record<string, number>>): void => {
    for (const [name, lag] of Object.entries(all)) lags.set(name, (lags.get(name) ?? 0) + lag)
  }
  add(own)
  for (const { lagRecords } of others) add(lagRecords)
  return [...lags].map(([name, lagRecords]) => ({ name, lagRecords }))
}
