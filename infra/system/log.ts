// Log lines on stderr: JSON for machines, one short line each for a person at a terminal.
import pino, { type Logger } from 'pino'
import type { Clock } from '../ports.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'
export type LogFields = Readonly<Record<string, unknown>>

/** Longest text in a field: names and messages from outside may be of any length. */
const MAX_TEXT_CHARS = 500
const STDERR_FD = 2
const CLOCK_CHARS = { from: 11, to: 19 }

/** Where lines go; each ends with a newline. */
export type LogWriter = (line: string) => void

export interface LogOptions {
  readonly level: LogLevel
  /** A line for people instead of JSON. */
  readonly pretty: boolean
  readonly clock: Clock
  /** Default: stderr, written at once, so that nothing is lost in a crash. */
  readonly write?: LogWriter
}

/** Text that cannot drive a terminal or turn its direction: controls and bidi overrides become `�`. */
export function harmless(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is here to remove
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, '\ufffd')
}

function bounded(value: unknown): unknown {
  if (value instanceof Error) return bounded(value.message)
  if (typeof value !== 'string' || value.length <= MAX_TEXT_CHARS) return value
  return `${value.slice(0, MAX_TEXT_CHARS)}…`
}

/** `14:03:22 warn poll the feed does not answer code=429`: the JSON line for a person. */
export function prettyLine(json: string): string {
  const { ts, level, msg, component, ...rest } = JSON.parse(json) as Record<string, unknown>
  const fields = Object.entries(rest).map(([key, value]) => `${key}=${harmless(String(value))}`)
  const head = [
    String(ts).slice(CLOCK_CHARS.from, CLOCK_CHARS.to),
    level === 'info' ? null : level,
    component,
  ]
  const words = [...head, harmless(String(msg)), ...fields]
  return `${words.filter(word => word !== null && word !== undefined).join(' ')}\n`
}

function stderrWriter(): LogWriter {
  const destination = pino.destination({ fd: STDERR_FD, sync: true })
  // A reader that went away (EPIPE) must not take the process with it.
  destination.on('error', () => undefined)
  return line => destination.write(line)
}

/** Says one line; never throws. `component` names the stage or adapter that speaks. */
export type Say = (level: LogLevel, component: string, message: string, fields?: LogFields) => void

export function createLog({ level, pretty, clock, write = stderrWriter() }: LogOptions): Say {
  const logger: Logger = pino(
    {
      level,
      base: null,
      timestamp: () => `,"ts":"${new Date(clock.nowMs()).toISOString()}"`,
      formatters: { level: label => ({ level: label }) },
    },
    { write: line => write(pretty ? prettyLine(line) : line) },
  )
  return (lineLevel, component, message, fields = {}) => {
    try {
      if (lineLevel === 'silent' || !logger.isLevelEnabled(lineLevel)) return
      const safe = Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, bounded(value)]))
      logger[lineLevel]({ component, ...safe }, String(bounded(message)))
    } catch {
      // Telling must never break what is told about.
    }
  }
}
