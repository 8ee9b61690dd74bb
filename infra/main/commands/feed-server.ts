// `bct feed-server`: serves a simulated feed and its item pages to other trackers, with faults on demand.
import type { z } from 'zod'
import { type FaultRule, faultRulesOf } from '../../../producers/simulator/core/faults.ts'
import { createWorld } from '../../../producers/simulator/core/world.ts'
import { createSimulatedFeed } from '../../../producers/simulator/feed.ts'
import { startFeedServer } from '../../../producers/simulator/server.ts'
import { createScaledClock, systemClock } from '../../system/clock.ts'
import type { CommandModule } from '../command.ts'
import { portNumber, seedNumber, speedNumber } from '../config-values.ts'
import { CommandError, EXIT } from '../errors.ts'
import { catchSignals } from '../signals.ts'

const DEFAULT_PORT = '8090'

function checked<T>(flag: string, schema: z.ZodType<T>, text: unknown): T {
  const parsed = schema.safeParse(text)
  if (parsed.success) return parsed.data
  const why = parsed.error.issues[0]?.message ?? 'cannot be used'
  throw new CommandError(EXIT.usage, `${flag}: ${JSON.stringify(text)} ${why}`, 'see bct feed-server --help')
}

function faultsOf(text: unknown): readonly FaultRule[] {
  try {
    return faultRulesOf(JSON.parse(String(text)))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new CommandError(
      EXIT.usage,
      `--faults: ${why}`,
      `for example '[{"kind":"server-error","rate":0.1}]'`,
    )
  }
}

export const command: CommandModule = {
  examples: [
    ['bct feed-server', `the world of seed 1, on port ${DEFAULT_PORT}`],
    ['bct feed-server --speed 60 --seed 7', 'another world, an hour a minute'],
    [`bct feed-server --faults '[{"kind":"hang","rate":0.05}]'`, 'one answer in twenty never comes'],
    ['bct start --mode simulated --feed-base-url http://127.0.0.1:8090', 'a tracker that reads it'],
  ],
  define(command) {
    command
      .option('--port <PORT>', 'port on 127.0.0.1; 0: any free one', DEFAULT_PORT)
      .option('--seed <N>', 'the same seed gives the same world', '1')
      .option('--speed <TIMES>', 'how much faster than real time it runs', '1')
      .option('--faults <JSON>', 'what goes wrong, as a list of rules; POST /__faults changes it', '[]')
  },
  async run({ output }, options) {
    const port = checked('--port', portNumber, options.port)
    const seed = checked('--seed', seedNumber, options.seed)
    const speed = checked('--speed', speedNumber, options.speed)
    const clock = createScaledClock({ base: systemClock, speed, startMs: systemClock.nowMs() })
    const world = createWorld({ seed })
    const feed = createSimulatedFeed({ world, clock, faults: faultsOf(options.faults) })
    const stop = catchSignals(output.say)
    try {
      const server = await startFeedServer({ world, feed, port })
      output.data(server.url)
      output.say('serving a simulated feed; Ctrl-C stops it')
      if (!stop.signal.aborted) {
        await new Promise(resolve => stop.signal.addEventListener('abort', resolve, { once: true }))
      }
      await server.close()
      return stop.exitCode()
    } finally {
      stop.release()
    }
  },
}
