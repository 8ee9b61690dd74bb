// The house rules that no linter knows, each as a function from a file to what is wrong with it.
import type { SourceFile } from './files.ts'

const MAX_LINE_CHARS = 110
const MAX_LINES = { test: 500, bench: 300, other: 250 }
/** All ports stand in one file, so that one reading shows everything the stages need from outside. */
const MAY_BE_LONG = new Set(['infra/ports.ts'])

/** `file:line what is wrong`. */
export type Rule = (file: SourceFile) => readonly string[]

const at = (file: SourceFile, index: number, what: string) => `${file.path}:${index + 1} ${what}`

function isIn(file: SourceFile, ...folders: readonly string[]): boolean {
  return folders.some(folder => file.path.startsWith(`${folder}/`))
}

/** Every line that matches, told as `what`; comments count unless `inCode`. */
function banned(file: SourceFile, pattern: RegExp, what: string, inCode = false): string[] {
  return file.lines.flatMap((line, index) => {
    if (inCode && /^\s*(\/\/|\*|\/\*)/.test(line)) return []
    const match = pattern.exec(line)
    return match ? [at(file, index, `${match[0]}: ${what}`)] : []
  })
}

export const smallFiles: Rule = file => {
  const max = isIn(file, 'test') ? MAX_LINES.test : isIn(file, 'bench') ? MAX_LINES.bench : MAX_LINES.other
  if (MAY_BE_LONG.has(file.path)) return []
  return file.lines.length > max ? [`${file.path} has ${file.lines.length} lines; ${max} are the limit`] : []
}

/**
 * The formatter keeps code short; what it does not break are comments. Literals may be as long as they must.
 */
export const shortComments: Rule = file =>
  file.lines.flatMap((line, index) =>
    // A linter's directive must stay on its line.
    line.length > MAX_LINE_CHARS &&
    !line.includes('biome-ignore') &&
    /^\s*(\/\/|\*|\/\*)|[)};,] \/\/ /.test(line)
      ? [at(file, index, `${line.length} characters`)]
      : [],
  )

/** The first comment, joined to one line; empty where the file does not start with one. */
function firstComment(file: SourceFile): string {
  const lines = file.lines[0]?.startsWith('#!') ? file.lines.slice(1) : file.lines
  const end = lines.findIndex(line => !line.startsWith('//'))
  const comment = lines.slice(0, end < 0 ? lines.length : end)
  return comment.map(line => line.replace(/^\/\/ ?/, '')).join(' ')
}

export const saysWhatItIsFor: Rule = file =>
  /^.{10,}[.:?!)]$/.test(firstComment(file))
    ? []
    : [`${file.path} does not start with a comment, a sentence that says what it is for`]

const LEFTOVERS = new RegExp(
  `\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK', 'WI' + 'P'].join('|')})\\b`,
)
export const noLeftovers: Rule = file => banned(file, LEFTOVERS, 'finish it, or open an issue')

const EDGE = /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bperformance\.now\(|\bset(Timeout|Interval)\(/
/** The simulator's server stands for an outside system: it is at the edge itself. */
const AT_THE_EDGE = /^producers\/simulator\/server/
export const noClockInStages: Rule = file =>
  isIn(file, 'schemas', 'producers', 'processors', 'sinks', 'dashboard/core') && !AT_THE_EDGE.test(file.path)
    ? banned(file, EDGE, 'time and chance come through a port', true)
    : []

/** There the test kills real processes at random moments: letting some time pass is its subject. */
const MAY_LET_TIME_PASS = /^test\/simulation\//
const SLEEP = /\bsetTimeout\(|\btimers\/promises\b|\bwaitForTimeout\(/
export const noSleepInTests: Rule = file =>
  isIn(file, 'test') && !MAY_LET_TIME_PASS.test(file.path)
    ? banned(file, SLEEP, 'wait for the condition (vi.waitFor) or advance a fake clock', true)
    : []

/** Ids such as `[W4]` in the strings of tests: what they prove. */
export function provenIds(file: SourceFile): string[] {
  const literals = file.text.match(/(['"`])(?:\\.|(?!\1)[^\\\n])*\1/g) ?? []
  return literals.flatMap(text => [...text.matchAll(/\[([A-Z]\d+)\]/g)].map(match => match[1]!))
}

/** Ids that a specification defines, as `**W4**`, in order of their definition. */
export function definedIds(spec: string): string[] {
  return [...spec.matchAll(/\*\*([A-Z]\d+)\*\*/g)].map(match => match[1]!)
}

const ADR_HEADINGS = ['Context', 'Decision', 'Alternatives', 'Out of scope', 'And if we did nothing?']

/** What is missing in a decision record: its number and title, its status, its five headings in order. */
export function adrProblems(name: string, text: string): string[] {
  const problems: string[] = []
  const number = /^(\d{4})-[a-z0-9-]+\.md$/.exec(name)?.[1]
  if (!number) problems.push(`${name} is not named NNNN-what-it-decides.md`)
  if (!text.startsWith(`# ${number}. `)) problems.push(`${name} does not start with "# ${number}. Title"`)
  if (!/^Status: (proposed|accepted|superseded by \d{4}) · \S+$/m.test(text)) {
    problems.push(`${name} has no line "Status: accepted · 2026-11-22"`)
  }
  const headings = [...text.matchAll(/^## (.+)$/gm)].map(match => match[1])
  if (headings.join('|') !== ADR_HEADINGS.join('|')) {
    problems.push(`${name} has other headings than ${ADR_HEADINGS.join(', ')}`)
  }
  return problems
}
