// `bct status`: asks the running tracker how it is.
import { type Status, statusSchema } from '../../../dashboard/core/api.ts'
import { addConfigFlags, type CommandModule, configFlags } from '../command.ts'
import { type LoadedConfig, loadConfig, modeDir } from '../config.ts'
import { CommandError, EXIT } from '../errors.ts'
import { type RunInfo, readRunFiles, stagesMissing } from '../run-file.ts'
import { statusText, verdictOf } from '../status-text.ts'

const ANSWER_WITHIN_MS = 5_000
const HTTP_OK = 200

/** One instance: its processes on this data folder, and where its dashboard answers. */
interface Target {
  readonly url: string | null
  readonly runs: readonly RunInfo[]
}

/** An address that was asked for by name; else what runs on this data folder. */
function targetsOf({ config, origins }: LoadedConfig): readonly Target[] {
  if (origins.port !== 'default' && config.port !== 0) {
    return [{ url: `http://${config.host}:${config.port}`, runs: [] }]
  }
  const modes = config.mode === 'auto' ? (['live', 'simulated', 'recorded'] as const) : [config.mode]
  return modes
    .map(mode => readRunFiles(modeDir(config, mode)))
    .filter(runs => runs.length > 0)
    .map(runs => ({ url: runs.find(run => run.url !== null)?.url ?? null, runs }))
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
    const answers = await Promise.all(
      targets.map(async ({ url, runs }) => ({ url, runs, status: url === null ? null : await ask(url) })),
    )
    if (options.json) {
      const documents = answers.map(({ url, runs, status }) => {
        const told = { ...verdictOf(status, runs), processes: runs, stagesMissing: stagesMissing(runs) }
        return { url, ...told, ...status }
      })
      output.json(documents.length === 1 ? documents[0] : documents)
    } else {
      const screens = answers.map(answer => statusText(answer, output.colors))
      output.data(screens.join('\n\n'))
    }
    return answers.some(({ status, runs }) => verdictOf(status, runs).degraded) ? EXIT.degraded : EXIT.ok
  },
}
