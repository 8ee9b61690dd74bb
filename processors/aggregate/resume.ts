// Where a reader starts again after a crash.

/** Reading from `offset`, with the watermark that held before it, rebuilds what was open. */
export interface Resume {
  readonly offset: number
  /** Null where no tick had been seen. */
  readonly watermarkMs: number | null
}

/** What a processor is told at its start: see `Position` in infra/ports.ts. */
export interface ResumePoint {
  readonly watermarkMs: number | null
  /**
   * What closed at this watermark was complete and acknowledged before the restart: it is not built again.
   */
  readonly finalAtMs: number | null
}

export const FRESH: ResumePoint = { watermarkMs: null, finalAtMs: null }
