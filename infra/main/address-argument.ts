// Mail addresses as people write them on the command line.
import { normaliseAddress } from '../../schemas/addresses.ts'
import { CommandError, EXIT } from './errors.ts'

/** @throws CommandError that does not repeat what it refuses: logs keep what a terminal shows. */
export function emailOf(text: unknown): string {
  const address = typeof text === 'string' ? normaliseAddress(text) : null
  if (address !== null) return address
  const what = text === undefined ? 'an address is missing' : 'this is not a mail address'
  throw new CommandError(EXIT.usage, what, 'write it as ann@example.org, without a name')
}
