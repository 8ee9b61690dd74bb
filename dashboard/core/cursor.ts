// Cursors: opaque text for browsers and scripts, exact places for the server.

/** A place in the topic `sales`: for each partition the offset next to read. */
export type Positions = readonly number[]

const PLACE = /^([a-z]{1,12})((?:\.[0-9a-z]{1,11})+)$/

/** `scope` names the log: each feed mode has its own, and their cursors are not to be confused. */
export function formatCursor(scope: string, positions: Positions): string {
  return `${scope}.${positions.map(offset => offset.toString(36)).join('.')}`
}

/** The positions, or null where the text is no cursor of this scope with `partitions` partitions. */
export function parseCursor(text: string, scope: string, partitions: number): Positions | null {
  const match = PLACE.exec(text)
  if (match === null || match[1] !== scope) return null
  const positions = match[2]!
    .slice(1)
    .split('.')
    .map(part => Number.parseInt(part, 36))
  return positions.length === partitions && positions.every(Number.isSafeInteger) ? positions : null
}

/** The place behind which a page of sold items (newest first) goes on. */
export interface PagePlace {
  readonly soldAtMs: number
  readonly id: string
}

export const formatPagePlace = (place: PagePlace): string => `${place.soldAtMs}~${place.id}`

/** The place, or null where the text is none. */
export function parsePagePlace(text: string): PagePlace | null {
  const match = /^(\d{1,15})~([\w:./-]{1,200})$/.exec(text)
  return match === null ? null : { soldAtMs: Number(match[1]), id: match[2]! }
}
