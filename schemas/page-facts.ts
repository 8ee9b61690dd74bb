// What comes for an item page, and what it says: pure code and ports share it.

/** The facts of one item page; kept for weeks. */
export interface PageFacts {
  readonly genre: string | null
  readonly tags: readonly string[]
  readonly location: string | null
  readonly label: string | null
  /** `YYYY-MM-DD`, or null. */
  readonly releaseDate: string | null
}

/** What came for the address of an item page. */
export type PageAnswer =
  | { readonly kind: 'html'; readonly html: string; readonly finalUrl: string }
  /** An anti-bot page, which may come with HTTP 200. */
  | { readonly kind: 'challenged' }
  /**
   * `http-403`, `http-429`, `circuit-open`, `queue-full`; any other code: an address that is not safe to ask.
   */
  | { readonly kind: 'refused'; readonly code: string; readonly retryAfterMs: number | null }
  /** No page: `timeout`, `http-404`, `http-500`, `not-html`, … */
  | { readonly kind: 'failed'; readonly code: string }
