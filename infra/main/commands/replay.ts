// `bct replay`: builds results again from the log, into a schema beside the live one.
import { systemClock } from '../../system/clock.ts'
import { addConfigFlags, type CommandModule, configFlags } from '../command.ts'
import { loadConfig } from '../config.ts'
import { CommandError, EXIT } from '../errors.ts'
import { createProgress, type Progress } from '../progress.ts'
import { catchSignals } from '../signals.ts'

const SCHEMA_NAME = /^[a-z_][a-z0-9_]{0,40}$/

/** `2026-11-20` or `2026-11-20T08:00Z`, as epoch milliseconds; without a zone it is UTC. */
export function instantOf(flag: string, text: unknown): number {
  const iso = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d)?)(Z|[+-]\d\d:\d\d)?)?$/.exec(String(text))
  const ms = iso ? Date.parse(`${iso[1]}T${iso[2] ?? '00:00'}${iso[3] ?? 'Z'}`) : Number.NaN
  if (!Number.isNaN(ms)) return ms
  const fix = 'write it as 2026-11-20 or 2026-11-20T08:00Z'
  throw new CommandError(EXIT.usage, `${flag}: ${JSON.stringify(text)} is not a time`, fix)
}

export const command: CommandModule = {
  examples: [
    ['bct replay --from 2026-11-01 --to 2026-11-08 --into check', 'a week, into the schema check'],
    ['bct replay --from 2026-11-20T08:00Z --to 2026-11-20T09:00Z --into check', 'an hour'],
  ],
  define(command) {
    command
      .requiredOption('--from <TIME>', 'first event time, ISO 8601, UTC unless it says otherwise')
      .requiredOption('--to <TIME>', 'event time to stop before')
      .requiredOption('--into <NAME>', 'schema for the results; the live one is never touched')
      .option('--json', 'print the numbers as JSON')
    addConfigFlags(command, ['mode', 'dataDir', 'dbSchema', 'allowedLatenessMs', 'logLevel'])
  },
  async run({ io, output }, options) {
    const { config } = loadConfig({ flags: configFlags(options), env: io.env, cwd: io.cwd })
    const interval = { fromMs: instantOf('--from', options.from), toMs: instantOf('--to', options.to) }
    if (interval.fromMs >= interval.toMs) throw new CommandError(EXIT.usage, '--from must be before --to')
    const into = String(options.into)
    if (!SCHEMA_NAME.test(into) || into === config.dbSchema) {
      const fix = 'use lower-case letters, digits and _, and another name than the live schema'
      throw new CommandError(EXIT.usage, `--into: ${JSON.stringify(into)} cannot be used`, fix)
    }
    if (config.mode === 'auto') {
      throw new CommandError(EXIT.usage, 'whose log?', 'say --mode live or --mode simulated')
    }
    // Only now, so that help and a wrong flag answer at once.
    const { replay } = await import('../replay.ts')
    const stop = catchSignals(output.say)
    let progress: Progress | null = null
    const startProgress = (title: string, total: number) => {
      progress = createProgress({ title, total, stream: io.stderr, clock: systemClock })
      return progress
    }
    try {
      const { mode } = config
      const result = await replay({ config, mode, interval, into, startProgress, signal: stop.signal })
      if (options.json) output.json(result)
      else for (const [name, count] of Object.entries(result)) output.data(`${name}\t${count}`)
      return stop.exitCode()
    } finally {
      ;(progress as Progress | null)?.stop()
      stop.release()
    }
  },
}
