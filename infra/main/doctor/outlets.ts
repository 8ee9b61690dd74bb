// Checks of what leaves: mail, the webhook, the archive of reports, and the browser that prints them.
import { createPdfRenderer } from '../../chromium/renderer.ts'
import { greetSmtp } from '../../smtp/smtp.ts'
import { createMailer } from '../mail-part.ts'
import { openArchive } from '../report-part.ts'
import { type Check, failed, ok, skipped, warning } from './check.ts'

const mail: Check = {
  name: 'mail',
  async look({ config, mode }) {
    const mailer = createMailer(config, mode)
    await mailer.close()
    if (!mailer.isReal) {
      const fix = 'set BCT_SMTP_URL and BCT_MAIL_FROM for mails that reach people'
      return warning(`letters are files in ${mailer.place}`, fix)
    }
    try {
      await greetSmtp(config.smtpUrl!)
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error)
      return failed(`${mailer.place}: ${said}`, 'check host, port, user and password in BCT_SMTP_URL')
    }
    if (config.publicUrl === null) {
      const fix = 'set BCT_PUBLIC_URL to where people reach the page'
      return warning(`${mailer.place} takes letters, but their links lead to this machine`, fix)
    }
    return ok(`${mailer.place} takes letters`)
  },
}

const operator: Check = {
  name: 'operator',
  async look({ config: { operatorEmail } }) {
    if (operatorEmail !== null) return ok('is told by mail of what goes wrong')
    return warning('nobody is told of what goes wrong', 'set BCT_OPERATOR_EMAIL')
  },
}

const archive: Check = {
  name: 'archive',
  async look({ config, mode }) {
    const { archive: opened, close } = await openArchive(config, mode)
    try {
      const paths = await opened.list('reports/')
      return ok(`${opened.place} can be read: ${paths.length} files`)
    } finally {
      close()
    }
  },
}

const browser: Check = {
  name: 'browser',
  async look({ config, clock }) {
    const notes: string[] = []
    const say = (text: string): void => void notes.push(text)
    const renderer = createPdfRenderer({ executablePath: config.chromiumPath, clock, say })
    try {
      const page = '<!doctype html><html lang="en"><title>doctor</title><p>肉と血 𝐺𝑂𝑅𝐸</p></html>'
      const bytes = await renderer.pdf(page, { format: 'A4', title: 'doctor' })
      const says = `prints a page (${bytes.length.toLocaleString('en')} bytes)`
      return ok([says, ...notes].join('; '))
    } finally {
      await renderer.close()
    }
  },
}

const webhook: Check = {
  name: 'webhook',
  async look({ config: { webhookUrl } }) {
    if (webhookUrl === null) return skipped('none is set')
    return ok(`alerts are posted to ${new URL(webhookUrl).origin}; bct alerts test tries it out`)
  },
}

export const OUTLET_CHECKS: readonly Check[] = [mail, operator, webhook, archive, browser]
