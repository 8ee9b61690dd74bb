// A mailer in memory: what it was given, and every answer that a mail server can give.
import { type Letter, type Mailer, type MailResult, OutageError, SetupError } from '../../infra/ports.ts'

/**
 * What happens to a letter: it is taken, refused for good, put off (4xx), taken without an answer (the
 * connection drops behind the dot), or the server refuses who we are.
 */
export type MailAnswer =
  | 'accept'
  | 'refuse-address'
  | 'refuse-message'
  | 'later'
  | 'drop-after-accepting'
  | 'refuse-login'

export interface FakeMailer extends Mailer {
  /** Every letter that was taken, in order; one that was taken twice stands twice. */
  readonly taken: readonly Letter[]
  /** How many times `send` was called. */
  readonly calls: number
  /** Decides from now on; the default takes everything. */
  answer(how: (letter: Letter) => MailAnswer): void
}

export function createFakeMailer(place = 'smtp://fake:25'): FakeMailer {
  const taken: Letter[] = []
  let calls = 0
  let how: (letter: Letter) => MailAnswer = () => 'accept'
  let closed = false

  function settle(letter: Letter): MailResult {
    const answer = how(letter)
    if (answer === 'later') throw new OutageError('smtp-451', 'the mail server says later')
    if (answer === 'refuse-login') throw new SetupError('the mail server refuses the login', 'check smtpUrl')
    if (answer === 'refuse-address') {
      return { kind: 'refused', what: 'address', answer: '550 5.1.1 no such mailbox' }
    }
    if (answer === 'refuse-message') {
      return { kind: 'refused', what: 'message', answer: '554 5.7.1 not taken' }
    }
    taken.push(structuredClone(letter))
    if (answer === 'drop-after-accepting') {
      throw new OutageError('smtp-drop', 'the mail server closed the connection before it answered')
    }
    return { kind: 'accepted' }
  }

  return {
    place,
    isReal: true,
    taken,
    get calls() {
      return calls
    },
    answer(next) {
      how = next
    },
    async send(letter, signal) {
      if (closed) throw new Error('this mailer is closed')
      signal.throwIfAborted()
      calls++
      return settle(letter)
    },
    async close() {
      closed = true
    },
  }
}
