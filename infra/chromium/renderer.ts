// Prints HTML with Chromium: tagged, with an outline, cut off from every network, the same bytes each time.
import { execFile } from 'node:child_process'
import puppeteer, { type Page, type Browser as Running } from 'puppeteer-core'
import { escapeHtml } from '../../schemas/html.ts'
import { type Clock, OutageError, type PdfOptions, type PdfRenderer, SetupError } from '../ports.ts'
import { type Browser, findBrowser, unpackSparticuz } from './find.ts'
import { fontRules } from './fonts.ts'
import { withoutClock } from './normalise.ts'

/** A browser that nobody needs costs 150 MB. */
const IDLE_MS = 60_000
const LAUNCH_TIMEOUT_MS = 30_000
const COMPLAINT_TIMEOUT_MS = 20_000
/** Ten times what a report takes on a slow machine. */
const PRINT_TIMEOUT_MS = 30_000

export interface PdfRendererOptions {
  /** `chromiumPath`; null: the browser that is found. */
  readonly executablePath: string | null
  /** For closing a browser that has been idle. */
  readonly clock: Clock
  /** Hears in a sentence what is not as one might expect: a browser without its sandbox. */
  readonly say?: (text: string) => void
  readonly idleMs?: number
  /** Looked for in `PATH`, and unpacked where none is found; for tests. */
  readonly find?: () => Promise<Browser>
}

/** Nothing may be asked of the network, by whatever way; what stays is decided by `onlyData`. */
const ARGS = [
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-extensions',
  '--disable-sync',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--host-resolver-rules=MAP * ~NOTFOUND',
  '--proxy-server=127.0.0.1:9',
  '--proxy-bypass-list=<-loopback>',
  '--font-render-hinting=none',
  '--export-tagged-pdf',
]

const isRoot = () => process.getuid?.() === 0

function launch(browser: Browser, sandbox: boolean): Promise<Running> {
  const args = [...ARGS, ...browser.args, ...(sandbox ? [] : ['--no-sandbox', '--disable-setuid-sandbox'])]
  return puppeteer.launch({
    executablePath: browser.path,
    headless: true,
    pipe: true,
    args,
    timeout: LAUNCH_TIMEOUT_MS,
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  })
}

/** What a browser that does not start says of it; the library hears nothing of that. */
async function complaintOf(browser: Browser): Promise<string> {
  const args = [...ARGS, ...browser.args, '--headless', '--dump-dom', 'about:blank']
  return new Promise(resolve => {
    const options = { timeout: COMPLAINT_TIMEOUT_MS, killSignal: 'SIGKILL' } as const
    execFile(browser.path, args, options, (_, __, said) => resolve(said))
  })
}

/** The line that says why it ended, where one does. */
function reasonOf(said: string): string | undefined {
  const lines = said.split('\n').map(line => line.trim())
  const isReason = (line: string) => /FATAL|error while loading|cannot execute|not found/i.test(line)
  return lines.find(isReason)?.replace(/^\[[^\]]*\]\s*/, '')
}

/** With the sandbox unless the process is root, or the machine (a container) allows none. */
async function start(browser: Browser, say: (text: string) => void): Promise<Running> {
  const without = (why: string) => {
    say(
      `Chromium prints the report without its sandbox: ${why}. It sees nothing but our own HTML, scripts off`,
    )
    return launch(browser, false)
  }
  let said = ''
  try {
    if (isRoot()) return await without('the process is root')
    return await launch(browser, true).catch(async error => {
      said = await complaintOf(browser)
      if (!/sandbox/i.test(said)) throw error
      return without('this machine allows none, as most containers do')
    })
  } catch (error) {
    const first = reasonOf(said) ?? String(error).split('\n')[0] ?? ''
    throw new SetupError(
      `${browser.path} did not start: ${first}`,
      'run it by hand with --headless --dump-dom about:blank to see why, or set BCT_CHROMIUM_PATH to another one',
      { cause: error },
    )
  }
}

/** The document with the title that the PDF is to have, and with its fonts. */
function prepared(html: string, title: string, rules: string): string {
  const element = `<title>${escapeHtml(title)}</title>`
  const head = `${element}<style>${rules}</style>`
  const rest = html.replace(/<title>[^<]*<\/title>/i, '')
  return /<head[^>]*>/i.test(rest)
    ? rest.replace(/<head[^>]*>/i, found => `${found}${head}`)
    : `${head}${rest}`
}

/** Everything but what stands in the document itself is refused. */
async function onlyData(page: Page): Promise<void> {
  await page.setJavaScriptEnabled(false)
  await page.setOfflineMode(true)
  await page.setRequestInterception(true)
  page.on('request', request => {
    const own = /^(data|about):/.test(request.url())
    ;(own ? request.continue() : request.abort()).catch(() => {})
  })
}

async function print(running: Running, html: string, { format }: PdfOptions): Promise<Uint8Array> {
  // A context of its own: nothing of one document is left for the next.
  const context = await running.createBrowserContext()
  try {
    const page = await context.newPage()
    await onlyData(page)
    await page.setContent(html, { waitUntil: 'load', timeout: PRINT_TIMEOUT_MS })
    return await page.pdf({
      format: format === 'A4' ? 'a4' : 'letter',
      preferCSSPageSize: true,
      printBackground: true,
      tagged: true,
      outline: true,
      timeout: PRINT_TIMEOUT_MS,
    })
  } finally {
    await context.close().catch(() => {})
  }
}

/**
 * One browser, started with the first document, kept warm, closed when nobody printed for a minute. Documents
 * are printed one after the other. Rejects with `SetupError` where there is no browser or it does not start,
 * with `OutageError` where it died twice over one document.
 */
export function createPdfRenderer(options: PdfRendererOptions): PdfRenderer {
  const { clock, executablePath, idleMs = IDLE_MS, say = () => {} } = options
  const unpack = unpackSparticuz
  const find = options.find ?? (() => findBrowser({ executablePath, env: process.env, unpack }))
  let running: Promise<Running> | null = null
  let idle: AbortController | null = null
  let last: Promise<unknown> = Promise.resolve()
  let closed = false

  async function browser(): Promise<Running> {
    const known = running === null ? null : await running.catch(() => null)
    if (known?.connected) return known
    const started = find().then(found => start(found, say))
    running = started
    return started
  }

  async function stop(): Promise<void> {
    const known = running
    running = null
    const live = await known?.catch(() => null)
    await live?.close().catch(() => live.process()?.kill('SIGKILL'))
  }

  function stopWhenIdle(): void {
    const waiting = new AbortController()
    idle = waiting
    clock.sleep(idleMs, waiting.signal).then(() => {
      if (!waiting.signal.aborted) last = last.then(() => (waiting.signal.aborted ? undefined : stop()))
    })
  }

  async function printed(html: string, pdf: PdfOptions): Promise<Uint8Array> {
    idle?.abort()
    const document = prepared(html, pdf.title, await fontRules(html))
    try {
      return await print(await browser(), document, pdf)
    } catch (error) {
      if (error instanceof SetupError) throw error
      // It may have been killed since the last one, or hang: a new one settles which it is.
      await stop()
      return await print(await browser(), document, pdf)
    } finally {
      stopWhenIdle()
    }
  }

  return {
    async pdf(html, pdf) {
      if (closed) throw new Error('this renderer is closed')
      const mine = last.then(() => printed(html, pdf))
      last = mine.catch(() => {})
      try {
        return withoutClock(await mine)
      } catch (error) {
        if (error instanceof SetupError) throw error
        throw new OutageError('chromium', `Chromium did not print: ${String(error)}`, { cause: error })
      }
    },
    async close() {
      closed = true
      idle?.abort()
      await last
      await stop()
    },
  }
}
