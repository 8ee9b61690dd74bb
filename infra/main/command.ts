// What every command of `bct` looks like, and the configuration flags that most of them share.
import { type Command, Option } from 'commander'
import type { ConfigKey } from './config.ts'
import { CONFIG_KEYS, docOf, flagOf } from './config-schema.ts'
import type { ExitCode } from './errors.ts'
import type { Io, Output } from './output.ts'

export interface CommandContext {
  readonly io: Io
  readonly output: Output
  readonly version: string
}

/** What the parser found, by camel-case name. */
export type CommandOptions = Readonly<Record<string, unknown>>

export interface CommandModule {
  /** Lines such as `bct status --json`, each with what it is good for. */
  readonly examples: readonly (readonly [string, string])[]
  /** Adds arguments and options. */
  define(command: Command): void
  run(context: CommandContext, options: CommandOptions, args: readonly string[]): Promise<ExitCode>
}

/** Which log, and how to reach it: what every tool that reads one takes. */
export const LOG_KEYS: readonly ConfigKey[] = [
  'log',
  'kafkaBrokers',
  'kafkaTopicPrefix',
  'kinesisRegion',
  'kinesisStreamPrefix',
]

/** A flag for each of the keys that may be given by flag. */
export function addConfigFlags(command: Command, keys: readonly ConfigKey[] = CONFIG_KEYS): void {
  for (const key of keys) {
    const { says, value, secret, group, default: fallback } = docOf(key)
    if (secret) continue
    const text = fallback === '' ? says : `${says} (default: ${fallback})`
    command.addOption(new Option(`${flagOf(key)} <${value}>`, text).helpGroup(`${group}:`))
  }
}

/** The configuration flags among the options. */
export function configFlags(options: CommandOptions): Partial<Record<ConfigKey, string>> {
  const flags: Partial<Record<ConfigKey, string>> = {}
  for (const key of CONFIG_KEYS) {
    const value = options[key]
    if (typeof value === 'string') flags[key] = value
  }
  return flags
}
