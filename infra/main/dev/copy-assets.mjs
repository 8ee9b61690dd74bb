// After tsc: copies what is not TypeScript into dist, makes the CLI executable, and marks the build as done.
import { chmodSync, cpSync, existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const ROOT = path.join(import.meta.dirname, '../../..')
const FOLDERS = ['schemas', 'producers', 'processors', 'sinks', 'dashboard', 'infra']
const LEFT_OUT = [/\.[cm]?tsx?$/, /\.md$/, /(^|\/)dashboard\/web(\/|$)/, /(^|\/)infra\/main\/dev(\/|$)/]
const EXECUTABLE = 0o755

for (const folder of FOLDERS.filter(name => existsSync(path.join(ROOT, name)))) {
  cpSync(path.join(ROOT, folder), path.join(ROOT, 'dist', folder), {
    recursive: true,
    filter: source => !LEFT_OUT.some(pattern => pattern.test(source.split(path.sep).join('/'))),
  })
}
chmodSync(path.join(ROOT, 'dist/infra/main/cli.js'), EXECUTABLE)
writeFileSync(path.join(ROOT, 'dist/.server-built'), `${new Date().toISOString()}\n`)
