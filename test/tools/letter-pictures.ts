// Draws every kind of letter as mailboxes do, to be looked at: `npm run letter-pictures -- [--out DIR]`.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import puppeteer, { type Browser, type HTTPRequest } from 'puppeteer-core'
import { findBrowser, unpackSparticuz } from '../../infra/chromium/find.ts'
import { createPainter } from '../../infra/resvg/painter.ts'
import type { MessageContent } from '../../schemas/subscriptions.ts'
import { writeLetter } from '../../sinks/alert-mailer/letters/writing.ts'
import { CONTENTS, MORE_CONTENTS, reportContents } from '../support/letter-contents.ts'
import { alertOf, subscriberOf, WINDOW_END_MS } from '../support/letters.ts'

/** How somebody may read it: in a window or on a phone, by day or by night, with or without pictures. */
const READINGS = [
  { name: 'light', width: 720, isDark: false, hasPictures: true },
  { name: 'dark', width: 720, isDark: true, hasPictures: true },
  { name: 'phone', width: 390, isDark: false, hasPictures: true },
  { name: 'phone-dark', width: 390, isDark: true, hasPictures: true },
  { name: 'blocked', width: 720, isDark: false, hasPictures: false },
  { name: 'blocked-dark', width: 390, isDark: true, hasPictures: false },
] as const

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(import.meta.dirname, '../../dist/letters') },
    /** Only letters, and readings, whose name has this in it. */
    only: { type: 'string', default: '' },
    reading: { type: 'string', default: '' },
    simulated: { type: 'boolean', default: false },
    /** Draws docs/samples/alert-mail.png as well. */
    sample: { type: 'boolean', default: false },
  },
})

/** Where the browser asks for what a letter brings with it. */
const ATTACHED = 'https://attached.example/'

/** An invented cover: the real host is never asked. */
function cover(url: string): string {
  const hue = Number(/a(\d+)_/.exec(url)?.[1] ?? 0) % 360
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40"
fill="hsl(${hue} 34% 38%)"/><circle cx="26" cy="14" r="11" fill="hsl(${(hue + 40) % 360} 52% 66%)"/></svg>`
}

function answer(request: HTTPRequest, chart: Uint8Array | null, hasPictures: boolean): void {
  const url = request.url()
  if (hasPictures && url.startsWith(ATTACHED) && chart !== null) {
    void request.respond({ contentType: 'image/png', body: Buffer.from(chart) })
  } else if (hasPictures && url.includes('.bcbits.com/')) {
    void request.respond({ contentType: 'image/svg+xml', body: cover(url) })
  } else void request.abort()
}

interface Reading {
  readonly width: number
  readonly isDark: boolean
  readonly hasPictures: boolean
  readonly scale?: number
}

/** Names that every machine has letters for, and a cover for each. */
const sample = alertOf({
  topReleases: alertOf().topReleases.map((release, i) => ({
    ...release,
    title: ['Night Bus to Neukölln', 'Blood over Bone', 'Low Tide (Version)'][i]!,
    artUrl: `https://f4.bcbits.com/img/a${200 + 130 * i}_7.jpg`,
  })),
})
const SAMPLE_FILE = join(import.meta.dirname, '../../docs/samples/alert-mail.png')

interface Page {
  readonly html: string
  readonly chart: Uint8Array | null
}

async function draw(
  browser: Browser,
  { html, chart }: Page,
  { width, isDark, hasPictures, scale = 1 }: Reading,
): Promise<Uint8Array> {
  const page = await browser.newPage()
  try {
    await page.setViewport({ width, height: 400, deviceScaleFactor: scale })
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: isDark ? 'dark' : 'light' }])
    await page.setRequestInterception(true)
    page.on('request', request => answer(request, chart, hasPictures))
    await page.setContent(html, { waitUntil: 'load' })
    return await page.screenshot({ fullPage: true })
  } finally {
    await page.close()
  }
}

const site = {
  publicUrl: 'https://tracker.example',
  linkSecret: new Uint8Array(32).fill(3),
  isSimulated: values.simulated,
  operatorEmail: 'ops@tracker.example',
  painter: createPainter(),
  attachments: async () => [],
}

async function pageOf(name: string, content: MessageContent) {
  const message = {
    id: name,
    content,
    recipient: 'ada@listener.example',
    postedAtMs: WINDOW_END_MS + 168_000,
  }
  const letter = await writeLetter(site, message, content.kind === 'operator' ? null : subscriberOf())
  const html = letter.html.replaceAll('cid:', ATTACHED)
  const chart = letter.attachments.find(({ contentId }) => contentId !== undefined)?.content ?? null
  return { letter, html, chart }
}

async function write(browser: Browser, name: string, content: MessageContent): Promise<void> {
  const { letter, ...page } = await pageOf(name, content)
  writeFileSync(join(values.out, `${name}.html`), letter.html)
  writeFileSync(join(values.out, `${name}.txt`), `Subject: ${letter.subject}\n\n${letter.text}`)
  for (const reading of READINGS.filter(each => each.name.includes(values.reading))) {
    const picture = await draw(browser, page, reading)
    writeFileSync(join(values.out, `${name}.${reading.name}.png`), picture)
  }
  process.stdout.write(`${name}: ${letter.subject}\n`)
}

mkdirSync(values.out, { recursive: true })
const found = await findBrowser({ executablePath: null, env: process.env, unpack: unpackSparticuz })
const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
const browser = await puppeteer.launch({ executablePath: found.path, args: [...found.args, ...sandbox] })
try {
  const all = { ...CONTENTS, ...MORE_CONTENTS, ...(await reportContents()) }
  for (const [name, content] of Object.entries(all)) {
    if (name.includes(values.only)) await write(browser, name, content)
  }
  if (values.sample) {
    const page = await pageOf('sample', { kind: 'alert', alerts: [sample] })
    const look = { width: 640, isDark: false, hasPictures: true, scale: 1.5 }
    writeFileSync(SAMPLE_FILE, await draw(browser, page, look))
  }
} finally {
  await browser.close()
}
