// A position in Kafka: the committed offset, and the rest of it in the commit's metadata.
import type { Position } from '../ports.ts'

/** Shown by Kafka's own tools beside the offset: `{"watermarkMs":1790000000000,"finalAtMs":null}`. */
export function encodePosition({ watermarkMs, finalAtMs }: Position): string {
  return JSON.stringify({ watermarkMs, finalAtMs })
}

/** Null where nothing is committed. Metadata of others (an offset that was set by hand) says nothing. */
export function decodePosition(offset: number, metadata: string | null): Position | null {
  if (offset < 0) return null
  let found: { readonly watermarkMs?: unknown; readonly finalAtMs?: unknown } = {}
  try {
    found = (JSON.parse(metadata ?? '') as typeof found | null) ?? {}
  } catch {
    // an offset alone is a position, too
  }
  const { watermarkMs, finalAtMs } = found
  return {
    offset,
    watermarkMs: typeof watermarkMs === 'number' ? watermarkMs : null,
    finalAtMs: typeof finalAtMs === 'number' ? finalAtMs : null,
  }
}
