// What a letter is made of, before it is HTML or plain text: both say the same, block by block.

/** Harmless text (see `words.ts`), or a link. Renderers escape it; nothing here is markup. */
export type Span = string | Link

export interface Link {
  readonly text: string
  /** http or https. */
  readonly href: string
}

export type Tone = 'rise' | 'drop' | 'plain'

export interface ReleaseRow {
  readonly title: string
  readonly artist: string
  /** "14 purchases · 22%". */
  readonly detail: string
  readonly href: string | null
  /** https, of a host that covers come from. */
  readonly coverUrl: string | null
}

export interface FactRow {
  readonly label: string
  readonly text: string
}

export interface LineRow {
  readonly mark: string
  readonly tone: Tone
  readonly text: string
  readonly note: string
  readonly href: string | null
  /** It is over: shown greyed. */
  readonly isOver: boolean
}

/** Stands where a figure has nothing to be compared with. */
export const NOTHING = '–'

/** Numbers of a day against other days. */
export interface FigureRow {
  readonly label: string
  readonly value: string
  /** As the table's `against`. */
  readonly changes: readonly string[]
}

export type Block =
  /** What kind of thing this is, and when. */
  | { readonly kind: 'kicker'; readonly left: string; readonly right: string }
  | { readonly kind: 'title'; readonly text: string; readonly mark: string; readonly tone: Tone }
  | { readonly kind: 'lead'; readonly text: string }
  | { readonly kind: 'paragraph'; readonly spans: readonly Span[] }
  | { readonly kind: 'picture'; readonly picture: Picture }
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'releases'; readonly rows: readonly ReleaseRow[] }
  | { readonly kind: 'facts'; readonly rows: readonly FactRow[] }
  | { readonly kind: 'figures'; readonly against: readonly string[]; readonly rows: readonly FigureRow[] }
  | { readonly kind: 'lines'; readonly rows: readonly LineRow[] }
  | { readonly kind: 'actions'; readonly main: Link; readonly others: readonly Link[] }
  | { readonly kind: 'rule' }

/** An SVG that becomes a PNG, shown by its content id. */
export interface Picture {
  readonly svg: string
  /** As shown. */
  readonly widthPx: number
  readonly heightPx: number
  /** Says what the picture says. */
  readonly alt: string
  readonly contentId: string
}

/** A letter before it is addressed. */
export interface Draft {
  /** At most 60 characters, one line. */
  readonly subject: string
  /** What a mailbox shows beside the subject. */
  readonly preheader: string
  readonly blocks: readonly Block[]
  /** Paragraphs: why somebody gets this, and how to leave. */
  readonly footer: readonly (readonly Span[])[]
  readonly unsubscribeUrl: string | null
  /** Ids of letters, real or not, that make a thread. */
  readonly references: readonly string[]
}
