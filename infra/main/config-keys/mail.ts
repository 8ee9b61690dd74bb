// Keys of the configuration: how alerts and reports reach people.
import { createPrivateKey } from 'node:crypto'
import { z } from 'zod'
import { baseUrl, milliseconds } from '../config-values.ts'
import { docs } from './docs.ts'

const SMTP = /^smtps?:\/\/(?:[^\s/@]+@)?[^\s/@:]+(?::\d{1,5})?\/?(?:\?[^\s#]*)?$/
const ADDRESS = /^[^\s@<>"(),:;[\]\\]{1,64}@[a-z0-9.-]{1,255}$/i
/** `Name <address>` or an address alone. */
const SENDER = /^(?:[^<>\r\n"]{0,100}<([^<>]+)>|([^<>\s]+))$/

/** A mailer holds what it sends for five minutes, and begins within two. */
const MAX_SMTP_TIMEOUT_MS = 120_000

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i
const MIN_DKIM_BITS = 1_024

function isDkimKey(text: string): boolean {
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(text)
    return asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_DKIM_BITS
  } catch {
    return false
  }
}

/** Empty: null. */
const orNull = (isGood: (text: string) => boolean, error: string) =>
  z
    .string()
    .refine(text => text === '' || isGood(text), { error })
    .transform(text => (text === '' ? null : text))

const isHttp = (text: string): boolean => /^https?:$/.test(URL.canParse(text) ? new URL(text).protocol : '')

export const mailKeys = {
  publicUrl: z.union([z.literal('').transform(() => null), baseUrl]).register(docs, {
    default: '',
    says: 'Address of the page as people reach it, for links in mails; empty: where it listens',
    group: 'Mail',
    value: 'URL',
  }),
  signUp: z.enum(['on', 'off']).register(docs, {
    default: 'on',
    says: 'Whether people can subscribe on the page; the operator can add them either way',
    group: 'Mail',
    value: 'on|off',
  }),
  smtpUrl: orNull(text => SMTP.test(text), 'is not smtp://user:password@host:587 or smtps://…:465').register(
    docs,
    {
      default: '',
      says: 'Mail server, as smtp://user:password@host:587; empty: mails are .eml files in the data folder',
      group: 'Mail',
      value: 'URL',
      secret: true,
    },
  ),
  smtpTimeoutMs: milliseconds(1_000, MAX_SMTP_TIMEOUT_MS).register(docs, {
    default: '120000',
    says: 'How long the mail server may take for one letter, in milliseconds; then it is tried again later',
    group: 'Mail',
    value: 'MS',
  }),
  mailFrom: z
    .string()
    .refine(text => {
      const match = SENDER.exec(text)
      return match !== null && ADDRESS.test(match[1] ?? match[2] ?? '')
    }, 'is not an address such as Bandcamp Tracker <tracker@example.org>')
    .register(docs, {
      default: 'Bandcamp Tracker <tracker@localhost>',
      says: 'Who mails come from',
      group: 'Mail',
      value: 'NAME <ADDRESS>',
    }),
  dkimDomain: orNull(text => HOST_NAME.test(text), 'is not a domain such as example.org').register(docs, {
    default: '',
    says: 'Domain that signs letters (DKIM), that of mailFrom; empty: they are not signed here',
    group: 'Mail',
    value: 'DOMAIN',
  }),
  dkimSelector: orNull(text => HOST_NAME.test(text), 'is not a selector such as bct2026').register(docs, {
    default: '',
    says: 'Its public key is in DNS, as TXT of SELECTOR._domainkey.DOMAIN',
    group: 'Mail',
    value: 'SELECTOR',
  }),
  dkimKey: orNull(isDkimKey, 'is not an RSA private key of 1,024 bits or more (PEM)').register(docs, {
    default: '',
    says: 'Private key that signs letters, PEM; best as a file, BCT_DKIM_KEY_FILE',
    group: 'Mail',
    value: 'PEM',
    secret: true,
  }),
  operatorEmail: orNull(text => ADDRESS.test(text), 'is not an e-mail address').register(docs, {
    default: '',
    says: 'Who hears of a silent feed and of reports that fail; empty: nobody, by mail',
    group: 'Mail',
    value: 'ADDRESS',
  }),
  webhookUrl: orNull(isHttp, 'is not an http or https URL').register(docs, {
    default: '',
    says: 'Every alert is posted here as JSON, signed; empty: nowhere',
    group: 'Mail',
    value: 'URL',
    secret: true,
  }),
  webhookSecret: orNull(
    text => /^whsec_[A-Za-z0-9+/]{24,}={0,2}$/.test(text),
    'is not whsec_ and at least 24 base64 characters',
  ).register(docs, {
    default: '',
    says: 'Signs posts to the webhook (standardwebhooks.com), as whsec_…',
    group: 'Mail',
    value: 'SECRET',
    secret: true,
  }),
}

type MailSettings = z.infer<z.ZodObject<typeof mailKeys>>

/** DMARC's relaxed alignment, without the list of public suffixes: the same, or one above the other. */
function isAligned(domain: string, mailFrom: string): boolean {
  const from = mailFrom.replace(/>$/, '').split('@').at(-1)!.toLowerCase()
  const signing = domain.toLowerCase()
  return from === signing || from.endsWith(`.${signing}`) || signing.endsWith(`.${from}`)
}

export function checkMail(
  config: MailSettings,
  refuse: (key: 'webhookSecret' | 'dkimDomain' | 'dkimSelector' | 'dkimKey', message: string) => void,
): void {
  if (config.webhookUrl !== null && config.webhookSecret === null) {
    refuse('webhookSecret', 'must be set where webhookUrl is: whoever gets a post must be able to check it')
  }
  const dkim = ['dkimDomain', 'dkimSelector', 'dkimKey'] as const
  const missing = dkim.filter(key => config[key] === null)
  if (missing.length > 0 && missing.length < dkim.length) {
    for (const key of missing) refuse(key, `must be set too: signing needs ${dkim.join(', ')}`)
  }
  const { dkimDomain, mailFrom } = config
  if (dkimDomain !== null && !isAligned(dkimDomain, mailFrom)) {
    refuse('dkimDomain', 'must be the domain of mailFrom, or one above or below it: others count for nothing')
  }
}
