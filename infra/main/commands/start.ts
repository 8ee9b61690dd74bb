// `bct start`: runs the tracker and its dashboard until it is told to stop.
import { STAGES, type StageName } from '../../../processors/topology.ts'
import { systemClock } from '../../system/clock.ts'
import { addConfigFlags, type CommandModule, configFlags } from '../command.ts'
import { loadConfig } from '../config.ts'
import { CommandError, EXIT } from '../errors.ts'
import { nearest } from '../nearest.ts'
import { catchSignals } from '../signals.ts'

/** `poll,enrich` → those stages. */
export function stagesOf(text: string): readonly StageName[] {
  const names = STAGES.map(stage => stage.name)
  return text.split(',').map(part => {
    const name = names.find(known => known === part.trim())
    if (name) return name
    const guess = nearest(part, names)
    const fix = guess ? `did you mean ${guess}?` : `stages are ${names.join(', ')}`
    throw new CommandError(EXIT.usage, `--only: there is no stage ${JSON.stringify(part)}`, fix)
  })
}

export const command: CommandModule = {
  examples: [
    ['bct start', 'Bandcamp where it can be reached, else the simulator; nothing to set up'],
    ['bct start --mode simulated --simulator-seed 7', 'a world of your own'],
    ['bct start --only poll,enrich', 'some of the stages in this process'],
    ['BCT_DATABASE_URL=postgres://… bct start', 'your own PostgreSQL'],
  ],
  define(command) {
    command
      .option('--only <STAGES>', 'run these stages only, separated by commas')
      .option('--json', 'print where it runs as JSON')
    addConfigFlags(command)
  },
  async run({ io, output, version }, options) {
    const loaded = loadConfig({ flags: configFlags(options), env: io.env, cwd: io.cwd })
    const only = typeof options.only === 'string' ? stagesOf(options.only) : null
    // Only now, so that help and a wrong flag answer at once.
    const { createTelemetry } = await import('../../system/telemetry.ts')
    const { startOpsServer } = await import('../../system/ops-server.ts')
    const { startProduct } = await import('../product.ts')
    const { logLevel: level, host, opsPort: port } = loaded.config
    const system = createTelemetry({ level, pretty: io.stderr.isTTY === true, clock: systemClock, version })
    const stop = catchSignals(output.say)
    // First of all, so that a start that takes its time is seen to live.
    const ops = port === 0 ? null : await startOpsServer({ host, port, metricsText: system.metricsText })
    try {
      const { say } = output
      const { signal } = stop
      const product = await startProduct({ loaded, only, clock: systemClock, system, version, say, signal })
      const { url, mode, stages } = product.info
      const where = url === null ? `${stages.join(', ')}` : `at ${url}`
      if (options.json) output.json(product.info)
      else output.data(`Bandcamp Tracker runs ${where}  (${mode}; Ctrl-C stops it)`)
      await product.done
      return stop.exitCode()
    } finally {
      stop.release()
      await ops?.close()
    }
  },
}
