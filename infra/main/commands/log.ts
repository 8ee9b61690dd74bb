// `bct log export|import|tail|stat`: the event log as files, as lines and as numbers.
import { Argument } from 'commander'
import { TOPIC_NAMES, type TopicName } from '../../../schemas/topics.ts'
import { addConfigFlags, type CommandModule, configFlags, LOG_KEYS } from '../command.ts'
import { loadConfig } from '../config.ts'
import { CommandError, EXIT } from '../errors.ts'
import { instantOf } from '../instant.ts'
import { nearest } from '../nearest.ts'

const DEFAULT_LINES = 10
const MAX_LINES = 100_000

function topicOf(text: unknown, fallback: TopicName): TopicName {
  if (text === undefined) return fallback
  const found = TOPIC_NAMES.find(name => name === text)
  if (found !== undefined) return found
  const guess = nearest(String(text), TOPIC_NAMES)
  const fix = guess === null ? `topics are ${TOPIC_NAMES.join(', ')}` : `did you mean ${guess}?`
  throw new CommandError(EXIT.usage, `--topic: there is no topic ${JSON.stringify(text)}`, fix)
}

function linesOf(text: unknown): number {
  const lines = text === undefined ? DEFAULT_LINES : Number(text)
  if (Number.isInteger(lines) && lines >= 0 && lines <= MAX_LINES) return lines
  throw new CommandError(
    EXIT.usage,
    `--lines: ${JSON.stringify(text)} is not a number from 0 to ${MAX_LINES}`,
  )
}

function intervalOf(from: unknown, to: unknown): { readonly fromMs: number; readonly toMs: number } | null {
  if (from === undefined && to === undefined) return null
  if (from === undefined || to === undefined) {
    throw new CommandError(
      EXIT.usage,
      '--from and --to go together',
      'give both, or neither for all there is',
    )
  }
  const interval = { fromMs: instantOf('--from', from), toMs: instantOf('--to', to) }
  if (interval.fromMs < interval.toMs) return interval
  throw new CommandError(EXIT.usage, '--from must be before --to')
}

export const command: CommandModule = {
  examples: [
    ['bct log export feed.ndjson.gz', 'all that the feed ever showed, as it showed it'],
    ['bct log export - --topic sales --from 2026-11-01 --to 2026-12-01 | …', 'a month, into a pipe'],
    ['bct log import feed.ndjson.gz', 'into the log of the mode it came from; twice adds nothing'],
    ['bct log tail --topic sales --follow', 'sales as they come'],
    ['bct log stat', 'what there is, from when to when, and what a start reads again'],
  ],
  define(command) {
    command
      .addArgument(new Argument('<what>', 'what to do').choices(['export', 'import', 'tail', 'stat']))
      .argument('[file]', 'export, import: the file (.ndjson.gz); - is stdout')
      .option('--topic <TOPIC>', 'export: feed or sales (default: feed); tail: any (default: sales)')
      .option('--from <TIME>', 'export: first event time, ISO 8601, UTC unless it says otherwise')
      .option('--to <TIME>', 'export: event time to stop before')
      .option('-n, --lines <N>', `tail: records to begin with (default: ${DEFAULT_LINES})`)
      .option('--follow', 'tail: go on with what is appended')
      .option('--json', 'as JSON')
    addConfigFlags(command, ['mode', 'dataDir', 'partitions', 'logLevel', ...LOG_KEYS])
  },
  async run({ io, output }, options, [what, file]) {
    const { config } = loadConfig({ flags: configFlags(options), env: io.env, cwd: io.cwd })
    const tools = await import('../log-tools.ts')
    const request = { config, io, output, json: options.json === true }
    if (what === 'tail') {
      const [topic, count] = [topicOf(options.topic, 'sales'), linesOf(options.lines)]
      return tools.tail({ ...request, topic, count, follow: options.follow === true })
    }
    if (what === 'stat') return tools.stat(request)
    if (file === undefined) throw new CommandError(EXIT.usage, `${what}: which file?`, `bct log ${what} FILE`)
    if (what === 'import') return tools.importLog({ ...request, file })
    const topic = topicOf(options.topic, 'feed')
    if (topic !== 'feed' && topic !== 'sales') {
      const fix = 'export feed or sales: all else is computed from them'
      throw new CommandError(EXIT.usage, `--topic: ${topic} is not exported`, fix)
    }
    return tools.exportLog({ ...request, file, topic, interval: intervalOf(options.from, options.to) })
  },
}
