// `bct alerts simulate` and `bct eval`: what they refuse, and what they say of a still world.
import { expect, it } from 'vitest'
import { EXIT } from '../../infra/main/errors.ts'
import { countAlerts } from '../../infra/main/evaluation/simulate.ts'
import { runCli } from '../../infra/main/program.ts'
import type { Alert } from '../../schemas/alerts.ts'
import { DAY_MS } from '../../schemas/time.ts'

async function bct(argv: readonly string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  let [stdout, stderr] = ['', '']
  const exitCode = await runCli(argv, {
    stdout: { write: text => (stdout += text) },
    stderr: { write: text => (stderr += text) },
    env: {},
    cwd: '/',
  })
  return { exitCode, stdout, stderr }
}

it.each([
  [['alerts', 'simulate', '--days', '0', '--world', '1'], '--days'],
  [['alerts', 'simulate', '--min-severity', 'loud', '--world', '1'], '--min-severity'],
  [['alerts', 'simulate', '--world', 'x'], '--world'],
  [['eval', 'detection', '--worlds', 'mine'], '--worlds'],
  [['eval', 'detection', '--world', '9'], '--world'],
  [['eval', 'detection', '--history', 'x'], '--labels'],
])('[D24] %j is refused by name', async (argv, name) => {
  const { exitCode, stderr, stdout } = await bct(argv)
  expect([exitCode, stdout]).toEqual([EXIT.usage, ''])
  expect(stderr).toContain(name)
})

it('[D24] without a log there is nothing to simulate, and the next step is told', async () => {
  const { exitCode, stderr, stdout } = await bct(['alerts', 'simulate', '--data-dir', '/nowhere'])
  expect([exitCode, stdout]).toEqual([EXIT.notFound, ''])
  expect(stderr).toMatch(/there is no log in \/nowhere.*bct start makes one/s)
})

it('[D24] alerts of the last days are counted by severity, kind and day, the most surprising first', () => {
  const alert = (over: Partial<Alert>) =>
    ({
      severity: 'info',
      alertKind: 'rise',
      dimension: 'genre',
      openedAtMs: 9.5 * DAY_MS,
      peakScore: 5,
      ...over,
    }) as Alert
  const alerts = [
    alert({ peakScore: 5 }),
    alert({ severity: 'major', peakScore: 30 }),
    alert({ severity: 'major', openedAtMs: DAY_MS, peakScore: 99 }),
  ]
  const all = countAlerts(alerts, 10 * DAY_MS, 2, 'info')
  expect(all).toMatchObject({ days: 2, perDay: 1, bySeverity: { info: 1, notable: 0, major: 1 } })
  expect(all.byKind).toEqual({ 'rise genre': 2 })
  expect(all.examples.map(({ peakScore }) => peakScore)).toEqual([30, 5])
  expect(countAlerts(alerts, 10 * DAY_MS, 2, 'notable').perDay).toBe(0.5)
})
