// Where the configuration comes from: flags before the environment before .env before the defaults.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parse } from 'dotenv'
import type { z } from 'zod'
import {
  CONFIG_KEYS,
  type Config,
  type ConfigKey,
  configSchema,
  docOf,
  flagOf,
  variableOf,
} from './config-schema.ts'
import { CommandError, EXIT } from './errors.ts'
import { nearest } from './nearest.ts'

export type { Config, ConfigKey } from './config-schema.ts'

export type Origin = 'flag' | 'env' | '.env' | 'default'

export interface LoadedConfig {
  readonly config: Config
  readonly origins: Readonly<Record<ConfigKey, Origin>>
}

export interface ConfigSources {
  /** Texts by key, as the command line gave them. */
  readonly flags?: Readonly<Partial<Record<ConfigKey, string>>>
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Where `.env` is looked for, and what `dataDir` is relative to. */
  readonly cwd?: string
}

export interface ConfigProblem {
  /** The key as its user wrote it: `--port`, `BCT_PORT`. */
  readonly name: string
  readonly origin: Origin
  readonly message: string
  readonly fix: string
}

/** Everything that is wrong with the configuration, at once. */
export class ConfigError extends CommandError {
  readonly problems: readonly ConfigProblem[]
  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(p => `${p.name} (${p.origin}): ${p.message}\n  → ${p.fix}`)
    super(EXIT.usage, `the configuration does not hold:\n${lines.join('\n')}`)
    this.name = 'ConfigError'
    this.problems = problems
  }
}

const PREFIX = 'BCT_'
const FILE_SUFFIX = '_FILE'

interface Found {
  readonly text: string
  readonly origin: Origin
  /** As the user wrote it. */
  readonly name: string
}

type Variables = Readonly<Record<string, string | undefined>>

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

function readDotEnv(cwd: string): Variables {
  try {
    return parse(readFileSync(path.join(cwd, '.env'), 'utf8'))
  } catch (error) {
    if (isMissing(error)) return {}
    throw new CommandError(EXIT.usage, `cannot read .env in ${cwd}`, 'check who may read it', {
      cause: error,
    })
  }
}

const isSecret = (key: ConfigKey) => docOf(key).secret === true

function knownVariables(): string[] {
  return CONFIG_KEYS.flatMap(key => {
    const name = variableOf(key)
    return isSecret(key) ? [name, name + FILE_SUFFIX] : [name]
  })
}

function unknownVariables(variables: Variables, origin: Origin): ConfigProblem[] {
  const known = knownVariables()
  return Object.keys(variables)
    .filter(name => name.startsWith(PREFIX) && !known.includes(name))
    .map(name => {
      const guess = nearest(name, known)
      const fix = guess ? `did you mean ${guess}?` : 'see .env.example for what there is; unset this one'
      return { name, origin, message: 'is not a known variable', fix }
    })
}

/** The value of one key in the environment or in `.env`; empty counts as not set. */
function fromVariables(key: ConfigKey, variables: Variables, origin: Origin): Found | ConfigProblem | null {
  const name = variableOf(key)
  const text = variables[name]
  const fileName = name + FILE_SUFFIX
  const file = isSecret(key) ? variables[fileName] : undefined
  if (!file) return text ? { text, origin, name } : null
  if (text) return { name, origin, message: `is set, and ${fileName} too`, fix: 'unset one of them' }
  try {
    return { text: readFileSync(file, 'utf8').trim(), origin, name: fileName }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { name: fileName, origin, message: `cannot be read: ${reason}`, fix: 'name a file that can be' }
  }
}

function problemOf(issue: z.core.$ZodIssue, found: Readonly<Record<ConfigKey, Found>>): ConfigProblem {
  const key = issue.path[0] as ConfigKey
  const { text, origin, name } = found[key]
  const { default: fallback, value } = docOf(key)
  const shown = isSecret(key) || text === '' ? '' : `${JSON.stringify(text)} `
  const message = issue.code === 'invalid_value' ? `is not one of ${value}` : issue.message
  const guess = issue.code === 'invalid_value' ? nearest(text, value.split('|')) : null
  const unset = text === '' ? 'set it' : 'change it or leave it out'
  const advice = fallback === '' ? unset : `leave it out for the default, ${fallback}`
  const fix = guess ? `did you mean ${guess}?` : advice
  return { name, origin, message: `${shown}${message}`, fix }
}

/**
 * The checked configuration, `dataDir` made absolute.
 * @throws ConfigError with every problem, each naming the key, where its value came from, and what to do.
 */
export function loadConfig(sources: ConfigSources = {}): LoadedConfig {
  const { flags = {}, env = process.env, cwd = process.cwd() } = sources
  const dotEnv = readDotEnv(cwd)
  const problems = [...unknownVariables(env, 'env'), ...unknownVariables(dotEnv, '.env')]
  const found = {} as Record<ConfigKey, Found>
  for (const key of CONFIG_KEYS) {
    const flag = flags[key]
    const first =
      (flag === undefined ? null : { text: flag, origin: 'flag' as const, name: flagOf(key) }) ??
      fromVariables(key, env, 'env') ??
      fromVariables(key, dotEnv, '.env')
    if (first && 'fix' in first) problems.push(first)
    const text = docOf(key).default
    found[key] = first && 'text' in first ? first : { text, origin: 'default', name: variableOf(key) }
  }
  const texts = Object.fromEntries(CONFIG_KEYS.map(key => [key, found[key].text]))
  const result = configSchema.safeParse(texts)
  if (!result.success) problems.push(...result.error.issues.map(issue => problemOf(issue, found)))
  if (problems.length > 0 || !result.success) throw new ConfigError(problems)
  return {
    config: { ...result.data, dataDir: path.resolve(cwd, result.data.dataDir) },
    origins: Object.fromEntries(CONFIG_KEYS.map(key => [key, found[key].origin])) as LoadedConfig['origins'],
  }
}

/** What a data folder holds the sales of. */
export type Mode = 'live' | 'simulated' | 'recorded'

/** The folder of one mode: simulated sales never enter a live store. */
export function modeDir(config: Pick<Config, 'dataDir'>, mode: Mode): string {
  return path.join(config.dataDir, mode)
}

/**
 * The schema of one mode's tables. An embedded database is in the folder of its mode; in one of the
 * operator's own, modes are kept apart by name, as the topics of a shared log are.
 */
export function storeSchema(
  { databaseUrl, dbSchema }: Pick<Config, 'databaseUrl' | 'dbSchema'>,
  mode: Mode,
): string {
  return databaseUrl === null || mode === 'live' ? dbSchema : `${dbSchema}_${mode}`
}

/** `bandcamp-tracker/0.1.0 (+mailto:you@example.org)`: who asks, and how to reach them. */
export function userAgentHeader({ userAgent, contact }: Config, version: string): string {
  return contact === '' ? `${userAgent}/${version}` : `${userAgent}/${version} (+${contact})`
}

/** A value as `config print` shows it: secrets without what is secret in them. */
export function printable(key: ConfigKey, config: Config): string {
  const value = config[key]
  if (value === null) return ''
  const text = Array.isArray(value) ? value.join(',') : String(value)
  if (!isSecret(key)) return text
  if (!URL.canParse(text)) return '(secret)'
  const { protocol, host, pathname } = new URL(text)
  return `${protocol}//***@${host}${pathname}`
}
