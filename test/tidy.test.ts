// House rules as tests: what the linter cannot see, each proven on a planted fault.
import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { ROOT, read, sourceFile, sourceFiles } from './tidy/files.ts'
import {
  adrProblems,
  definedIds,
  noClockInStages,
  noLeftovers,
  noSleepInTests,
  provenIds,
  type Rule,
  saysWhatItIsFor,
  shortComments,
  smallFiles,
} from './tidy/rules.ts'

const files = sourceFiles()
const GOOD_HEAD = '// Adds up what was sold in a minute.\n'

interface Case {
  readonly name: string
  readonly rule: Rule
  /** A file that breaks the rule, and one close by that does not. */
  readonly bad: readonly [string, string]
  readonly good: readonly [string, string]
}

const marker = 'TO' + 'DO'
const timer = 'setTime' + 'out('
const CASES: readonly Case[] = [
  {
    name: 'files are small: 250 lines, tests 500, benches 300',
    rule: smallFiles,
    bad: ['sinks/a.ts', 'x\n'.repeat(251)],
    good: ['sinks/a.ts', 'x\n'.repeat(250)],
  },
  {
    name: 'lines have 110 characters at most: the formatter sees to code, this to comments',
    rule: shortComments,
    bad: ['sinks/a.ts', `// ${'x'.repeat(108)}`],
    good: ['sinks/a.ts', `// ${'x'.repeat(107)}`],
  },
  {
    name: 'every file starts with a sentence that says what it is for',
    rule: saysWhatItIsFor,
    bad: ['sinks/a.ts', "import fs from 'node:fs'\n// Too late.\n"],
    good: ['sinks/a.ts', `#!/usr/bin/env node\n${GOOD_HEAD}`],
  },
  {
    name: 'no leftover work markers',
    rule: noLeftovers,
    bad: ['sinks/a.ts', `// ${marker}: handle refunds`],
    good: ['sinks/a.ts', `// see ${marker}S.md`],
  },
  {
    name: 'stages and pure code have neither clock nor chance nor timers',
    rule: noClockInStages,
    bad: ['processors/a.ts', 'const now = Date.now()'],
    good: ['infra/system/a.ts', 'const now = Date.now()'],
  },
  {
    name: 'tests do not sleep',
    rule: noSleepInTests,
    bad: ['test/spec/a.test.ts', `await new Promise(r => ${timer}r, 50))`],
    good: ['test/spec/a.test.ts', `// a ${timer} in a comment is none`],
  },
]

describe.each(CASES)('$name', ({ rule, bad, good }) => {
  test('holds for every file', () => {
    expect(files.flatMap(rule)).toEqual([])
  })
  test('would be seen to fail', () => {
    expect(rule(sourceFile(...bad))).toHaveLength(1)
    expect(rule(sourceFile(...good))).toEqual([])
  })
})

test('the walk has found the sources', () => {
  const found = new Set(files.map(file => file.path.split('/')[0]))
  expect([...found]).toEqual(expect.arrayContaining(['schemas', 'producers', 'processors', 'infra', 'test']))
})

describe('SPEC.md', () => {
  const tests = files.filter(file => file.path.startsWith('test/') && !file.path.startsWith('test/tidy'))
  const proven = new Set(tests.flatMap(provenIds))
  const defined = () => definedIds(read('SPEC.md'))

  test('every invariant is proven by a test that carries its id', () => {
    expect(defined().filter(id => !proven.has(id))).toEqual([])
  })
  test('every id in a test title is an invariant of the specification', () => {
    const ids = defined()
    expect([...proven].filter(id => !ids.includes(id)).sort()).toEqual([])
  })
  test('every id is defined once, and there are some', () => {
    const ids = defined()
    expect(ids.length).toBeGreaterThan(0)
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
  })
  test('ids are found in titles, whatever the quotes, and not in comments', () => {
    const text = "test('[W4] closes', f)\ntest.each(x)(`[W5] %j`, f) // [W6]\nconst a = b[C7]"
    expect(provenIds(sourceFile('test/a.test.ts', text))).toEqual(['W4', 'W5'])
    expect(definedIds('**W4** A window closes. See W5, **not this**.')).toEqual(['W4'])
  })
})

test('CHANGELOG.md has an Unreleased section', () => {
  expect(read('CHANGELOG.md')).toMatch(/^## \[?Unreleased\]?$/m)
})

describe('packages', () => {
  const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> }
  const { forbidden } = createRequire(import.meta.url)(path.join(ROOT, '.dependency-cruiser.cjs')) as {
    readonly forbidden: readonly { readonly name: string }[]
  }
  const prefix = 'home-of-'
  const homes = forbidden.map(rule => rule.name).filter(name => name.startsWith(prefix))

  test('every package that ships has a home in .dependency-cruiser.cjs, and every home a package', () => {
    const wanted = Object.keys(dependencies).map(name => prefix + name.replace(/[^a-z0-9]+/g, '-'))
    expect(homes.sort()).toEqual(wanted.sort())
  })
})

describe('package-lock.json', () => {
  type Packages = Record<string, { readonly optionalDependencies?: Record<string, string> }>

  /** Optional packages without an entry, as npm looks for them: in the package's own folder, then upwards. */
  function missing(packages: Packages): string[] {
    return Object.entries(packages).flatMap(([folder, { optionalDependencies = {} }]) => {
      const parts = folder.split(/\/?node_modules\//)
      const folders = parts.map((_, i) => parts.slice(0, parts.length - i).join('/node_modules/'))
      const places = (name: string) =>
        [...folders, ''].map(f => `${f}/node_modules/${name}`.replace(/^\//, ''))
      return Object.keys(optionalDependencies).filter(name => !places(name).some(p => p in packages))
    })
  }

  test('has the optional packages of every platform: npm ci refuses a lock without them', () => {
    expect(missing((JSON.parse(read('package-lock.json')) as { packages: Packages }).packages)).toEqual([])
  })
  test('one without would be seen', () => {
    const packages = { 'node_modules/a': { optionalDependencies: { 'a-linux': '1', 'a-win32': '1' } } }
    expect(missing({ ...packages, 'node_modules/a-linux': {} })).toEqual(['a-win32'])
    expect(missing({ ...packages, 'node_modules/a/node_modules/a-linux': {} })).toEqual(['a-win32'])
  })
})

describe('decision records', () => {
  const folder = path.join(ROOT, 'docs/adr')
  const names = readdirSync(folder).filter(name => name.endsWith('.md'))

  test('each follows the template, and numbers are given once', () => {
    expect(names.flatMap(name => adrProblems(name, read(`docs/adr/${name}`)))).toEqual([])
    expect(new Set(names.map(name => name.slice(0, 4))).size).toBe(names.length)
  })
  test('a record without alternatives would be seen', () => {
    const template = read('docs/adr/0000-template.md')
    expect(adrProblems('0000-template.md', template)).toEqual([])
    expect(adrProblems('0000-template.md', template.replace('## Alternatives', '## Other'))).toHaveLength(1)
    expect(adrProblems('template.md', template)).toHaveLength(2)
  })
})
