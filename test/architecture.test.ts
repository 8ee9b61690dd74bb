// The dependency rule: holds for the project, and each of its sentences fails for the fault it names.
import { spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { inTempDir } from './fakes/io.ts'
import { ROOT } from './tidy/files.ts'

const CONFIG = '.dependency-cruiser.cjs'
const FOLDERS = ['schemas', 'producers', 'processors', 'sinks', 'dashboard', 'infra', 'test', 'bench']
const require = createRequire(import.meta.url)

interface Rule {
  readonly name: string
  readonly comment: string
}

interface Violation {
  readonly from: string
  readonly to: string
  readonly rule: { readonly name: string }
}

const rules = (require(path.join(ROOT, CONFIG)) as { readonly forbidden: readonly Rule[] }).forbidden

function cruise(cwd: string): Promise<readonly Violation[]> {
  const cli = path.join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')
  const args = [cli, '--config', CONFIG, '--output-type', 'json', ...FOLDERS]
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', chunk => (stdout += chunk))
    child.stderr.on('data', chunk => (stderr += chunk))
    child.on('error', reject)
    child.on('close', () => {
      try {
        resolve((JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations)
      } catch {
        reject(new Error(`dependency-cruiser said no JSON: ${stderr}`))
      }
    })
  })
}

/** What a developer reads: the import, and the sentence of the rule. */
function told(violations: readonly Violation[]): string[] {
  return violations.map(({ from, to, rule }) => {
    const comment = rules.find(({ name }) => name === rule.name)?.comment ?? ''
    return `${from} → ${to}: ${rule.name}. ${comment}`
  })
}

/** For each rule a file that breaks it (path → text); homes are proven with one of them. */
const PLANTED: Readonly<Record<string, readonly [string, string]>> = {
  'schemas-are-a-leaf': ['schemas/bad.ts', "import '../infra/ports.ts'"],
  'pure-code-is-pure': ['processors/bad.ts', "import '../infra/ports.ts'"],
  'stages-share-topics-not-code': ['sinks/bad.ts', "import '../producers/good.ts'"],
  'stages-know-ports-not-adapters': ['sinks/worse.ts', "import '../infra/lmdb/good.ts'"],
  'infra-knows-no-stage': ['infra/lmdb/bad.ts', "import '../../producers/good.ts'"],
  'adapters-are-strangers': ['infra/postgres/bad.ts', "import '../lmdb/good.ts'"],
  'home-of-lmdb': ['infra/system/bad.ts', "import 'lmdb'"],
  'packages-live-in-infra': ['producers/bad.ts', "import 'fast-check'"],
  'stages-do-no-io': ['producers/worse.ts', "import 'node:fs'"],
  'replays-never-mail': ['infra/main/replay-bad.ts', "import './good.ts'"],
  'no-cycles': ['infra/runtime/bad.ts', "import './bad2.ts'"],
  'no-test-code-in-production': ['infra/main/bad.ts', "import '../../test/good.ts'"],
}

/** What the planted files import, and one file that breaks nothing. */
const AROUND: Readonly<Record<string, string>> = {
  'infra/ports.ts': "import '../schemas/good.ts'",
  'infra/lmdb/good.ts': "import 'lmdb'",
  'infra/runtime/bad2.ts': "import './bad.ts'",
  'infra/main/good.ts': "import '../../sinks/good-mailer.ts'",
  'sinks/good-mailer.ts': '',
  'producers/good.ts': "import '../infra/ports.ts'",
  'schemas/good.ts': "import 'zod'",
  'dashboard/good.ts': '',
  'bench/good.ts': '',
  'test/good.ts': '',
}

function plant(dir: string): void {
  const files = { ...AROUND, ...Object.fromEntries(Object.values(PLANTED)) }
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(dir, file)), { recursive: true })
    writeFileSync(path.join(dir, file), `${text}\n`)
  }
  for (const file of [CONFIG, 'tsconfig.json']) copyFileSync(path.join(ROOT, file), path.join(dir, file))
  writeFileSync(path.join(dir, 'package.json'), '{"type":"module"}')
  for (const name of ['zod', 'lmdb', 'fast-check']) {
    mkdirSync(path.join(dir, 'node_modules', name), { recursive: true })
    writeFileSync(path.join(dir, 'node_modules', name, 'index.js'), '')
  }
}

describe('the dependency rule', () => {
  test('holds for every import of the project', async () => {
    expect(told(await cruise(ROOT))).toEqual([])
  })

  test('[C18] each rule fails for the fault it names, and for nothing near it', () =>
    inTempDir(async dir => {
      plant(dir)
      const violations = await cruise(dir)
      const missed = Object.entries(PLANTED).filter(
        ([name, [file]]) => !violations.some(({ from, rule }) => from === file && rule.name === name),
      )
      expect(missed.map(([name]) => name)).toEqual([])
      expect(violations.filter(({ from }) => from.includes('good'))).toEqual([])
    }))

  test('every rule has a planted fault and a sentence to read', () => {
    const named = rules.filter(({ name }) => !name.startsWith('home-of-')).map(({ name }) => name)
    expect(Object.keys(PLANTED).filter(name => !name.startsWith('home-of-'))).toEqual(named)
    expect(rules.filter(({ comment }) => !/\w.*\.$/.test(comment))).toEqual([])
  })
})
