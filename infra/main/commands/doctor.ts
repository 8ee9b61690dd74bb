// `bct doctor`: looks at everything that this configuration needs, and says what to do where something lacks.
import { systemClock } from '../../system/clock.ts'
import { addConfigFlags, type CommandModule, configFlags, LOG_KEYS } from '../command.ts'
import { type Config, loadConfig, type Mode } from '../config.ts'
import type { Result, Told } from '../doctor/check.ts'
import { CommandError, EXIT } from '../errors.ts'
import { modeOf } from '../mode-of.ts'
import { type Colors, table } from '../output.ts'

/** With `auto` and nothing there yet: what a start would try first. */
function modeToLookAt(config: Config): Mode {
  try {
    return modeOf(config)
  } catch (error) {
    if (error instanceof CommandError && error.exitCode === EXIT.notFound) return 'live'
    throw error
  }
}

function word(result: Result, colors: Colors): string {
  if (result === 'failed') return colors.red(result)
  return result === 'warning' ? colors.yellow(result) : result === 'ok' ? colors.green(result) : result
}

function text(findings: readonly Told[], colors: Colors): string {
  const rows = table(findings.map(({ name, result, says }) => [name, result, says])).split('\n')
  return findings
    .flatMap(({ result, fix }, i) => {
      const row = rows[i]!.replace(result, word(result, colors))
      return fix === null ? [row] : [row, `  → ${fix}`]
    })
    .join('\n')
}

export const command: CommandModule = {
  examples: [
    ['bct doctor', 'everything that these settings need; exits 4 where something fails'],
    ['bct doctor --only mail,browser', 'these alone'],
    ['BCT_SMTP_URL=smtps://… bct doctor --only mail', 'a setting, tried out before it is used'],
  ],
  define(command) {
    command.option('--only <CHECKS>', 'checks by name, with commas between them').option('--json', 'as JSON')
    addConfigFlags(command, ['mode', 'dataDir', 'dbSchema', 'partitions', ...LOG_KEYS])
  },
  async run({ io, output, version }, options) {
    const { config } = loadConfig({ flags: configFlags(options), env: io.env, cwd: io.cwd })
    const { CHECKS, runCheck } = await import('../doctor/checks.ts')
    const wanted = typeof options.only === 'string' ? options.only.split(',').map(name => name.trim()) : null
    const unknown = wanted?.find(name => CHECKS.every(check => check.name !== name))
    if (unknown !== undefined) {
      const names = CHECKS.map(check => check.name).join(', ')
      throw new CommandError(
        EXIT.usage,
        `--only: there is no check ${JSON.stringify(unknown)}`,
        `one of ${names}`,
      )
    }
    const patient = { config, mode: modeToLookAt(config), version, clock: systemClock }
    const findings: Told[] = []
    for (const check of CHECKS) {
      if (wanted === null || wanted.includes(check.name)) findings.push(await runCheck(check, patient))
    }
    if (options.json === true) output.json({ mode: patient.mode, findings })
    else output.data(text(findings, output.colors))
    return findings.some(({ result }) => result === 'failed') ? EXIT.degraded : EXIT.ok
  },
}
