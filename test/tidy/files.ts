// The project's own files, read once, for the tests that look at the sources themselves.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

export const ROOT = path.join(import.meta.dirname, '../..')
const FOLDERS = ['schemas', 'producers', 'processors', 'sinks', 'dashboard', 'infra', 'bench', 'test']
const CODE = /\.(ts|tsx|mjs)$/
const NOT_OURS = new Set(['node_modules', 'dist', 'screenshots'])

export interface SourceFile {
  /** From the root, with forward slashes. */
  readonly path: string
  readonly text: string
  readonly lines: readonly string[]
}

export function sourceFile(filePath: string, text: string): SourceFile {
  return { path: filePath, text, lines: text.replace(/\n$/, '').split('\n') }
}

function walk(folder: string): SourceFile[] {
  return readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap(entry => {
    const file = `${folder}/${entry.name}`
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : walk(file)
    if (!CODE.test(entry.name)) return []
    return [sourceFile(file, readFileSync(path.join(ROOT, file), 'utf8'))]
  })
}

/** Every TypeScript and JavaScript file of the seven folders, the tests and the benches. */
export function sourceFiles(): readonly SourceFile[] {
  return FOLDERS.flatMap(walk)
}

export function read(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8')
}
