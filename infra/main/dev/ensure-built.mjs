// Builds what is older than its sources and nothing else: cheap enough to run before every start.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'

const ROOT = path.join(import.meta.dirname, '../../..')

/** What is built from what; `stamp` is written last by the build. */
const TARGETS = [
  {
    script: 'build:server',
    stamp: 'dist/.server-built',
    sources: [
      'schemas',
      'producers',
      'processors',
      'sinks',
      'dashboard/core',
      'dashboard/server',
      'infra',
      'bench',
      'package.json',
      'tsconfig.json',
      'tsconfig.build.json',
    ],
    needs: 'infra/main/cli.ts',
  },
  {
    script: 'build:web',
    stamp: 'dist/dashboard/web/index.html',
    sources: ['dashboard/web', 'dashboard/core', 'schemas', 'package.json'],
    needs: 'dashboard/web/src/main.tsx',
  },
]

/** Newest change at or below a path, folders too, so that a file that was taken away counts; 0: not there. */
function newestMs(file) {
  const stat = statSync(file, { throwIfNoEntry: false })
  if (!stat) return 0
  if (!stat.isDirectory()) return stat.mtimeMs
  return readdirSync(file).reduce((ms, name) => Math.max(ms, newestMs(path.join(file, name))), stat.mtimeMs)
}

function isStale({ stamp, sources, needs }) {
  if (!existsSync(path.join(ROOT, needs))) return false
  const builtMs = statSync(path.join(ROOT, stamp), { throwIfNoEntry: false })?.mtimeMs ?? 0
  return sources.some(source => newestMs(path.join(ROOT, source)) > builtMs)
}

function run(script) {
  return new Promise(resolve => {
    const isWindows = process.platform === 'win32'
    const child = spawn('npm', ['run', '-s', script], {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: isWindows,
    })
    child.on('error', () => resolve(1))
    child.on('exit', code => resolve(code ?? 1))
  })
}

const stale = TARGETS.filter(isStale)
if (stale.length > 0 && !existsSync(path.join(ROOT, 'node_modules/typescript/package.json'))) {
  process.stderr.write('the build is older than the sources, and there is no compiler: run npm ci first\n')
  process.exitCode = 1
} else if (stale.length > 0) {
  process.stderr.write(`building (${stale.map(target => target.script).join(', ')}) …\n`)
  const codes = await Promise.all(stale.map(target => run(target.script)))
  process.exitCode = Math.max(...codes)
}
