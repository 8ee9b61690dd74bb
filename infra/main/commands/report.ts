// `bct report`: looks at, makes, sends again, lists and verifies daily reports.
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Argument } from 'commander'
import { systemClock } from '../../system/clock.ts'
import {
  addConfigFlags,
  type CommandContext,
  type CommandModule,
  type CommandOptions,
  configFlags,
} from '../command.ts'
import { type Config, loadConfig } from '../config.ts'
import { CommandError, EXIT, type ExitCode } from '../errors.ts'
import { modeOf } from '../mode-of.ts'
import type { ReportCall } from '../report-tools.ts'

const WHATS = ['preview', 'run', 'resend', 'list', 'verify'] as const
const DAY = /^\d{4}-\d\d-\d\d$/
const DEFAULT_DAYS = 14
const MAX_DAYS = 400
const KINDS = ['pdf', 'html', 'csv', 'json'] as const

/** `yesterday`, or a day that the calendar has. */
function dayOf(text: string, today: string, addDays: (day: string, days: number) => string): string {
  if (text === 'yesterday') return addDays(today, -1)
  try {
    if (DAY.test(text) && addDays(text, 0) === text) return text
  } catch {
    // No such day.
  }
  throw new CommandError(
    EXIT.usage,
    `--date: ${JSON.stringify(text)} is no day`,
    'write it as 2026-11-21, or yesterday',
  )
}

function daysOf(text: unknown): number {
  const days = text === undefined ? DEFAULT_DAYS : Number(text)
  if (Number.isInteger(days) && days >= 1 && days <= MAX_DAYS) return days
  throw new CommandError(EXIT.usage, `--days must be a whole number from 1 to ${MAX_DAYS}`)
}

function kindOfFile(out: string): (typeof KINDS)[number] {
  const kind = KINDS.find(ending => out.endsWith(`.${ending}`))
  if (kind !== undefined) return kind
  throw new CommandError(
    EXIT.usage,
    `--out: ${JSON.stringify(out)} says no kind`,
    `end it in .${KINDS.join(', .')}`,
  )
}

/** Writes what the report would be into a file; nothing is kept or sent. */
async function preview(
  call: ReportCall,
  config: Config,
  out: string | undefined,
  cwd: string,
): Promise<ExitCode> {
  const { reports, day, output } = call
  const file = path.resolve(cwd, out ?? `bandcamp-report-${day}.pdf`)
  const kind = kindOfFile(file)
  const { renderCsv } = await import('../../../sinks/report/core/csv.ts')
  const { reportJson } = await import('../../../sinks/report/core/model.ts')
  const { titleOf } = await import('../../../sinks/report/core/render.ts')
  const report = await reports.parts.collect(day, reports.parts.clock.nowMs(), 1)
  const html = reports.parts.html(report, [])
  const content = {
    json: async () => reportJson(report),
    csv: async () => renderCsv(report),
    html: async () => html,
    pdf: () => reports.parts.pdf.pdf(html, { format: config.reportPaper, title: titleOf(report) }),
  }[kind]
  await writeFile(file, await content())
  if (call.json) output.json({ day, file })
  else output.data(file)
  return EXIT.ok
}

async function withReports(
  { io, output, version }: CommandContext,
  options: CommandOptions,
  work: (call: ReportCall, config: Config) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { config } = loadConfig({ flags: configFlags(options), env: io.env, cwd: io.cwd })
  // Only now, so that help and a wrong flag answer at once.
  const { withStore } = await import('../with-store.ts')
  const { openReports } = await import('../report-part.ts')
  const { createTelemetry } = await import('../../system/telemetry.ts')
  const { addDays, dayOf: localDayOf } = await import('../../../sinks/report/core/day.ts')
  const mode = modeOf(config)
  return withStore(config, mode, async store => {
    const { telemetry } = createTelemetry({ level: 'warn', clock: systemClock, version })
    // A world that runs faster, or a recording, has a time of its own: that of what it has sold.
    const worldMs = mode === 'live' ? null : (await store.extent()).watermarkMs
    const clock = worldMs === null ? systemClock : { ...systemClock, nowMs: () => worldMs }
    const publicUrl = () => config.publicUrl
    const reports = await openReports({
      config,
      mode,
      store,
      clock,
      pace: systemClock,
      telemetry,
      version,
      publicUrl,
    })
    try {
      const today = localDayOf(clock.nowMs(), config.reportZone)
      const day = dayOf(String(options.date ?? 'yesterday'), today, addDays)
      const flags = Object.fromEntries(
        ['json', 'dryRun', 'yes', 'mail', 'onlyFailed'].map(name => [name, options[name] === true]),
      ) as Pick<ReportCall, 'json' | 'dryRun' | 'yes' | 'mail' | 'onlyFailed'>
      return await work({ reports, store, io, output, day, ...flags }, config)
    } finally {
      await reports.close()
    }
  })
}

export const command: CommandModule = {
  examples: [
    ['bct report preview --date 2026-11-21', 'a PDF of that day, kept and sent nowhere'],
    ['bct report preview --out day.html', 'yesterday as a page; .csv and .json do, too'],
    ['bct report run --yes', 'yesterday, once: for cron and EventBridge'],
    ['bct report run --date 2026-11-21 --dry-run', 'what would be kept, and how many mails sent'],
    ['bct report run --date 2026-11-21 --mail', 'after a backfill: another version, mailed'],
    ['bct report resend --date 2026-11-21 --only-failed', 'once more to whom it did not reach'],
    ['bct report list', 'what was made, what became of it, when the next is due'],
    ['bct report verify --date 2026-11-21', 'whether archive and numbers are as they were'],
  ],
  define(command) {
    command
      .addArgument(new Argument('<what>', 'what to do').choices(WHATS))
      .option('--date <DAY>', 'a day in the zone of the report', 'yesterday')
      .option('--out <FILE>', 'preview: .pdf, .html, .csv or .json')
      .option('--mail', 'run: mail it, whatever its age, and again where it was mailed before')
      .option('--only-failed', 'resend: to those whose mail was given up')
      .option('--dry-run', 'run, resend: say what would be done, and do nothing')
      .option('--yes', 'run, resend: send without asking')
      .option('--days <N>', `list: how many days (default: ${DEFAULT_DAYS})`)
      .option('--json', 'print as JSON')
    addConfigFlags(command, [
      ...(['mode', 'dataDir', 'dbSchema', 'log', 'allowedLatenessMs', 'publicUrl', 'operatorEmail'] as const),
      ...([
        'reportZone',
        'reportAt',
        'reportPaper',
        'reportArchive',
        's3Endpoint',
        's3Region',
        'chromiumPath',
      ] as const),
    ])
  },
  async run(context, options, [what]) {
    const days = daysOf(options.days)
    const out = typeof options.out === 'string' ? options.out : undefined
    if (out !== undefined) kindOfFile(out)
    return withReports(context, options, async (call, config) => {
      const tools = await import('../report-tools.ts')
      if (what === 'list') return tools.list(call, days)
      if (what === 'verify') return tools.verify(call)
      if (what === 'resend') return tools.resend(call)
      if (what === 'run') return tools.runDay(call)
      tools.checkOver(call)
      await tools.checkKnown(call)
      return preview(call, config, out, context.io.cwd)
    })
  },
}
