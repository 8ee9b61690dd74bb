// `bct subscribers`: who is told of what, for the operator. People themselves use the page and their mails.
import { Argument } from 'commander'
import { SEVERITIES } from '../../../schemas/alerts.ts'
import { keyOf } from '../../../schemas/keys.ts'
import { FOLLOWED_KINDS, FREQUENCIES, type Wishes } from '../../../schemas/subscriptions.ts'
import { wishesSchema } from '../../../schemas/wishes-schema.ts'
import { systemClock } from '../../system/clock.ts'
import { emailOf } from '../address-argument.ts'
import { addConfigFlags, type CommandModule, type CommandOptions, configFlags, LOG_KEYS } from '../command.ts'
import { loadConfig } from '../config.ts'
import { CommandError, EXIT, type ExitCode } from '../errors.ts'
import { modeOf } from '../mode-of.ts'
import type { SubscriberRequest } from '../subscriber-tools.ts'

const WHATS = ['list', 'add', 'remove', 'export'] as const
type What = (typeof WHATS)[number]
/** Options that name keys, each for its dimension. */
const FOLLOWED = ['genre', 'artist', 'country', 'tag', 'format'] as const

/** Of `a, b,c`: a, b and c, as keys are written. */
function listOf(text: unknown): readonly string[] {
  if (text === undefined) return []
  const values = String(text).split(',')
  return values.map(value => value.trim().toLowerCase()).filter(value => value !== '')
}

/** Where the refused part of the wishes came from. */
const FLAGS: readonly (readonly [RegExp, string])[] = [
  [/^alerts\.interest\.keys/, '--genre, --artist, --country, --tag, --format'],
  [/^alerts\.interest\.kinds/, '--kinds'],
  [/^alerts\.interest\.minSeverity/, '--severity'],
  [/^alerts\.frequency/, '--frequency'],
  [/^alerts$/, '--no-alerts'],
  [/^zone/, '--zone'],
]

/** @throws CommandError that names the flag. */
function wishesOf(options: CommandOptions, defaultZone: string): Wishes {
  const keys = FOLLOWED.flatMap(dimension => listOf(options[dimension]).map(value => keyOf(dimension, value)))
  const kinds = options.kinds === undefined ? FOLLOWED_KINDS : listOf(options.kinds)
  const interest = { keys, kinds, minSeverity: options.severity }
  const parsed = wishesSchema.safeParse({
    alerts: options.alerts === false ? null : { interest, frequency: options.frequency },
    report: options.report === true,
    zone: options.zone ?? defaultZone,
  })
  if (parsed.success) return parsed.data
  const { path, message } = parsed.error.issues[0]!
  const flag = FLAGS.find(([pattern]) => pattern.test(path.join('.')))?.[1] ?? 'wishes'
  throw new CommandError(EXIT.usage, `${flag}: ${message}`, 'see bct subscribers --help')
}

export const command: CommandModule = {
  examples: [
    ['bct subscribers list', 'everybody, with what they follow'],
    ['bct subscribers add ann@example.org --genre techno,ambient --severity notable', 'alerts, at once'],
    [
      'bct subscribers add bob@example.org --frequency daily --report --zone Europe/Berlin',
      'a digest, and the report',
    ],
    ['bct subscribers add eve@example.org --no-alerts --report', 'the daily report alone'],
    ['bct subscribers remove ann@example.org', 'forgets her; --yes where nobody can be asked'],
    ['bct subscribers export > subscribers.csv', 'as CSV; --json for JSON'],
  ],
  define(command) {
    command
      .addArgument(new Argument('<what>', 'what to do').choices(WHATS))
      .argument('[email]', 'add, remove: the address')
      .option('--genre <SLUGS>', 'add: genres to follow, with commas between them; none of all: everything')
      .option('--artist <HOSTS>', 'add: artists, by host: artist.bandcamp.com')
      .option('--country <CODES>', 'add: countries, by ISO code: de')
      .option('--tag <TAGS>', 'add: tags')
      .option('--format <FORMATS>', 'add: formats: vinyl, cassette, …')
      .option('--kinds <KINDS>', `add: of ${FOLLOWED_KINDS.join(', ')} (default: all)`)
      .option('--severity <SEVERITY>', `add: ${SEVERITIES.join(', ')}: this and above`, 'notable')
      .option('--frequency <HOW>', `add: ${FREQUENCIES.join(', ')}`, 'instant')
      .option('--zone <ZONE>', 'add: their time zone, such as Europe/Berlin (default: that of the report)')
      .option('--report', 'add: the daily report too')
      .option('--no-alerts', 'add: no alerts')
      .option('--yes', 'remove: without asking')
      .option('--json', 'as JSON')
    addConfigFlags(command, ['mode', 'dataDir', 'dbSchema', ...LOG_KEYS])
  },
  async run({ io, output }, options, [name, address]) {
    const what = name as What
    const { config } = loadConfig({ flags: configFlags(options), env: io.env, cwd: io.cwd })
    const email = what === 'add' || what === 'remove' ? emailOf(address) : ''
    const wishes = what === 'add' ? wishesOf(options, config.reportZone) : null
    const tools = await import('../subscriber-tools.ts')
    const { withStore } = await import('../with-store.ts')
    const work = (request: SubscriberRequest): Promise<ExitCode> => {
      if (what === 'list') return tools.listSubscribers(request)
      if (what === 'export') return tools.exportSubscribers(request)
      if (wishes !== null) return tools.addSubscriber(request, email, wishes)
      return tools.removeSubscriber(request, email, options.yes === true)
    }
    const shared = { io, output, json: options.json === true, nowMs: systemClock.nowMs() }
    return withStore(config, modeOf(config), store => work({ store, ...shared }))
  },
}
