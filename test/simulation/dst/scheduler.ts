// The scheduler of the simulation: which waiting step runs next, what time it is, and a trace of all of it.
import { createHash } from 'node:crypto'
import { Rng } from '../../../producers/simulator/core/random.ts'

/** A process, or the world around them: what steps and timers belong to, and die with. */
export interface Owner {
  readonly name: string
  alive: boolean
  /** Held up, as by a slow disk or a long pause: none of its steps runs before this step number. */
  stalledUntilStep: number
}

export function createOwner(name: string): Owner {
  return { name, alive: true, stalledUntilStep: 0 }
}

interface Step {
  readonly owner: Owner
  readonly label: string
  readonly go: () => void
}

interface Timer {
  readonly owner: Owner
  readonly dueMs: number
  readonly wake: () => void
}

/** Lines of the trace that a failure prints. */
const TRACE_LINES_KEPT = 80
const SCHEDULING = 90

export interface Scheduler {
  readonly rng: Rng
  readonly nowMs: number
  /** Steps run so far. */
  readonly steps: number
  /**
   * Waits until the scheduler picks it, runs `effect`, and gives its result at once or as a step of its own,
   * so that a death can fall before the effect or between effect and answer. Never settles once `owner` is
   * dead.
   */
  step<T>(owner: Owner, label: string, effect: () => T | Promise<T>): Promise<T>
  /** As `Clock.sleep`. */
  sleep(owner: Owner, ms: number, signal?: AbortSignal): Promise<void>
  /** What waits or sleeps for the owner never comes back. */
  drop(owner: Owner): void
  /** Runs one step or lets time pass to the next timer; false where there is neither. */
  run(): Promise<boolean>
  note(line: string): void
  /** Hash of everything that happened, in order. */
  traceHash(): string
  lastLines(): readonly string[]
}

export interface SchedulerOptions {
  readonly seed: number
  readonly startMs: number
  /** Chance of time passing although a step could run. */
  readonly advanceShare: number
  /** Chance of an answer that comes as a step of its own. */
  readonly lateAnswerShare: number
  readonly onLine: (line: string) => void
}

/** Lets everything that follows from what happened so far happen: promises only, there is no I/O here. */
function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

export function createScheduler(options: SchedulerOptions): Scheduler {
  const { seed, startMs, advanceShare, lateAnswerShare, onLine } = options
  const rng = new Rng(seed, SCHEDULING)
  const digest = createHash('sha256')
  const lines: string[] = []
  let ready: Step[] = []
  let timers: Timer[] = []
  let nowMs = startMs
  let steps = 0

  function note(line: string): void {
    const stamped = `${steps} +${(nowMs - startMs) / 1_000}s ${line}`
    digest.update(stamped)
    onLine(stamped)
    lines.push(stamped)
    if (lines.length > 2 * TRACE_LINES_KEPT) lines.splice(0, TRACE_LINES_KEPT)
  }

  function runnable(): number[] {
    const places: number[] = []
    for (const [place, { owner }] of ready.entries()) if (owner.stalledUntilStep <= steps) places.push(place)
    return places
  }

  function nextTimer(): Timer | null {
    let first: Timer | null = null
    for (const timer of timers) if (first === null || timer.dueMs < first.dueMs) first = timer
    return first
  }

  function runStep(place: number): void {
    const [step] = ready.splice(place, 1)
    steps++
    note(`${step!.owner.name} ${step!.label}`)
    step!.go()
  }

  function wake(timer: Timer): void {
    timers = timers.filter(other => other !== timer)
    nowMs = Math.max(nowMs, timer.dueMs)
    note(`${timer.owner.name} wakes`)
    timer.wake()
  }

  return {
    rng,
    get nowMs() {
      return nowMs
    },
    get steps() {
      return steps
    },
    step<T>(owner: Owner, label: string, effect: () => T | Promise<T>): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        if (!owner.alive) return
        const answer = (settle: () => void): void => {
          if (!owner.alive) return
          if (rng.unit() >= lateAnswerShare) settle()
          else ready.push({ owner, label: `${label} answers`, go: settle })
        }
        const go = (): void => {
          try {
            const made = effect()
            if (!(made instanceof Promise)) answer(() => resolve(made))
            else
              made.then(
                value => answer(() => resolve(value)),
                error => answer(() => reject(error)),
              )
          } catch (error) {
            answer(() => reject(error))
          }
        }
        ready.push({ owner, label, go })
      })
    },
    sleep(owner, ms, signal) {
      if (signal?.aborted || ms <= 0) return Promise.resolve()
      return new Promise(resolve => {
        if (!owner.alive) return
        const wakeUp = (): void => {
          timers = timers.filter(other => other !== timer)
          signal?.removeEventListener('abort', wakeUp)
          resolve()
        }
        const timer: Timer = { owner, dueMs: nowMs + ms, wake: wakeUp }
        timers.push(timer)
        signal?.addEventListener('abort', wakeUp)
      })
    },
    drop(owner) {
      ready = ready.filter(step => step.owner !== owner)
      timers = timers.filter(timer => timer.owner !== owner)
    },
    async run() {
      await settled()
      const places = runnable()
      const timer = nextTimer()
      if (places.length > 0 && (timer === null || rng.unit() >= advanceShare)) {
        runStep(places[rng.int(places.length)]!)
        return true
      }
      if (timer !== null) {
        wake(timer)
        return true
      }
      // All that is left belongs to those held up: they go on.
      if (ready.length === 0) return false
      for (const { owner } of ready) owner.stalledUntilStep = 0
      return true
    },
    note,
    traceHash: () => digest.copy().digest('hex'),
    lastLines: () => lines.slice(-TRACE_LINES_KEPT),
  }
}
