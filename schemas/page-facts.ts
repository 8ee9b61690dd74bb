// What an item page says: pure code and ports share it.

/** The facts of one item page; kept for weeks. */
export interface PageFacts {
  readonly genre: string | null
  readonly tags: readonly string[]
  readonly location: string | null
  readonly label: string | null
  /** `YYYY-MM-DD`, or null. */
  readonly releaseDate: string | null
}
