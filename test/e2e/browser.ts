// A headless Chromium for the tests: where it comes from, and a page that reports everything that goes wrong
// on it.
import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import puppeteer, { type Browser, type HTTPRequest, type Page } from 'puppeteer-core'

const SYSTEM_PATHS = [
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

/** `CHROME_PATH`, else a system's Chrome or Chromium, else the one that comes from npm. */
async function executable(): Promise<{ readonly path: string; readonly args: readonly string[] }> {
  const own = [process.env.CHROME_PATH, ...SYSTEM_PATHS].find(p => p !== undefined && existsSync(p))
  if (own !== undefined) return { path: own, args: [] }
  // Set before the import: it makes the package bring the libraries that a bare machine lacks.
  process.env.AWS_EXECUTION_ENV ??= 'AWS_Lambda_nodejs20.x'
  const { default: chromium } = await import('@sparticuz/chromium')
  return { path: await chromium.executablePath(), args: chromium.args }
}

export async function launch(): Promise<Browser> {
  const { path: executablePath, args } = await executable()
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return puppeteer.launch({
    executablePath,
    args: [...args, ...sandbox, '--force-color-profile=srgb', '--font-render-hinting=none', '--lang=en-GB'],
  })
}

const HUES = [18, 44, 150, 196, 214, 262, 318, 350]

/** An invented cover: the real host is never asked. */
function cover(request: HTTPRequest): void {
  const digits = Number(/a(\d+)_/.exec(request.url())?.[1] ?? 0)
  const hue = HUES[digits % HUES.length]!
  const r = 8 + (digits % 11)
  const body = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" fill="hsl(${hue} 34% 38%)"/><circle cx="${10 + (digits % 21)}" cy="${12 + (digits % 17)}" r="${r}" fill="hsl(${(hue + 40) % 360} 52% 66%)"/><path d="M0 ${26 + (digits % 9)}L40 ${18 + (digits % 13)}V40H0z" fill="hsl(${hue} 30% 20%)"/></svg>`
  void request.respond({ contentType: 'image/svg+xml', body })
}

/**
 * Longer than anything the page does on purpose; shorter than a test's own bound, so that it says what it
 * waited for.
 */
const WAIT_MS = 25_000
/** Each view has a line of its own: one that is left quickly gives its line up before it stands. */
const LEFT_QUICKLY = /WebSocket is closed before the connection is established/

export interface WatchedPage {
  readonly page: Page
  /** Console errors, uncaught exceptions, dialogs, refused resources, requests to elsewhere. */
  readonly problems: string[]
}

export interface PageOptions {
  readonly width?: number
  readonly height?: number
  readonly dark?: boolean
  readonly covers?: 'drawn' | 'broken'
  /** Console errors that the test itself provokes. */
  readonly expected?: RegExp
}

export async function openPage(
  browser: Browser,
  url: string,
  options: PageOptions = {},
): Promise<WatchedPage> {
  const context = await browser.createBrowserContext()
  const page = await context.newPage()
  const problems: string[] = []
  const note = (text: string): void => {
    if (LEFT_QUICKLY.test(text) || options.expected?.test(text) === true) return
    problems.push(text)
  }
  const width = options.width ?? 1280
  page.setDefaultTimeout(WAIT_MS)
  page.once('close', () => void context.close().catch(() => {}))
  await page.setViewport({
    width,
    height: options.height ?? 900,
    deviceScaleFactor: 1,
    hasTouch: width < 500,
    isMobile: width < 500,
  })
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: options.dark ? 'dark' : 'light' }])
  await page.emulateTimezone('Europe/Berlin')
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warn') note(`console: ${message.text()}`)
  })
  page.on('pageerror', error => note(`exception: ${error instanceof Error ? error.message : String(error)}`))
  page.on('dialog', dialog => {
    note(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  await page.evaluateOnNewDocument(() => {
    document.addEventListener('securitypolicyviolation', event => {
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`)
    })
  })
  await page.setRequestInterception(true)
  page.on('request', request => {
    const { host } = new URL(request.url())
    if (host === 'f4.bcbits.com') {
      if (options.covers === 'broken') void request.abort()
      else cover(request)
      return
    }
    if (!request.url().startsWith(new URL(url).origin) && !request.url().startsWith('data:')) {
      note(`request elsewhere: ${request.url()}`)
    }
    void request.continue()
  })
  await page.goto(url)
  return { page, problems }
}

/** Resolves when numbers stand on the page. */
export async function loaded(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const big = document.querySelector('.kpi .big')
    return big !== null && big.textContent !== '—' && document.querySelector('[aria-busy="true"]') === null
  })
}

/** Resolves when the charts are drawn as well. */
export async function drawn(page: Page): Promise<void> {
  await loaded(page)
  await page.waitForFunction(() =>
    [...document.querySelectorAll('canvas')].every(canvas => canvas.dataset.drawn === 'true'),
  )
}

const SHOTS = path.join(import.meta.dirname, 'screenshots')

export async function shot(page: Page, name: string, fullPage = true): Promise<void> {
  mkdirSync(SHOTS, { recursive: true })
  await page.screenshot({ path: path.join(SHOTS, `${name}.png`) as `${string}.png`, fullPage })
}

/** What a person reads there, on one line. */
export const textOf = (page: Page, selector: string): Promise<string> =>
  page.$eval(selector, element => (element.textContent ?? '').replace(/\s+/g, ' '))
