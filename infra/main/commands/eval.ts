// `bct eval detection`: how well alerts tell movements from noise, on labelled worlds or a history of yours.
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Argument } from 'commander'
import { DAY_MS } from '../../../schemas/time.ts'
import { systemClock } from '../../system/clock.ts'
import type { CommandContext, CommandModule, CommandOptions } from '../command.ts'
import { CommandError, EXIT, type ExitCode } from '../errors.ts'
import type { Evaluation } from '../evaluation/evaluate.ts'
import { createProgress } from '../progress.ts'

const DEFAULT_REPORT = 'eval/report.html'
const SETS = ['held-out', 'calibration'] as const

export const command: CommandModule = {
  examples: [
    ['bct eval detection', 'on the held-out worlds; a few minutes each; draws eval/report.html'],
    ['bct eval detection --worlds calibration --no-peers', 'on the worlds that set the constants'],
    ['bct eval detection --history sales.ndjson.gz --labels labels.json', 'on a history made elsewhere'],
    [
      'bct eval nab --dir NAB',
      'the Numenta Anomaly Benchmark, cloned by you: a sanity check of the machinery',
    ],
  ],
  define(command) {
    command
      .addArgument(new Argument('<what>', 'what to evaluate').choices(['detection', 'nab']))
      .option('--worlds <SET>', `which worlds: ${SETS.join(' or ')}`, SETS[0])
      .option('--world <N>', 'only the N-th world of the set')
      .option('--history <FILE>', 'an NDJSON history instead of worlds; may end in .gz')
      .option('--labels <FILE>', 'with --history: its labels, as JSON')
      .option('--dir <PATH>', 'with nab: a clone of github.com/numenta/NAB')
      .option('--no-peers', 'leave the peers out: twice as fast')
      .option('--report <FILE>', 'where to draw the page', DEFAULT_REPORT)
      .option('--json', 'print the numbers as JSON')
  },
  async run(context, options, args) {
    if (args[0] === 'nab') return runNab(context, options)
    const evaluations = await evaluateAll(context, options)
    const { summarise } = await import('../evaluation/summary.ts')
    const { evaluationPage } = await import('../evaluation/page.ts')
    const { summaryText } = await import('../evaluation/text.ts')
    const summary = summarise(evaluations)
    const report = path.resolve(context.io.cwd, String(options.report))
    mkdirSync(path.dirname(report), { recursive: true })
    writeFileSync(report, evaluationPage(summary, evaluations))
    if (options.json) context.output.json(summary)
    else context.output.data(summaryText(summary))
    context.output.say(`drawn: ${report}`)
    return EXIT.ok
  },
}

async function runNab({ io, output }: CommandContext, options: CommandOptions): Promise<ExitCode> {
  if (options.dir === undefined) throw new CommandError(EXIT.usage, 'nab needs --dir, where you cloned NAB')
  const { readCorpus } = await import('../evaluation/nab/corpus.ts')
  const { evaluateNab } = await import('../evaluation/nab/evaluate.ts')
  const { nabText } = await import('../evaluation/text.ts')
  const result = evaluateNab(readCorpus(path.resolve(io.cwd, String(options.dir))))
  if (options.json) output.json(result)
  else output.data(nabText(result))
  return EXIT.ok
}

async function evaluateAll({ io }: CommandContext, options: CommandOptions): Promise<readonly Evaluation[]> {
  const { evaluateHistory, evaluateWorld } = await import('../evaluation/evaluate.ts')
  const withPeers = options.peers !== false
  if (options.history !== undefined || options.labels !== undefined) {
    if (options.history === undefined || options.labels === undefined) {
      throw new CommandError(EXIT.usage, '--history and --labels go together')
    }
    const [history, labels] = [options.history, options.labels].map(file =>
      path.resolve(io.cwd, String(file)),
    )
    return [await evaluateHistory(history!, labels!, withPeers, () => {})]
  }
  const { CALIBRATION_WORLDS, HELD_OUT_WORLDS } = await import('../evaluation/worlds.ts')
  if (!SETS.some(set => set === options.worlds)) {
    throw new CommandError(EXIT.usage, `--worlds must be ${SETS.join(' or ')}`)
  }
  const set = options.worlds === 'calibration' ? CALIBRATION_WORLDS : HELD_OUT_WORLDS
  const number = Number(options.world)
  const worlds = options.world === undefined ? set : set.slice(number - 1, number)
  if (worlds.length === 0) throw new CommandError(EXIT.usage, `--world must be 1 to ${set.length}`)
  const evaluations: Evaluation[] = []
  for (const world of worlds) {
    const progress = createProgress({
      title: world.name,
      total: world.days,
      stream: io.stderr,
      clock: systemClock,
    })
    let fromMs = 0
    evaluations.push(
      await evaluateWorld(world, withPeers, upToMs => {
        fromMs ||= upToMs
        progress.update(Math.round((upToMs - fromMs) / DAY_MS))
      }),
    )
    progress.stop()
  }
  return evaluations
}
