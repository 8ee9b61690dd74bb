// The version, from package.json: found upwards from here, since sources and dist lie at different depths.
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** The project's root folder. */
export function projectRoot(): string {
  let dir = import.meta.dirname
  while (!existsSync(path.join(dir, 'package.json'))) {
    const parent = path.dirname(dir)
    if (parent === dir) throw new Error(`no package.json above ${import.meta.dirname}`)
    dir = parent
  }
  return dir
}

export function readVersion(): string {
  const { version } = JSON.parse(readFileSync(path.join(projectRoot(), 'package.json'), 'utf8')) as {
    readonly version: string
  }
  return version
}
