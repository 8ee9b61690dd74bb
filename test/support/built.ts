// The built program, for tests that start it as a process of its own.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Builds what is older than its sources; answers the path of the compiled `bct`. */
export function builtCli(): string {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  execFileSync(process.execPath, ['infra/main/dev/ensure-built.mjs'], { cwd: root, stdio: 'inherit' })
  return `${root}dist/infra/main/cli.js`
}
