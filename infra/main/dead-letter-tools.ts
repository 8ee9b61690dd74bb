// `bct dead-letters list`, `show`, `resend` and `discard`: what could not be handled, and what becomes of it.
import { safeText } from '../../schemas/safe-text.ts'
import { floorTo, HOUR_MS } from '../../schemas/time.ts'
import type { EventLog } from '../ports.ts'
import {
  type Letter,
  MAX_LETTERS,
  type Remedy,
  readLetters,
  remedyOf,
  resend,
  settle,
} from './dead-letters.ts'
import { CommandError, EXIT, type ExitCode } from './errors.ts'
import { instantText } from './instant.ts'
import { safeJson } from './log-text.ts'
import { type Output, table } from './output.ts'

const MESSAGE_CHARS = 72
/** What a person may type of an id. */
const LEAST_ID_CHARS = 4

export interface LetterRequest {
  readonly log: EventLog
  readonly output: Output
  readonly json: boolean
  readonly nowMs: number
}

/** Which letters: by id or its beginning, or all; of one stage, one reason. */
export interface Choice {
  readonly ids: readonly string[]
  readonly all: boolean
  readonly stage: string | null
  readonly reason: string | null
}

const plural = (count: number): string => `${count.toLocaleString('en')} dead letter${count === 1 ? '' : 's'}`

export async function listLetters(
  { log, output, json }: LetterRequest,
  asked: Omit<Choice, 'ids' | 'all'> & { readonly settledToo: boolean; readonly limit: number },
): Promise<ExitCode> {
  const { letters, leftOut } = await readLetters(log, !asked.settledToo)
  const fits = letters.filter(each => fitsKind(each, asked))
  const shown = fits.slice(-asked.limit).reverse()
  if (json) {
    output.json(shown.map(({ letter, settled }) => ({ ...letter, settled })))
    return EXIT.ok
  }
  if (fits.length === 0) {
    output.say(asked.settledToo ? 'no dead letters' : 'no open dead letters')
    return EXIT.ok
  }
  output.data(table(kindRows(fits)))
  output.data('')
  output.data(table(shown.map(row)))
  if (shown.length < fits.length)
    output.say(`the newest ${shown.length} of ${fits.length}; more with --limit`)
  if (leftOut > 0) output.say(`${plural(leftOut)} older than the newest ${MAX_LETTERS} are not looked at`)
  return EXIT.ok
}

function row({ letter, settled }: Letter): readonly string[] {
  const { id, atMs, stage, reason, message } = letter
  const end = settled === null ? [] : [`${settled.how} ${instantText(settled.atMs)}`]
  return [
    safeText(id),
    instantText(atMs),
    ...[stage, reason].map(t => safeText(t)),
    safeText(message, MESSAGE_CHARS),
    ...end,
  ]
}

/** How many of each stage and reason, most first. */
function kindRows(letters: readonly Letter[]): readonly (readonly string[])[] {
  const counts = new Map<string, number>()
  for (const { letter } of letters) {
    const kind = `${safeText(letter.stage)}: ${safeText(letter.reason)}`
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  return [...counts].sort((a, b) => b[1] - a[1]).map(([kind, count]) => [kind, count.toLocaleString('en')])
}

const fitsKind = ({ letter }: Letter, { stage, reason }: Pick<Choice, 'stage' | 'reason'>): boolean =>
  (stage === null || letter.stage === stage) && (reason === null || letter.reason === reason)

/** The letters that the choice names; rejects with `notFound` where an id names none, or more than one. */
async function chosen(log: EventLog, choice: Choice, openOnly: boolean): Promise<readonly Letter[]> {
  const { letters } = await readLetters(log, openOnly)
  if (choice.all) return letters.filter(each => fitsKind(each, choice))
  return choice.ids.map(id => {
    const found = letters.filter(({ letter }) =>
      id.length < LEAST_ID_CHARS ? letter.id === id : letter.id.startsWith(id),
    )
    const exact = found.find(({ letter }) => letter.id === id) ?? (found.length === 1 ? found[0] : undefined)
    if (exact !== undefined) return exact
    const why = found.length > 1 ? `${found.length} dead letters begin` : 'no open dead letter begins'
    const fix = found.length > 1 ? 'give more of the id' : 'see bct dead-letters list --settled'
    throw new CommandError(EXIT.notFound, `${why} with ${JSON.stringify(id)}`, fix)
  })
}

export async function showLetter({ log, output, json }: LetterRequest, id: string): Promise<ExitCode> {
  const [found] = await chosen(log, { ids: [id], all: false, stage: null, reason: null }, false)
  const { letter, settled } = found!
  if (json) {
    output.json({ ...letter, settled })
    return EXIT.ok
  }
  const { topic, partition, offset } = letter
  const place = topic === null ? 'in no topic' : `${topic}, partition ${partition}, offset ${offset}`
  const end =
    settled === null ? 'open' : `${settled.how} ${instantText(settled.atMs)} ${safeText(settled.note)}`
  output.data(
    table([
      ['id', safeText(letter.id)],
      ['at', instantText(letter.atMs)],
      ['stage', safeText(letter.stage)],
      ['place', place],
      ['reason', safeText(letter.reason)],
      ['message', safeText(letter.message, Number.POSITIVE_INFINITY)],
      ['now', end.trimEnd()],
    ]),
  )
  output.data(`what came, as a JSON string:\n${safeJson(letter.bytes)}`)
  return EXIT.ok
}

const DRY: Readonly<Record<Remedy['kind'], string>> = {
  readable: 'would be sent',
  refused: 'still refused',
  lost: 'cannot be sent',
}

/** Exits 1 where some of them stay open. */
export async function resendLetters(
  request: LetterRequest,
  choice: Choice,
  dryRun: boolean,
): Promise<ExitCode> {
  const { log, output, json, nowMs } = request
  const letters = await chosen(log, choice, true)
  const results: { id: string; result: string; message: string }[] = []
  const soldMs: number[] = []
  for (const { letter } of letters) {
    const remedy = await remedyOf(log, letter, nowMs)
    if (remedy.kind === 'readable') {
      soldMs.push(remedy.basket.soldAtMs)
      if (!dryRun) await resend(log, letter, remedy, nowMs)
    }
    const result = remedy.kind === 'readable' && !dryRun ? 'sent again' : DRY[remedy.kind]
    results.push({ id: letter.id, result, message: remedy.kind === 'readable' ? '' : remedy.message })
  }
  if (json) output.json(results)
  else if (results.length === 0) output.say('no open dead letters')
  else output.data(table(results.map(r => [safeText(r.id), r.result, safeText(r.message, MESSAGE_CHARS)])))
  if (!dryRun) sayRepair(request, soldMs)
  return soldMs.length === letters.length ? EXIT.ok : EXIT.failure
}

/** Windows that are closed take nothing in: rows have the sale, a replay brings the windows up to it. */
function sayRepair({ output, nowMs }: LetterRequest, soldMs: readonly number[]): void {
  const closed = soldMs.filter(ms => ms < nowMs - HOUR_MS)
  if (closed.length === 0) return
  const from = floorTo(Math.min(...closed), HOUR_MS)
  const to = floorTo(Math.max(...closed), HOUR_MS) + HOUR_MS
  const range = `--from ${instantText(from)} --to ${instantText(to)}`
  output.say(
    'single sales have them as soon as enrich has read them; windows of that time are closed and count them after\n' +
      `bct replay ${range} --late --into repaired && bct replay promote repaired`,
  )
}

export async function discardLetters(
  { log, output, json, nowMs }: LetterRequest,
  choice: Choice,
  note: string,
): Promise<ExitCode> {
  const letters = (await chosen(log, choice, true)).map(each => each.letter)
  if (letters.length > 0) await settle(log, letters, 'discarded', note, nowMs)
  if (json) output.json({ discarded: letters.map(({ id }) => id) })
  else output.say(letters.length === 0 ? 'no open dead letters' : `discarded ${plural(letters.length)}`)
  return EXIT.ok
}
