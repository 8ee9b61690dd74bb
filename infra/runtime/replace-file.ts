// A small file that is written again and again: whoever reads it sees one writing or the next, never a part.
import { renameSync, writeFileSync } from 'node:fs'

/** For one writer at a time; a death between leaves what stood there before. */
export function replaceFile(file: string, text: string): void {
  const draft = `${file}.new`
  writeFileSync(draft, text)
  renameSync(draft, file)
}
