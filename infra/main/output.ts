// What a command writes: data on stdout, messages on stderr, colour only where a person looks at it.
import pc from 'picocolors'

/** The parts of a stream that commands need; tests hand in their own. */
export interface OutputStream {
  write(text: string): unknown
  readonly isTTY?: boolean
}

/** The world of a command. */
export interface Io {
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** Asks whoever sits at the terminal, and gives a line; absent where nobody does. */
  readonly ask?: (question: string) => Promise<string>
}

export type Colors = ReturnType<typeof pc.createColors>

export interface Output {
  /** Colours for data. */
  readonly colors: Colors
  /** One line (or several) of data, on stdout. */
  data(text: string): void
  /** One JSON document, on stdout. */
  json(value: unknown): void
  /** One line for the person, on stderr. */
  say(text: string): void
  /** What went wrong and what to do, on stderr. */
  problem(message: string, fix: string | null): void
}

/** `NO_COLOR`, `TERM=dumb` and `--no-color` are obeyed; a pipe gets none. */
function colorsFor(stream: OutputStream, io: Io, wanted: boolean): Colors {
  const forbidden = !wanted || Boolean(io.env.NO_COLOR) || io.env.TERM === 'dumb'
  return pc.createColors(stream.isTTY === true && !forbidden)
}

export function createOutput(io: Io, wantColor: boolean): Output {
  const err = colorsFor(io.stderr, io, wantColor)
  return {
    colors: colorsFor(io.stdout, io, wantColor),
    data: text => void io.stdout.write(`${text}\n`),
    json: value => void io.stdout.write(`${JSON.stringify(value, null, 2)}\n`),
    say: text => void io.stderr.write(`${text}\n`),
    problem(message, fix) {
      io.stderr.write(`${err.red('error:')} ${message}\n`)
      if (fix !== null) io.stderr.write(`${err.cyan('→')} ${fix}\n`)
    },
  }
}

/** Columns padded to their widest cell, two spaces apart, no trailing spaces. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length)
  }
  const line = (row: readonly string[]) => row.map((cell, i) => cell.padEnd(widths[i]!)).join('  ')
  return rows.map(row => line(row).trimEnd()).join('\n')
}
