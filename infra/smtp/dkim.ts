// Signs letters (DKIM, RFC 6376), so that receivers know whose they are and that nobody changed them.
import { buffer } from 'node:stream/consumers'
import DKIM from 'nodemailer/lib/dkim'

export interface DkimKey {
  readonly domain: string
  readonly selector: string
  /** RSA, PEM. */
  readonly privateKey: string
}

/**
 * What must not be changed on the way. RFC 8058 wants both headers of one-click unsubscribing signed;
 * nodemailer's own list lacks the second.
 */
const SIGNED = [
  ...['From', 'To', 'Subject', 'Date', 'Message-ID', 'References', 'MIME-Version', 'Content-Type'],
  ...['Auto-Submitted', 'List-Id', 'List-Unsubscribe', 'List-Unsubscribe-Post'],
].join(':')

/** The same bytes for the same letter and key: the signature bears no time. Null: not signed. */
export async function signed(raw: Buffer, key: DkimKey | null): Promise<Buffer> {
  if (key === null) return raw
  const { domain: domainName, selector: keySelector, privateKey } = key
  const dkim = new DKIM({ domainName, keySelector, privateKey, headerFieldNames: SIGNED })
  return buffer(dkim.sign(raw))
}
