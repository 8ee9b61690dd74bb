// What the pages behind links in mails say: each a function of what is known, which does nothing.
import { keyName } from '../../schemas/alert-words.ts'
import { type Html, html, NOTHING } from '../../schemas/html.ts'
import type { Mute, Subscriber, Wishes } from '../../schemas/subscriptions.ts'
import type { Page } from './html.ts'
import { wishesFields, wishesWords } from './wishes-form.ts'

const page = (title: string, body: Html, status = 200): Page => ({ status, title, body })

/** A form of one button. A link scanner follows links and presses none. */
function button(action: string, text: string, quiet = false, fields: Html = NOTHING): Html {
  const look = quiet ? html` class="quiet"` : NOTHING
  return html`<form method="post" action="${action}">${fields}<button${look}>${text}</button></form>`
}
const hidden = (name: string, value: string): Html =>
  html`<input type="hidden" name="${name}" value="${value}">`

function timeText(ms: number, zone: string): string {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, dateStyle: 'medium', timeStyle: 'short' })
  return `${format.format(ms)} (${zone})`
}

const wishesList = (wishes: Wishes): Html =>
  html`<ul>${wishesWords(wishes).map(line => html`<li>${line}</li>`)}</ul>`

/** The same for a token that was made up, and for one whose subscriber is gone. */
export const UNKNOWN_LINK: Page = page(
  'This link leads nowhere any more',
  html`<p>It was cut short, belongs to a subscription that has ended, or was never ours.</p>
<p>If mail still comes, its newest one has a link that works. <a href="/alerts">Alerts</a> can be read without any subscription.</p>`,
  404,
)

export const LATE_LINK: Page = page(
  'This link has run out',
  html`<p>An address can be confirmed for 48 hours. Nothing was sent to it meanwhile, and nothing will be.</p>
<p><a href="/alerts">Sign up again</a> for a new link.</p>`,
  410,
)

export function confirmPage(path: string, wishes: Wishes): Page {
  return page(
    'Shall mails come to this address?',
    html`<p>This is what was asked for:</p>${wishesList(wishes)}
${button(path, 'Yes, send them to me')}
<p class="muted">If it was not you, do nothing: without a yes this address is forgotten.</p>`,
  )
}

export function confirmedPage(managePath: string, wishes: Wishes): Page {
  return page(
    'You are subscribed',
    html`<p>This is what you get:</p>${wishesList(wishes)}
<p>Every mail has a link to change this, to sleep for a while, and to unsubscribe. <a href="${managePath}">Change it now</a>.</p>`,
  )
}

export function unsubscribePage(path: string, managePath: string): Page {
  return page(
    'Unsubscribe?',
    html`<p>No more alerts and no more reports will come. Your address is forgotten.</p>
${button(path, 'Unsubscribe')}
<p class="muted">Rather fewer mails, or a break? <a href="${managePath}">Change what you get</a>.</p>`,
  )
}

export const UNSUBSCRIBED: Page = page(
  'You are unsubscribed',
  html`<p>Nothing more will be sent. Your address is forgotten; what stays is a fingerprint of it, so that nobody adds it again by mistake.</p>`,
)

export function snoozePage(path: (time: string) => string, asked: string): Page {
  const times = [
    ['24h', 'Sleep for 24 hours'],
    ['7d', 'Sleep for 7 days'],
  ] as const
  return page(
    'No alerts for a while?',
    html`<p>The daily report goes on, if you have it.</p>
<div class="row">${times.map(([time, text]) => button(path(time), text, time !== asked))}</div>`,
  )
}

export function snoozedPage(untilMs: number, { zone }: Wishes, managePath: string): Page {
  return page(
    'Sleep well',
    html`<p>No alert comes before ${timeText(untilMs, zone)}.</p>
<p><a href="${managePath}">Wake up earlier</a>, or change what you get.</p>`,
  )
}

export function mutePage(path: string, key: string): Page {
  return page(
    `Nothing of ${keyName(key)} for a week?`,
    html`<p>Everything else goes on as before.</p>${button(path, 'Yes, mute it for 7 days')}`,
  )
}

export function mutedPage({ key, untilMs }: Mute, { zone }: Wishes, managePath: string): Page {
  return page(
    `Nothing of ${keyName(key)} for a week`,
    html`<p>You hear of it again from ${timeText(untilMs, zone)} on.</p>
<p><a href="${managePath}">Take it back</a>, or change what you get.</p>`,
  )
}

function mutesList(path: string, mutes: readonly Mute[], zone: string): Html {
  if (mutes.length === 0) return NOTHING
  const rows = mutes.map(({ key, untilMs }) => {
    const fields = html`${hidden('do', 'unmute')}${hidden('key', key)}`
    const until = timeText(untilMs, zone)
    return html`<li><span><bdi>${keyName(key)}</bdi> <span class="muted">until ${until}</span></span>
${button(path, 'Hear of it again', true, fields)}</li>`
  })
  return html`<h2>Muted</h2><ul class="plain">${rows}</ul>`
}

function breakRow(path: string, snoozedUntilMs: number | null, zone: string): Html {
  const act = (what: string, text: string): Html => button(path, text, true, hidden('do', what))
  if (snoozedUntilMs !== null) {
    return html`<p>No alert comes before ${timeText(snoozedUntilMs, zone)}.</p>${act('wake', 'Wake up now')}`
  }
  return html`<div class="row">${act('snooze-24h', 'Sleep for 24 hours')}${act('snooze-7d', 'Sleep for 7 days')}</div>`
}

export interface ManageView {
  readonly path: string
  readonly subscriber: Subscriber
  readonly nowMs: number
  /** What was just done, or is wrong; empty: nothing. */
  readonly note: string
  readonly isProblem: boolean
}

export function managePage({ path, subscriber, nowMs, note, isProblem }: ManageView): Page {
  const { wishes, snoozedUntilMs, mutes, state } = subscriber
  const asleepUntilMs = snoozedUntilMs !== null && snoozedUntilMs > nowMs ? snoozedUntilMs : null
  const stateNote =
    state === 'suppressed'
      ? html`<p class="note">Mails to your address came back, so none are sent. Saving tries again.</p>`
      : NOTHING
  return page(
    'What you get',
    html`${note === '' ? NOTHING : html`<p class="note" role="status">${note}</p>`}${stateNote}
<form method="post" action="${path}">${hidden('do', 'save')}
${wishesFields(wishes)}
<button>Save</button></form>
<h2>A break</h2>
${breakRow(path, asleepUntilMs, wishes.zone)}
${mutesList(
  path,
  mutes.filter(mute => mute.untilMs > nowMs),
  wishes.zone,
)}
<h2>No more mails</h2>
${button(path, 'Unsubscribe', true, hidden('do', 'unsubscribe'))}`,
    isProblem ? 400 : 200,
  )
}
