// `bct report`: what it refuses, makes, sends and finds, on a real store.
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, test } from 'vitest'
import { EXIT } from '../../infra/main/errors.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../infra/postgres/embedded.ts'
import { openPostgresStore, type PostgresStore } from '../../infra/postgres/store.ts'
import { DAY_MS, HOUR_MS } from '../../schemas/time.ts'
import { bct } from '../fakes/io.ts'
import { WANTS_REPORT } from '../support/report-stage.ts'
import { sale } from '../support/sales.ts'

it.each([
  [['report', 'run', '--date', '2026-02-30'], '2026-02-30'],
  [['report', 'run', '--date', 'soon'], 'soon'],
  [['report', 'list', '--days', '0'], '--days'],
  [['report', 'preview', '--out', 'report.doc'], '--out'],
  [['report', 'burn'], 'burn'],
  [['report', 'run', '--report-zone', 'Mars/Base'], 'Mars/Base'],
])('%j is refused by name', async (argv, name) => {
  const { exitCode, stdout, stderr } = await bct([...argv, '--data-dir', dataDir, '--mode', 'simulated'])
  expect([exitCode, stdout]).toEqual([EXIT.usage, ''])
  expect(stderr).toContain(name)
})

const dataDir = mkdtempSync(join(tmpdir(), 'bct-report-cli-'))
const DAY = '2026-11-21'
const DAY_FROM_MS = Date.UTC(2026, 10, 21)
let server: EmbeddedPostgres
let store: PostgresStore

const report = (...args: string[]) =>
  bct([
    'report',
    ...args,
    '--data-dir',
    dataDir,
    '--mode',
    'simulated',
    '--chromium-path',
    '/nowhere/chromium',
  ])

async function sell(count: number, name: string): Promise<void> {
  const sales = Array.from({ length: count }, (_, i) =>
    sale(`${name}${i}`, DAY_FROM_MS + (i * DAY_MS) / count),
  )
  const progress = { stage: 'store-writer', topic: 'sales', partition: 0, offset: count } as const
  await store.write({ sales, watermarkMs: DAY_FROM_MS + DAY_MS + 10 * HOUR_MS, progress })
}

beforeAll(async () => {
  server = await startEmbeddedPostgres({ dataDir: join(dataDir, 'simulated', 'postgres') })
  store = await openPostgresStore({ connection: server.connection })
  await sell(100, 'a')
  for (const name of ['ann', 'bob']) await store.subscribers.add(`${name}@example.org`, WANTS_REPORT, 0)
}, 60_000)
afterAll(async () => {
  await store?.close()
  await server?.stop()
  rmSync(dataDir, { recursive: true, force: true })
}, 60_000)

const posted = async () =>
  (await store.outbox.messages(100)).filter(({ content }) => content.kind === 'report')

test('[Q13] a preview is a file, and nothing is kept; a dry run says what would be sent to how many', async () => {
  const file = join(dataDir, 'day.csv')
  expect(await report('preview', '--date', DAY, '--out', file)).toMatchObject({
    exitCode: 0,
    stdout: `${file}\n`,
  })
  expect(readFileSync(file, 'utf8')).toContain('Sales')
  const noBrowser = await report('preview', '--date', DAY, '--out', join(dataDir, 'day.pdf'))
  expect([noBrowser.exitCode, noBrowser.stdout]).toEqual([EXIT.precondition, ''])
  const dry = await report('run', '--dry-run')
  expect(dry.exitCode).toBe(0)
  expect(dry.stdout).toMatch(
    /^day +2026-11-21 \(UTC\), not made yet\nversion +1 would be made\n.*\nmails +2 would be sent\n/,
  )
  expect([await posted(), await store.reportRuns.runs('UTC', DAY, DAY)]).toEqual([[], []])
}, 60_000)

test('[Q13] of a day before all that is known nothing is made: it is told which days there are', async () => {
  const file = join(dataDir, 'before.csv')
  for (const args of [
    ['preview', '--date', '2026-11-20', '--out', file],
    ['run', '--date', '2026-11-20', '--yes'],
    ['run', '--date', '2026-11-20', '--dry-run'],
  ]) {
    const { exitCode, stdout, stderr } = await report(...args)
    expect([exitCode, stdout]).toEqual([EXIT.notFound, ''])
    expect(stderr).toMatch(/nothing is known of 2026-11-20: .*\n→ the first day is 2026-11-21/)
  }
  expect(existsSync(file)).toBe(false)
  expect(await store.reportRuns.runs('UTC', '2026-11-20', '2026-11-20')).toEqual([])
}, 60_000)

test('[Q13] nothing is mailed without a yes; a day that is not over, or has no report, is told', async () => {
  const unasked = await report('run', '--date', DAY)
  expect([unasked.exitCode, unasked.stdout]).toEqual([EXIT.usage, ''])
  expect(unasked.stderr).toMatch(/will send 2 mails\n.*--yes/)
  expect((await report('run', '--date', '2026-11-22', '--yes')).exitCode).toBe(EXIT.precondition)
  expect((await report('resend', '--date', DAY, '--yes')).exitCode).toBe(EXIT.notFound)
  expect((await report('verify', '--date', DAY)).exitCode).toBe(EXIT.notFound)
  expect(await posted()).toEqual([])
}, 60_000)

test('[Q13] run makes and mails once; another run changes nothing; verify finds what does not agree', async () => {
  const made = await report('run', '--yes')
  expect([made.exitCode, made.stdout]).toEqual([
    0,
    expect.stringMatching(/^2026-11-21 sent: version 1 is in /),
  ])
  expect(await posted()).toHaveLength(2)
  expect((await report('run', '--yes')).stdout).toMatch(/^2026-11-21 sent: version 1 stands/)
  expect(await posted()).toHaveLength(2)
  const good = await report('verify', '--date', DAY)
  expect([good.exitCode, good.stdout]).toEqual([0, '2026-11-21: 3 files and all numbers are as they were\n'])

  const listed = await report('list')
  expect(listed.stdout).toMatch(/^2026-11-21 +sent +v1 .*100 sales/)
  expect((await report('resend', '--date', DAY, '--dry-run')).stdout).toMatch(/^would send 2 mails/)
  expect(await posted()).toHaveLength(2)
  await report('resend', '--date', DAY, '--yes')
  expect(await posted()).toHaveLength(4)

  await sell(20, 'b')
  appendFileSync(join(dataDir, `simulated/reports/daily/2026/11/${DAY}.v1.csv`), 'x')
  const bad = await report('verify', '--date', DAY)
  expect(bad.exitCode).toBe(EXIT.failure)
  expect(bad.stdout).toMatch(/v1\.csv was changed\n.*Sales: 120, before 100\./s)
  const second = await report('run', '--date', DAY, '--yes')
  expect(second.stdout).toMatch(/^2026-11-21 sent: version 2 is in /)
  expect(await posted()).toHaveLength(4)
}, 120_000)
