// What a mail server's answer means for us: refused for good, later, or not with this configuration.
import { type MailResult, OutageError, SetupError } from '../ports.ts'

/** What nodemailer throws, as far as it matters. */
export interface SmtpTrouble {
  readonly message: string
  /** `EAUTH`, `ETLS`, `ESOCKET`, … */
  readonly code?: string | undefined
  /** Of the system or of OpenSSL, where `code` hides it. */
  readonly originalCode?: string | undefined
  /** 421, 550, … where the server said something. */
  readonly responseCode?: number | undefined
  readonly response?: string | undefined
  /** What it was an answer to: `CONN`, `EHLO`, `STARTTLS`, `AUTH PLAIN`, `MAIL FROM`, `RCPT TO`, `DATA`. */
  readonly command?: string | undefined
}

/** Kept of what a server says. */
const MAX_ANSWER_CHARS = 300
const MAX_READ_CHARS = 2_000
const CERTIFICATE =
  /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|ALTNAME|HOSTNAME_MISMATCH|ERR_TLS_CERT/

/** Servers like to repeat whom they refuse; logs and the outbox are no place for that. */
const MAIL_ADDRESS = /[^\s<>()[\]"',;:]+@[^\s<>()[\]"',;:]+/g

const answerOf = (trouble: SmtpTrouble): string =>
  (trouble.response ?? trouble.message)
    .slice(0, MAX_READ_CHARS)
    .replace(/\p{Cc}+/gu, ' ')
    .replace(MAIL_ADDRESS, '(address)')
    .slice(0, MAX_ANSWER_CHARS)

const setup = (what: string, fix: string, trouble: SmtpTrouble): SetupError =>
  new SetupError(`the mail server ${what}: ${answerOf(trouble)}`, fix, { cause: trouble })

/** The server asks for a login before anything else. */
const wantsLogin = ({ responseCode, response = '' }: SmtpTrouble): boolean =>
  responseCode === 530 || /^5\d\d 5\.7\.0\b.*auth/i.test(response)

/** Too large, or too much for the mailbox: of this message, not of who we are. */
const isSize = ({ responseCode, response = '' }: SmtpTrouble): boolean =>
  responseCode === 552 || /^5\d\d[ -]5\.3\.4\b/.test(response)

/** Enhanced status 5.7.x: a rule of the server's, such as "relay denied". Says nothing of the mailbox. */
const isPolicy = ({ response = '' }: SmtpTrouble): boolean => /^5\d\d[ -]5\.7\.\d/.test(response)

function refusal(trouble: SmtpTrouble): MailResult {
  const { command = '' } = trouble
  const answer = answerOf(trouble)
  if (command === 'RCPT TO' && !isPolicy(trouble)) return { kind: 'refused', what: 'address', answer }
  if (command === 'MAIL FROM' && !isSize(trouble)) {
    throw setup('does not take mail from us', 'check mailFrom and who may send as it', trouble)
  }
  return { kind: 'refused', what: 'message', answer }
}

function atConnection(trouble: SmtpTrouble): SetupError | null {
  const { code = '', originalCode = '', command = '', message } = trouble
  const isOurs = trouble.response === undefined && /certificate|altnames/i.test(message)
  if (isOurs || CERTIFICATE.test(originalCode) || CERTIFICATE.test(code)) {
    return setup('has a certificate that is not trusted', 'check the host of smtpUrl', trouble)
  }
  if (code === 'ETLS' && command === 'STARTTLS' && trouble.responseCode !== undefined) {
    return setup(
      'offers no TLS, and a password is not sent without',
      'use smtps:// with its port, or no password in smtpUrl',
      trouble,
    )
  }
  return null
}

/**
 * The result of a failed send, or an `OutageError` or `SetupError` thrown. An answer of 4xx is for later.
 * One of 5xx is for good: of the address after RCPT TO, of who we are after AUTH and MAIL FROM, else of the
 * message. Without an answer something may be there all the same: for later.
 */
export function meaningOf(trouble: SmtpTrouble): MailResult {
  const { code = 'unknown', originalCode, responseCode, command = '' } = trouble
  const isPermanent = responseCode !== undefined && responseCode >= 500 && responseCode < 600
  if (isPermanent) {
    if (code === 'EAUTH' || wantsLogin(trouble)) {
      throw setup('refuses the login', 'check user and password in smtpUrl', trouble)
    }
    const isOfTheLetter = command === 'MAIL FROM' || command === 'RCPT TO' || command === 'DATA'
    if (isOfTheLetter) return refusal(trouble)
  }
  const wrong = atConnection(trouble)
  if (wrong !== null) throw wrong
  // No answer, since nodemailer saw that it could not be sent: too large, or an address it cannot write.
  if (responseCode === undefined && code === 'EMESSAGE') return refusal({ ...trouble, command: 'DATA' })
  if (responseCode === undefined && code === 'EENVELOPE') return refusal({ ...trouble, command: 'RCPT TO' })
  const short = responseCode === undefined ? (originalCode ?? code) : String(responseCode)
  throw new OutageError(`smtp-${short.toLowerCase()}`, `the mail server: ${answerOf(trouble)}`, {
    cause: trouble,
  })
}
