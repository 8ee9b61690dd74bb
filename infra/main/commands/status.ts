// `bct status`: asks the running tracker how it is.
import { type Status, statusSchema } from '../../../dashboard/core/api.ts'
import { addConfigFlags, type CommandModule, configFlags } from '../command.ts'
import { type LoadedConfig, loadConfig, modeDir } from '../config.ts'
import { CommandError, EXIT } from '../errors.ts'
import { isAlive, type RunInfo, readRunFile } from '../run-file.ts'
import { statusText, verdictOf } from '../status-text.ts'

const ANSWER_WITHIN_MS = 5_000
const HTTP_OK = 200

interface Target {
  readonly url: string
  readonly run: RunInfo | null
}

/** An address that was asked for by name; else the instances that say they run on this data folder. */
function targetsOf({ config, origins }: LoadedConfig): readonly Target[] {
  if (origins.port !== 'default' && config.port !== 0) {
    return [{ url: `http://${config.host}:${config.port}`, run: null }]
  }
  const modes = config.mode === 'auto' ? (['live', 'simulated'] as const) : [config.mode]
  return modes
    .map(mode => readRunFile(modeDir(config, mode)))
    .filter(run => run !== null)
    .filter(run => isAlive(run.pid))
    .map(run => ({ url: run.url, run }))
}

/** @throws CommandError 3 where nobody answers, 1 where the answer is not a status. */
async function ask(url: string): Promise<Status> {
  let response: Response
  try {
    response = await fetch(`${url.replace(/\/$/, '')}/api/v1/status`, {
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    })
  } catch (cause) {
    const fix = 'start it with bct start, or look at its log'
    throw new CommandError(EXIT.notFound, `nobody answers at ${url}`, fix, { cause })
  }
  const body: unknown = await response.json().catch(() => null)
  const parsed = statusSchema.safeParse(body)
  if (response.status === HTTP_OK && parsed.success) return parsed.data
  const fix = 'is it another program, or another version? try bct status --port N'
  throw new CommandError(EXIT.failure, `${url} answers (${response.status}), but not with a status`, fix)
}

export const command: CommandModule = {
  examples: [
    ['bct status', 'one screen; exits 4 when degraded, 3 when nothing runs'],
    ['bct status --json', 'the same for programs'],
    ['bct status --port 9000', 'ask a certain instance'],
  ],
  define(command) {
    command.option('--json', 'as JSON')
    addConfigFlags(command, ['dataDir', 'mode', 'host', 'port'])
  },
  async run({ io, output }, options) {
    const loaded = loadConfig({ flags: configFlags(options), env: io.env, cwd: io.cwd })
    const targets = targetsOf(loaded)
    if (targets.length === 0) {
      const message = `nothing runs on ${loaded.config.dataDir}`
      throw new CommandError(EXIT.notFound, message, 'start it with bct start, or name it with --port')
    }
    const answers = await Promise.all(targets.map(async t => ({ ...t, status: await ask(t.url) })))
    if (options.json) {
      const documents = answers.map(a => ({ url: a.url, ...verdictOf(a.status), ...a.status }))
      output.json(documents.length === 1 ? documents[0] : documents)
    } else {
      const screens = answers.map(a => statusText(a.status, a.run, a.url, output.colors))
      output.data(screens.join('\n\n'))
    }
    return answers.some(a => verdictOf(a.status).degraded) ? EXIT.degraded : EXIT.ok
  },
}
