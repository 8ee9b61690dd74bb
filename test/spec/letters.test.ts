// Letters: what they say, in HTML and in plain text, whatever sellers call their things.

import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { load } from 'cheerio'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { alertPath as pagesAlertPath } from '../../dashboard/core/alerts.ts'
import { parseViewQuery } from '../../dashboard/core/query.ts'
import { LINK_PATHS, type LinkPurpose, readLink } from '../../infra/runtime/links.ts'
import { createMailFolder } from '../../infra/smtp/folder.ts'
import type { Alert } from '../../schemas/alerts.ts'
import { DIMENSIONS } from '../../schemas/keys.ts'
import type { MessageContent, Subscriber } from '../../schemas/subscriptions.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../schemas/time.ts'
import { alertPath } from '../../sinks/alert-mailer/letters/actions.ts'
import { sureText, windowText } from '../../sinks/alert-mailer/letters/words.ts'
import { writeLetter } from '../../sinks/alert-mailer/letters/writing.ts'
import { SENDER } from '../contracts/mailer.ts'
import { inTempDir } from '../fakes/io.ts'
import { CONTENTS, closed, MORE_CONTENTS } from '../support/letter-contents.ts'
import { alertOf, dropOf, emergingOf, marketOf, subscriberOf, WINDOW_END_MS } from '../support/letters.ts'
import { parseMail } from '../support/smtp.ts'
import { AT_MS, flat, hrefs, letter, SITE } from '../support/written-letters.ts'

const one = (alert: Alert, subscriber?: Subscriber) => letter({ kind: 'alert', alerts: [alert] }, subscriber)
const seen = (html: string): string => flat(load(html)('body').text())
const NAMES = Object.keys(CONTENTS) as (keyof typeof CONTENTS)[]
const ALL: Readonly<Record<string, MessageContent>> = { ...CONTENTS, ...MORE_CONTENTS }

const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  '"><script>alert(1)</script>',
  '</a></td></table><b>',
  "' onmouseover='x",
  '&lt;b&gt; &#60;b>',
  '\u202egnp.exe\u2066\u0000\u001b[31m',
  'a\r\nBcc: eve@evil.example',
  'موسيقى مستقلة',
  '𝐺𝑂𝑅𝐸 肉と血',
  'Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!',
  '=HYPERLINK("http://evil")',
  '',
  '\u200d\u2060',
  'x'.repeat(100_000),
  '"'.repeat(100_000),
  '\ud800',
  'constructor',
  '__proto__',
]
const hostileText = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 200 }))
const hostileUrl = fc.oneof(
  fc.webUrl(),
  fc.constantFrom(
    'javascript:alert(1)',
    'data:text/html,<b>',
    'http://a.example',
    '//a',
    `https://a.example/${'x'.repeat(9_000)}`,
  ),
)
const hostileAlert = fc
  .record({
    dimension: fc.constantFrom(...DIMENSIONS),
    value: hostileText,
    alertKind: fc.constantFrom('rise', 'drop', 'emerging', 'market-rise', 'market-drop', 'feed-silent'),
    title: hostileText,
    artistName: hostileText,
    host: hostileText,
    country: hostileText,
    url: hostileUrl,
    artUrl: hostileUrl,
    windowMs: fc.constantFrom(15 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS, DAY_MS, 7 * DAY_MS),
    purchases: fc.nat(),
    expected: fc.double({ min: 0, max: 1e9, noNaN: true }),
    closedAtMs: fc.constantFrom(null, WINDOW_END_MS + HOUR_MS),
  })
  .map(({ value, title, artistName, url, artUrl, host, country, ...parts }) =>
    alertOf({
      ...parts,
      key: parts.dimension === 'all' ? 'all' : `${parts.dimension}:${value}`,
      topReleases: [1, 2, 3, 4].map(purchases => ({ title, artistName, url, artUrl, purchases, share: 0.4 })),
      topArtists: [{ artistHost: host, purchases: 1, share: 0.5 }],
      topCountries: [{ country, purchases: 1, share: 0.6 }],
      partial: true,
      learningDay: 3,
      isFrenzy: true,
    } as Partial<Alert>),
  )

describe('the subject', () => {
  test.each<[Alert, string]>([
    [alertOf(), 'Dub techno up 3.1× this hour (64 purchases), Germany-led'],
    [alertOf({ topCountries: [] }), 'Dub techno up 3.1× this hour (64 purchases)'],
    [dropOf(), 'France down to 0.3× in 6 h (31 purchases)'],
    [emergingOf({ topCountries: [] }), 'Salt Lamp emerging in 3 days (17 purchases)'],
    [alertOf({ expected: 0.4, purchases: 6, topCountries: [] }), 'Dub techno up this hour (6 purchases)'],
    [marketOf({ topCountries: [] }), 'The whole market up 2.7× this hour (4,120 purchases)'],
    [dropOf({ purchases: 10_000_000, expected: 1, key: 'country:' }), 'Something down to 10,000,000× in 6 h'],
  ])('[N51] says verb, thing, size and when: %#', (alert, subject) => {
    expect(one(alert).subject).toBe(subject)
  })

  test('[N51] has at most 60 characters and one line, whatever the names', () => {
    fc.assert(
      fc.property(fc.array(hostileAlert, { minLength: 1, maxLength: 4 }), alerts => {
        const subjects = [
          letter({ kind: 'alert', alerts }).subject,
          letter({ kind: 'digest', opened: alerts, closed: alerts }).subject,
          letter({ kind: 'operator', subject: alerts[0]!.key, lines: [alerts[0]!.key] }).subject,
        ]
        for (const subject of subjects) {
          expect(subject.length).toBeLessThanOrEqual(60)
          expect(subject.length).toBeGreaterThan(0)
          expect(subject).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e]/u)
          expect(subject.split('\u2068').length).toBe(subject.split('\u2069').length)
        }
      }),
    )
  })
})

describe('an alert past its height', () => {
  const { windowMs, expected, expectedLow, expectedHigh } = alertOf()
  const peak = { windowMs, expected, expectedLow, expectedHigh, purchases: 111, windowEndMs: WINDOW_END_MS }
  const alert = alertOf({ peak, peakScore: 20, windowEndMs: WINDOW_END_MS + HOUR_MS })

  test.each([
    ['one', [alert]],
    ['several', [alert, alertOf({ id: '00000000000000aa', key: 'tag:dub', dimension: 'tag' })]],
  ])(
    '[D47] a letter of %s tells the height, and counts what stands behind the window of now',
    (_, alerts) => {
      const { html } = letter({ kind: 'alert', alerts })
      expect(seen(html)).toContain('111 purchases in 1 h, usual is 15–28 · now 64 in 1 h')
      expect(seen(html)).toContain('64 purchases (checkouts) of 81 items for $612 in 1 h')
    },
  )
})

describe('what sellers write', () => {
  test('[N52] is text and nothing else: the markup is that of a harmless name', () => {
    const shape = (html: string) => {
      const $ = load(html)
      const tags = $('*').toArray()
      const attributes = new Set(tags.flatMap(tag => ('attribs' in tag ? Object.keys(tag.attribs) : [])))
      return { scripts: $('script,iframe,object,form,svg,link,base').length, attributes }
    }
    const known = shape(NAMES.map(name => letter(CONTENTS[name]).html).join(''))
    fc.assert(
      fc.property(hostileAlert, hostileAlert, (alert, other) => {
        for (const content of [
          { kind: 'alert', alerts: [alert] },
          { kind: 'alert', alerts: [alert, other] },
          { kind: 'digest', opened: [alert], closed: [other] },
        ] as const) {
          const { html } = letter(content)
          const got = shape(html)
          expect(got.scripts).toBe(0)
          expect([...got.attributes].filter(name => !known.attributes.has(name))).toEqual([])
          for (const href of hrefs(html)) expect(href).toMatch(/^https:\/\/[^\s"<>]+$/)
          const $ = load(html)
          for (const image of $('img').toArray()) {
            expect($(image).attr('src')).toMatch(
              /^(cid:chart@bandcamp-tracker$|https:\/\/[a-z0-9.-]+\.bcbits\.com\/)/,
            )
          }
        }
      }),
      { numRuns: 40 },
    )
  })

  test('[N52] turns no text around it, in HTML or in text: direction marks go, right-to-left names are framed', () => {
    const release = { ...alertOf().topReleases[0]!, title: 'موسيقى \u202e12', artistName: '\u202eevil' }
    const { html, text, subject } = one(
      alertOf({ key: 'artist:x.example', dimension: 'artist', topReleases: [release] }),
    )
    expect(html + text + subject).not.toMatch(/[\u202a-\u202e]/)
    expect(text).toContain('\u2068موسيقى 12\u2069')
  })

  test('[N53] a letter has less than 90 kB, whatever is in it: mailboxes clip longer ones above the way out', () => {
    const long = alertOf({
      key: `tag:${'<'.repeat(100_000)}`,
      dimension: 'tag',
      topReleases: [1, 2, 3, 4, 5].map(purchases => ({
        url: `https://a.bandcamp.com/${'&'.repeat(480)}`,
        artistName: '"'.repeat(100_000),
        title: "'".repeat(100_000),
        artUrl: `https://f4.bcbits.com/${"'".repeat(400)}`,
        purchases,
        share: 0.2,
      })),
      topArtists: [{ artistHost: '<'.repeat(100_000), purchases: 1, share: 0.9 }],
      topCountries: [1, 2, 3].map(purchases => ({ country: '&'.repeat(100_000), purchases, share: 0.3 })),
    })
    const many = Array.from({ length: 200 }, (_, i) => ({ ...long, id: String(i).padStart(16, '0') }))
    const huge = '<'.repeat(9_000)
    const keys = Array.from({ length: 50 }, (_, i) => `tag:${i}${'<'.repeat(190)}`)
    const interest = { keys, kinds: ['rise', 'drop', 'emerging'], minSeverity: 'info' } as const
    const reader = subscriberOf({
      wishes: { alerts: { interest, frequency: 'daily' }, report: true, zone: 'Europe/Berlin' },
    })
    const row = { label: huge, value: huge, text: huge, note: huge, day: huge, kind: 'rise' as const }
    const rows = Array(300).fill({ ...row, changes: [huge, huge, huge] })
    const hugeTable = { against: [huge, huge, huge], figures: rows, movers: rows, notes: rows, earlier: rows }
    for (const content of [
      { kind: 'alert', alerts: [long] },
      { kind: 'alert', alerts: many.slice(0, 50) },
      {
        kind: 'digest',
        opened: many,
        closed: many.map(alert => ({ ...alert, id: `f${alert.id.slice(1)}` })),
      },
      { kind: 'operator', subject: '<'.repeat(9_000), lines: Array(300).fill('<'.repeat(9_000)) },
      {
        ...CONTENTS.report,
        subject: '<'.repeat(9_000),
        lines: Array(300).fill('"'.repeat(9_000)),
        table: hugeTable,
      },
    ] as const) {
      const { html, text } = letter(content as MessageContent, reader)
      expect(Buffer.byteLength(html)).toBeLessThan(90_000)
      expect(Buffer.byteLength(text)).toBeLessThan(90_000)
    }
  })
})

describe('a letter of an alert', () => {
  const { html, text, preheader } = one(alertOf({ learningDay: 9, isFrenzy: true, marketRatio: 7.9 }))

  test.each([
    ['number against expectation', '64 purchases in 1 h, usual is 15–28'],
    ['window with zone', 'Sun 22 Nov, 14:00–15:00 CET'],
    ['how sure', 'Unusual: about 1 hour in 200,000'],
    ['coverage', 'Genres known for 91% of purchases'],
    ['releases', 'Night Bus to Neukölln'],
    ['concentration', 'No single release is more than 22% of it'],
    ['where', 'Germany 41% · Japan 12% · United Kingdom 11%'],
    ['Bandcamp Friday', 'runs at 7.9× its usual level: a Bandcamp Friday, most likely'],
    ['learning', 'Learning, day 9 of 21'],
    ['checkouts, items and money', '64 purchases (checkouts) of 81 items for $612'],
    ['as of, and behind', 'As of 15:01 CET, 2 min behind Bandcamp'],
    ['why', 'You follow Techno and #dub techno: rises and drops, notable or major, at once'],
    ['whom to ask', 'ops@tracker.example'],
  ])('[N54] says %s, in both parts', (_what, sentence) => {
    expect(seen(html)).toContain(sentence)
    expect(flat(text)).toContain(sentence)
  })

  test('its second fact stands beside the subject', () => {
    expect(preheader).toBe('Usual is 15–28. One release is 22%. 41% from Germany.')
  })

  test('[N54] its picture has words for whoever does not see it, and a cover loads from Bandcamp alone', () => {
    const $ = load(html)
    expect($('img[src^="cid:chart@"]').attr('alt')).toBe('64 purchases in 1 h, usual is 15–28')
    expect($('img').length).toBe(3)
    const foreign = alertOf().topReleases.map(release => ({
      ...release,
      artUrl: 'https://evil.example/bcbits.com.jpg',
    }))
    expect(load(one(alertOf({ topReleases: foreign })).html)('img').length).toBe(1)
  })

  test('[N54] one release that is most of it is named as such; so is one artist', () => {
    const release = { ...alertOf().topReleases[0]!, share: 0.58 }
    expect(flat(one(alertOf({ topReleases: [release] })).text)).toContain('One release is 58% of it.')
    const artist = { artistHost: 'a.bandcamp.com', purchases: 30, share: 0.5 }
    expect(flat(one(alertOf({ topArtists: [artist] })).text)).toContain(
      'One artist, a.bandcamp.com, is 50% of it.',
    )
  })

  test('[N54] a drop says that the feed is healthy, or that a gap touches it; what emerges, since when', () => {
    expect(flat(one(dropOf()).text)).toContain('The feed is healthy')
    expect(flat(one(dropOf({ partial: true })).text)).toContain('the counts are a lower bound')
    expect(flat(one(dropOf({ partial: true })).text)).not.toContain('healthy')
    expect(flat(one(emergingOf()).text)).toContain('First seen 11 Nov 2026: new to us, not necessarily new')
  })

  test('simulated sales are said to be, and their covers, which are nowhere, are not asked for', () => {
    const simulated = letter(CONTENTS.rise, subscriberOf(), { ...SITE, isSimulated: true })
    expect(flat(simulated.text)).toContain('These sales are simulated')
    expect(load(simulated.html)('img').length).toBe(1)
    expect(hrefs(simulated.html).filter(href => href.includes('bandcamp.com'))).toEqual([])
    for (const content of Object.values(ALL).filter(({ kind }) => kind !== 'operator')) {
      const { text } = letter(content, subscriberOf(), { ...SITE, isSimulated: true })
      expect(flat(text)).not.toMatch(/behind Bandcamp|Bandcamp’s public feed/)
      if (content.kind !== 'already-subscribed') expect(flat(text)).toMatch(/simulated: nothing of/)
    }
  })

  test('[N54] what is counted over less than the window is said to be', () => {
    expect(flat(one(emergingOf()).text)).toContain(
      '17 purchases (checkouts) in 3 days. What stands behind them is counted over the last 48 h: 22 items for $143',
    )
  })

  test.each([
    [dropOf(), 'Europe/Berlin', 'Sun 22 Nov, 09:00–15:00 CET'],
    [emergingOf(), 'UTC', 'Thu 19 Nov, 14:00 – Sun 22 Nov, 14:00 UTC'],
    [alertOf(), 'Asia/Kolkata', 'Sun 22 Nov, 18:30–19:30 GMT+5:30'],
    [alertOf(), 'No/Such_Zone', 'Sun 22 Nov, 13:00–14:00 UTC'],
    // Summer time ended in the window: two o'clock came twice.
    [
      alertOf({ windowEndMs: Date.UTC(2026, 9, 25, 2), windowMs: 3 * HOUR_MS }),
      'Europe/Berlin',
      'Sun 25 Oct, 01:00–03:00 CET',
    ],
  ])('its window is told in the reader’s zone: %#', (alert, zone, words) => {
    expect(windowText(alert, zone)).toBe(words)
  })

  test.each([
    [{ score: 2.6, windowMs: HOUR_MS, peakScore: 8 }, 'Very unusual: about 1 hour in 400'],
    [{ score: 4.5, windowMs: DAY_MS, peakScore: 7 }, 'Unusual: about 1 day in 30,000'],
    [
      { score: 3, windowMs: 6 * HOUR_MS, peakScore: 13.5 },
      'Extremely unusual: about 1 window of 6 h in 1,000',
    ],
    [{ score: 11, windowMs: HOUR_MS, peakScore: 14 }, 'Extremely unusual: less than 1 hour in a million'],
  ] as const)('how sure is said in words: %#', (parts, words) => {
    expect(sureText(alertOf(parts))).toBe(words)
  })
})

describe('several alerts', () => {
  const many = Array.from({ length: 30 }, (_, i) =>
    alertOf({ id: String(i).padStart(16, '0'), key: `tag:t${i}`, dimension: 'tag', peakScore: 30 - i }),
  )

  test('[N55] a group shows seven and counts the rest, the strongest in full', () => {
    const { html, text, subject } = letter({ kind: 'alert', alerts: many.toReversed() })
    expect(flat(text)).toContain('and 23 more movements.')
    expect(hrefs(html).filter(href => href.includes('/alerts?id='))).toHaveLength(7)
    expect(text.split('\n\n')[1]).toBe('t0 ▲ 3.1×')
    expect(subject).toMatch(/^30 movements: t0 ▲ 3\.1×/)
  })

  test('[N55] a digest has a line for each, and says how those ended that are over', () => {
    const { text, html } = letter({
      kind: 'digest',
      opened: [alertOf(), closed],
      closed: [closed, { ...closed, id: 'b'.repeat(16) }],
    })
    expect(flat(text)).toContain(
      'dungeon synth up 3.1× this hour 64 purchases in 1 h, usual is 15–28 · over since Sun 22 Nov, 17:00, after 3 h',
    )
    expect(text.match(/dungeon synth/g)).toHaveLength(3 - 1 + (text.match(/#dungeon/g)?.length ?? 0))
    expect(load(html)('h2').text()).toBe('Over since')
  })

  test('[N55] what opened and closed since the last digest stands there once', () => {
    const { html } = letter({ kind: 'digest', opened: [closed], closed: [closed] })
    expect(seen(html).match(/dungeon synth up/g)).toHaveLength(1)
  })

  test('[N55] where nothing opened and something ended, that is what it says', () => {
    const { html, subject } = letter(MORE_CONTENTS['digest-all-over'])
    expect(subject).toBe('Digest: 2 movements over · dungeon synth ▲ 3.1×')
    expect(load(html)('h1').text().trim()).toBe('2 movements over')
  })
})

describe('every letter', () => {
  test.each(NAMES)('[N56] %s: the text says all that the HTML says, and leads everywhere it leads', name => {
    const { html, text } = letter(CONTENTS[name])
    const $ = load(html)
    $('style,title,head').remove()
    // Links side by side are below each other here, each with its address behind it or on the next line.
    const undotted = (words: string): string => flat(words.replaceAll('·', ' '))
    const words = undotted(text.replace(/:? ?https:\S+/g, ''))
    for (const element of $('p,h1,h2,th[scope=row],td > a,b').toArray())
      expect(words).toContain(undotted($(element).text()))
    for (const href of hrefs(html)) expect(`${text}\n`).toContain(`${href}\n`)
  })

  test.each(NAMES)('[N57] %s: the same message is the same letter', name => {
    expect(letter(CONTENTS[name])).toEqual(letter(structuredClone(CONTENTS[name])))
  })

  test.each(NAMES.filter(name => name !== 'operator'))(
    '[N58] %s: has the way out, signed for its reader',
    name => {
      const reader = subscriberOf()
      const { html, text, unsubscribeUrl } = letter(CONTENTS[name], reader)
      expect(hrefs(html)).toContain(unsubscribeUrl)
      expect(text).toContain(unsubscribeUrl)
      const links = hrefs(html).flatMap(href => {
        const { pathname } = new URL(href)
        const purpose = (Object.keys(LINK_PATHS) as LinkPurpose[]).find(each =>
          pathname.startsWith(LINK_PATHS[each]),
        )
        return purpose === undefined
          ? []
          : [readLink(SITE.linkSecret, purpose, pathname.slice(LINK_PATHS[purpose].length))]
      })
      expect(links.length).toBeGreaterThan(0)
      expect(links.map(link => link?.subscriberId)).toEqual(links.map(() => reader.id))
      expect(html + text).not.toContain(reader.email)
    },
  )

  test('[N58] an alert’s mute link mutes its key, and the operator’s letter has no way out', () => {
    const mute = hrefs(one(alertOf()).html).find(href => href.includes('/mute/'))!
    expect(readLink(SITE.linkSecret, 'mute', mute.split('/mute/')[1]!)?.extra).toBe('genre:dub-techno')
    expect(letter(CONTENTS.operator, null).unsubscribeUrl).toBeNull()
    expect(one(marketOf()).html).not.toContain('/mute/')
  })

  test.each(['constructor', '__proto__', 'toString'])(
    'a genre, a format, a country called %s is only a name',
    value => {
      for (const dimension of ['genre', 'format', 'country', 'tag'] as const) {
        expect(one(alertOf({ dimension, key: `${dimension}:${value}`, topCountries: [] })).subject).toMatch(
          / up 3\.1× /,
        )
      }
    },
  )

  test('[N52] nobody writes to strangers through us: what was typed in with an address is not in its letter', () => {
    const keys = ['tag:visit evil.example', 'genre:visit-evil-example', 'artist:evil.example']
    const interest = { keys, kinds: ['rise'], minSeverity: 'info' } as const
    const wishes = { alerts: { interest, frequency: 'daily' }, report: false, zone: 'Europe/Berlin' } as const
    const { html, text, subject } = letter(CONTENTS.confirm, subscriberOf({ state: 'pending', wishes }))
    expect(subject + html + text).not.toMatch(/evil/i)
    expect(flat(text)).toContain('You follow 3 things: rises')
  })

  test('confirming has one button, which confirms; nobody else’s letter has it', () => {
    const confirms = NAMES.filter(name => letter(CONTENTS[name]).html.includes('/confirm/'))
    expect(confirms).toEqual(['confirm'])
  })

  test('a letter to a subscriber without one is a bug', () => {
    for (const name of NAMES.filter(each => each !== 'operator')) {
      expect(() => letter(CONTENTS[name], null)).toThrow(RangeError)
    }
    expect(() => letter({ kind: 'alert', alerts: [] })).toThrow(RangeError)
  })
})

describe('the way to the page', () => {
  test('[N59] is the one that the page itself would give, and the page can read it', () => {
    fc.assert(
      fc.property(fc.constantFrom(...DIMENSIONS), fc.nat({ max: 1e6 }), (dimension, minutes) => {
        const key = dimension === 'all' ? 'all' : `${dimension}:${dimension === 'country' ? 'de' : 'vinyl'}`
        const alert = alertOf({ dimension, key, windowEndMs: WINDOW_END_MS + minutes * MINUTE_MS })
        expect(alertPath(alert)).toBe(pagesAlertPath(alert))
        const query = alertPath(alert).split('/?')[1]
        if (query !== undefined) expect(parseViewQuery(query)).toMatchObject({ ok: true })
      }),
    )
  })
})

test('[N57] written, sent into a folder and read again: pictures beside the HTML, files attached', () =>
  inTempDir(async dir => {
    const folder = createMailFolder({ dir, from: SENDER })
    const painter = { png: async (svg: string, width: number) => Buffer.from(`PNG ${width} ${svg.length}`) }
    const attachments = async () => [
      { filename: 'a.pdf', contentType: 'application/pdf', content: Buffer.from('%PDF') },
    ]
    const message = {
      id: 'a-b',
      content: CONTENTS.rise,
      recipient: 'ada@listener.example',
      postedAtMs: AT_MS,
    }
    await folder.send(
      await writeLetter({ ...SITE, painter, attachments }, message, subscriberOf()),
      new AbortController().signal,
    )
    const [file] = await readdir(dir)
    const mail = await parseMail(await readFile(path.join(dir, file!)))
    expect(mail.attachments.map(({ filename, contentId }) => [filename, contentId ?? null])).toEqual([
      ['chart.png', '<chart@bandcamp-tracker>'],
      ['a.pdf', null],
    ])
    expect(mail.references).toBe('<alert-9f86d081884c7d65@tracker.example>')
    expect(mail.headers.find(({ key }) => key === 'list-unsubscribe')?.value).toMatch(
      /^<https:\/\/tracker.example\/u\//,
    )
  }))
