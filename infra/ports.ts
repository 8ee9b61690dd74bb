// The ports: everything the stages need from outside. Each method says order, durability, repeats and end.

import type { Alert, AlertKind, Severity } from '../schemas/alerts.ts'
import type {
  Breakdown,
  BreakdownQuery,
  GapRow,
  GenreCountries,
  GenreCountriesQuery,
  HeatmapRow,
  HistoryExtent,
  HistoryQuery,
  LetterCount,
  RangeTotals,
  RankBy,
  SalesFilter,
  SearchHit,
  SeriesPoint,
  SoldItem,
  TopDimension,
  TopRow,
} from '../schemas/history.ts'
import type { PageAnswer, PageFacts } from '../schemas/page-facts.ts'
import type { DeadLetter, Gap, GapReason, Sale, Settled, Window } from '../schemas/records.ts'
import type { SalesColumns } from '../schemas/sales-columns.ts'
import type {
  Channel,
  MessageState,
  Mute,
  Notice,
  OutboxMessage,
  Subscriber,
  SuppressedFor,
  Wishes,
} from '../schemas/subscriptions.ts'
import type { Interval } from '../schemas/time.ts'
import type { TopicName, TopicRecords } from '../schemas/topics.ts'

export type { PageAnswer, PageFacts } from '../schemas/page-facts.ts'

// ---------------------------------------------------------------- clock

/** Wall time, for the edge only: when to poll, when to give up, how long to back off. */
export interface Clock {
  /** Epoch milliseconds. May jump in either direction. */
  nowMs(): number
  /** Resolves after `ms`, or at once when `signal` aborts (never rejects). */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

// ---------------------------------------------------------------- event log

/** A record with the place it is to go to. Appends to one partition keep the order of the array. */
export interface Entry<T extends TopicName = TopicName> {
  readonly topic: T
  readonly partition: number
  readonly record: TopicRecords[T]
}

/** Records `[firstOffset, firstOffset + records.length)` of one partition, in order. */
export interface Batch<T extends TopicName = TopicName> {
  readonly topic: T
  readonly partition: number
  readonly firstOffset: number
  readonly records: readonly TopicRecords[T][]
  /** Offset next to be written when the batch was read: lag = endOffset − (firstOffset + records.length). */
  readonly endOffset: number
}

/**
 * Where a group resumes: the oldest record that its open state still needs, with the watermark that held
 * before that record and the bound below which every result was final and acknowledged.
 */
export interface Position {
  readonly offset: number
  /** Watermark before `offset`; null where none had been seen. */
  readonly watermarkMs: number | null
  /** Results that can no longer change at this watermark are done: never built again from a part. */
  readonly finalAtMs: number | null
}

/** One partition in the hands of one group member. Calls never overlap. */
export interface PartitionTask<T extends TopicName = TopicName> {
  /**
   * Handles the next records, in order; resolves when their effects are durable, with the position to commit,
   * or null for none. A rejection stops the consumer: see `Consumer.done`. After an `OutageError` the
   * partition is let go of and taken up again from its commit instead, with growing pauses (fakes may stop).
   */
  handle(batch: Batch<T>): Promise<Position | null>
  /** The partition is taken away, or the consumer closes. No `handle` follows. */
  revoked(): Promise<void>
}

export interface Consumer {
  /** Resolves after `close`; rejects with what a task or the log threw. */
  readonly done: Promise<void>
  /** Leaves the group after the running `handle` calls; idempotent. */
  close(): Promise<void>
}

export interface ConsumeOptions<T extends TopicName> {
  readonly group: string
  readonly topic: T
  /**
   * Called when this member gets a partition, before its first batch. Reading starts at `from`, which the
   * caller takes from `committed` or from a place of its own.
   */
  onAssigned(
    partition: number,
    committed: Position | null,
  ): Promise<{ readonly task: PartitionTask<T>; readonly from: number }>
}

export interface PartitionBounds {
  /** Oldest offset still held. */
  readonly start: number
  /** Offset next to be written. */
  readonly end: number
}

/**
 * A durable, partitioned, append-only log. Offsets of a partition count up from 0 without holes visible to a
 * reader; order within a partition is the order of appends.
 */
export interface EventLog {
  /** The number of partitions of a topic: fixed when the log was created. */
  partitions(topic: TopicName): number
  /**
   * Appends all entries; resolves when they would survive a crash of the process and, once flushed by the
   * adapter's stated rule, of the machine. At-least-once: after a rejection some may be there, so a repeat
   * may double them (readers go by identity). Entries of one call to one partition keep their order.
   */
  append(entries: readonly Entry[]): Promise<void>
  /** Records from `from` on, at most `maxRecords`; an empty batch where there are none yet. Never waits. */
  read<T extends TopicName>(topic: T, partition: number, from: number, maxRecords: number): Promise<Batch<T>>
  /**
   * Records of `sales` from `from` on as columns, at most `maxRecords` and at least one where there are any:
   * the same as `salesColumns` of what `read` gives, made without records where the adapter can.
   */
  readColumns(
    partition: number,
    from: number,
    maxRecords: number,
  ): Promise<{ readonly firstOffset: number; readonly columns: SalesColumns }>
  bounds(topic: TopicName): Promise<readonly PartitionBounds[]>
  /**
   * Offset of the first record whose own time (`recordTimeMs`) is at or after `timeMs`: reading from there
   * sees every record of `[timeMs, …)`, late ones too. The end offset where there is none.
   */
  offsetAtTime(topic: TopicName, partition: number, timeMs: number): Promise<number>
  /**
   * Joins a group: partitions are shared among its members (processes), each in one hand at a time, moved
   * when members come and go. Positions that `handle` returns are committed.
   */
  consume<T extends TopicName>(options: ConsumeOptions<T>): Promise<Consumer>
  committed(group: string, topic: TopicName): Promise<readonly (Position | null)[]>
  /**
   * Resolves when any of the topics may have grown since `since` (end offsets), or when the signal aborts.
   */
  waitForAppend(topic: TopicName, since: readonly number[], signal: AbortSignal): Promise<void>
  /**
   * Drops records that are past the retention of their topic, as of `nowMs`, where the adapter does not
   * itself.
   */
  enforceRetention(nowMs: number): Promise<void>
  /** Everything acknowledged is on disk when it resolves; idempotent. */
  close(): Promise<void>
}

// ---------------------------------------------------------------- feed and pages

export type FeedAnswer =
  /** Verbatim answer of HTTP 200, JSON or not. */
  | { readonly kind: 'body'; readonly text: string }
  /** 429 or 5xx or no answer: try again, not before `retryAfterMs` where the server said so. */
  | { readonly kind: 'outage'; readonly code: string; readonly retryAfterMs: number | null }

/** Bandcamp's feed, or anything that speaks its wire format. */
export interface SalesFeed {
  /**
   * What the feed shows from `startMs` on; null asks for its initial view. Never rejects for what the network
   * or the server does. The caller never has two calls in flight.
   */
  get(startMs: number | null, signal?: AbortSignal): Promise<FeedAnswer>
}

/** Item pages by URL: https only, public addresses only, bounded in size, time and redirects. */
export interface ItemPages {
  /**
   * Never rejects for what the network or the server does. Calls queue: one page at a time, politely spaced.
   */
  get(url: string, signal?: AbortSignal): Promise<PageAnswer>
}

export interface CachedPage {
  readonly url: string
  readonly artistHost: string
  readonly facts: PageFacts
  readonly fetchedAtMs: number
}

/** The memory of pages read: newest facts by page, and the newest by host for pages never read. */
export interface PageCache {
  /** For each url: its own facts, else another page's of the same host, else absent. */
  lookup(
    pages: readonly { readonly url: string; readonly artistHost: string }[],
    notBeforeMs: number,
  ): Promise<ReadonlyMap<string, { readonly facts: PageFacts; readonly exact: boolean }>>
  /** Idempotent: newest `fetchedAtMs` of a url wins. */
  remember(pages: readonly CachedPage[]): Promise<void>
}

// ---------------------------------------------------------------- store

/** What one `write` call puts into the store. */
export interface StoreBatch {
  readonly sales?: readonly Sale[]
  readonly windows?: readonly Window[]
  readonly gaps?: readonly Gap[]
  readonly deadLetters?: readonly DeadLetter[]
  /** Before or behind their letters; the first of a letter holds. */
  readonly settled?: readonly Settled[]
  /** The highest revision of an alert holds. */
  readonly alerts?: readonly Alert[]
  /** Watermarks by topic: the highest holds. */
  readonly watermarkMs?: number
  /** The stage's progress, in the same transaction as the rows. */
  readonly progress: {
    readonly stage: string
    readonly topic: TopicName
    readonly partition: number
    /** Next to read. */
    readonly offset: number
  }
}

export interface Lease {
  /** Aborts when the lease is lost (its holder must stop writing). */
  readonly lost: AbortSignal
  release(): Promise<void>
}

/** The history to query: rows by identity, so that every write may be repeated. */
export interface Store {
  /**
   * Upserts everything and the progress in one transaction. A sale replaces the rows of its basket unless
   * they know a genre that it does not; a window replaces a lower or equal revision.
   */
  write(batch: StoreBatch): Promise<void>
  /** The offset a stage has written up to, or null. */
  progress(stage: string, topic: TopicName, partition: number): Promise<number | null>
  /**
   * Waits until nobody else holds the named lease; rejects only when the signal aborts or the store is gone.
   */
  acquireLease(name: string, signal: AbortSignal): Promise<Lease>
  /**
   * Drops what is past its retention (sales and 1m/1h windows older than the configured days); returns rows
   * dropped.
   */
  enforceRetention(nowMs: number): Promise<number>
  close(): Promise<void>
}

/**
 * The questions the dashboard asks of the history. Every answer is bounded and comes from the windows where
 * they suffice, else from the sale rows; p95 under 50 ms on 90 days. Intervals are half-open event time.
 */
export interface History {
  extent(): Promise<HistoryExtent>
  totals(query: HistoryQuery): Promise<RangeTotals>
  /** Buckets of `bucketMs` (a multiple of a minute; at most 2,000 of them), oldest first, none left out. */
  series(query: HistoryQuery, bucketMs: number): Promise<readonly SeriesPoint[]>
  /**
   * Everything about a stretch (31 days at most) at once, from single sales alone: those that came too late
   * for their windows count too.
   */
  breakdown(query: BreakdownQuery): Promise<Breakdown>
  /** Most items first, or most revenue; ties by value. Whatever sold at all is ranked. */
  top(query: HistoryQuery, dimension: TopDimension, limit: number, by?: RankBy): Promise<readonly TopRow[]>
  /** Genres with most items first; `zoneOffsetMinutes` is added to UTC before the hour is taken. */
  heatmap(query: HistoryQuery, zoneOffsetMinutes: number, limit: number): Promise<readonly HeatmapRow[]>
  /** Ties by value on both sides. */
  genreCountries(query: GenreCountriesQuery): Promise<GenreCountries>
  gaps(interval: Interval): Promise<readonly GapRow[]>
  /** Newest first; with `before`, only items older than that (soldAtMs, id). */
  recent(
    filter: SalesFilter,
    limit: number,
    before: { readonly soldAtMs: number; readonly id: string } | null,
  ): Promise<readonly SoldItem[]>
  /** Case- and accent-insensitive, from the start of a word; best first. */
  search(text: string, limit: number): Promise<readonly SearchHit[]>
  /** Newest first; those alone that are open, none that is settled. */
  deadLetters(limit: number): Promise<readonly DeadLetter[]>
  /** Open ones by stage and reason, most first, ties by name. */
  deadLetterCounts(): Promise<readonly LetterCount[]>
}

// ---------------------------------------------------------------- alerts and who hears of them

export interface AlertQuery {
  /** Opened in `[fromMs, toMs)`; null: no bound. */
  readonly fromMs: number | null
  readonly toMs: number | null
  readonly key: string | null
  readonly minSeverity: Severity
  /** Of any of these kinds; absent: of every kind. */
  readonly kinds?: readonly AlertKind[]
  /** True: those alone that are not closed. */
  readonly openOnly: boolean
  /** At most 1,000. */
  readonly limit: number
}

/** The alerts as they stand now. */
export interface AlertBook {
  /** Newest opened first, ties by id; each as its highest revision says. */
  alerts(query: AlertQuery): Promise<readonly Alert[]>
  /** The highest revision, or null. */
  alert(id: string): Promise<Alert | null>
}

/** What the operator wants nobody to be told of, for a while. */
export interface GlobalMutes {
  mutes(nowMs: number): Promise<readonly Mute[]>
  /** Until then; replaces an earlier one of the same key. `untilMs` in the past ends it. */
  muteForAll(mute: Mute): Promise<void>
}

export type AddResult = 'added' | 'changed' | 'unsubscribed-before'

/**
 * People who subscribed, by normalised address. Durable when a call resolves: what stands here is in no log.
 */
export interface Subscribers {
  /**
   * Somebody asks on the page. A new address becomes `pending`; a pending one takes the new wishes and time;
   * an active or suppressed one stays as it is. An address that unsubscribed may ask again.
   */
  request(email: string, wishes: Wishes, nowMs: number): Promise<Subscriber>
  /** The address is confirmed: `active`, its bounces forgotten. Null where there is none; idempotent. */
  confirm(id: string, nowMs: number): Promise<Subscriber | null>
  find(id: string): Promise<Subscriber | null>
  /** False where there is none. */
  change(id: string, wishes: Wishes): Promise<boolean>
  /** Null wakes. False where there is none. */
  snooze(id: string, untilMs: number | null): Promise<boolean>
  mute(id: string, mute: Mute): Promise<boolean>
  /**
   * Forgets everything but a hash of the address; idempotent. Messages that are not sent yet are dropped, and
   * no message keeps the address.
   */
  unsubscribe(id: string, nowMs: number): Promise<void>
  /** The operator adds somebody, active at once; never an address that unsubscribed. */
  add(email: string, wishes: Wishes, nowMs: number): Promise<AddResult>
  /** As `unsubscribe`, by address; false where there is none. */
  remove(email: string, nowMs: number): Promise<boolean>
  /** A permanent refusal of the address: the third with nothing sent between suppresses an active one. */
  bounced(id: string, nowMs: number): Promise<void>
  /** Everybody, by address. Small: thousands. */
  subscribers(): Promise<readonly Subscriber[]>
  /** 32 random bytes that sign links, made at the first call, the same for ever and for every process. */
  linkSecret(): Promise<Uint8Array>
  /** Forgets requests that were not confirmed before `requestedBeforeMs`; how many. */
  forgetUnconfirmed(requestedBeforeMs: number): Promise<number>
}

/** A message as it stands in the outbox. */
export interface PostedMessage extends OutboxMessage {
  readonly state: MessageState
  /** How often somebody claimed it. */
  readonly attempts: number
  /** `dueAtMs` as it was posted: the time by which messages are counted. */
  readonly postedAtMs: number
  readonly settledAtMs: number | null
  readonly lastError: string | null
}

/** Why somebody does not hear of an alert. */
export interface Suppression extends Notice {
  readonly reason: SuppressedFor
}

/** What was decided about one alert and one subscriber, and what became of it. */
export interface DecidedNotice extends Notice {
  /** Null: to be told. */
  readonly reason: SuppressedFor | null
  /** Of the message that carries it; null: none yet. */
  readonly messageState: MessageState | null
}

export interface OutboxCounts {
  readonly waiting: number
  readonly sending: number
  readonly failed: number
  readonly sentSince: number
}

/**
 * What is on its way out. Every write is durable when it resolves and harmless when repeated: a notice by
 * (alert, subscriber, channel), a message by its dedupe key. Several processes may work on it at once.
 */
export interface Outbox {
  /**
   * Notices and suppressions decided from `alerts` up to an offset, with that progress, in one transaction.
   * One that was decided before, either way, stays as it is.
   */
  decide(batch: {
    readonly notices: readonly Notice[]
    readonly suppressed: readonly Suppression[]
    readonly progress: { readonly stage: string; readonly partition: number; readonly offset: number }
  }): Promise<void>
  /**
   * Notices that no message carries yet, oldest first, with the alert as it stands: as soon as the alert book
   * has it, and as long as the subscriber is one.
   */
  openNotices(): Promise<readonly (Notice & { readonly alert: Alert })[]>
  /**
   * Posts a message that carries these notices, all or nothing. False, with nothing done, where one of them
   * was not decided or is carried by another message, where a message with this dedupe key is there without
   * them, or where the subscriber is none any more; true where this very message carries them.
   */
  carry(message: OutboxMessage, notices: readonly Notice[]): Promise<boolean>
  /**
   * Posts messages that carry no notices; those posted before stay as they are, and those to a subscriber who
   * is none any more are left out.
   */
  post(messages: readonly OutboxMessage[]): Promise<void>
  /** Messages of alerts and digests to this subscriber posted in `[fromMs, toMs)`, by content kind. */
  postedTo(
    subscriberId: string,
    fromMs: number,
    toMs: number,
  ): Promise<Readonly<Record<'alert' | 'digest', number>>>
  /** When the last digest for this subscriber was posted; null: never. */
  lastDigestMs(subscriberId: string): Promise<number | null>
  /** Alerts that this subscriber was told of and that closed in `[fromMs, toMs)`. */
  closedFor(subscriberId: string, fromMs: number, toMs: number): Promise<readonly Alert[]>
  /**
   * Takes messages that are due into one's hands: `sending` until settled, or until `holdMs` is over and
   * somebody else may take them. Oldest due first; nobody else gets the same ones meanwhile.
   */
  claim(channel: Channel, nowMs: number, holdMs: number, limit: number): Promise<readonly PostedMessage[]>
  /** It was handed over for good, which forgives the subscriber's bounces; idempotent. */
  sent(id: string, nowMs: number): Promise<void>
  /** Not now: `waiting` again, not before `dueAtMs`. Nothing where it is not `sending`. */
  postpone(id: string, dueAtMs: number, error: string): Promise<void>
  /** Never. `dropped`: not wanted any more. Nothing where it is settled. */
  giveUp(id: string, state: 'failed' | 'dropped', error: string, nowMs: number): Promise<void>
  /** Failed ones whose body is kept go out again, their attempts forgotten; how many. */
  retryFailed(nowMs: number): Promise<number>
  /** Newest posted first, those whose body is kept. */
  messages(limit: number): Promise<readonly PostedMessage[]>
  counts(sinceMs: number): Promise<OutboxCounts>
  /**
   * Letters by mail that were sent and that failed since then, and those that were tried, posted before
   * `overdueMs` and are still on their way. Of letters that ask to confirm only the last: strangers write
   * their addresses.
   */
  failures(
    sinceMs: number,
    overdueMs: number,
  ): Promise<{ readonly sent: number; readonly failed: number; readonly overdue: number }>
  /** Everything that was decided about an alert, by subscriber and channel. */
  decidedOn(alertId: string): Promise<readonly DecidedNotice[]>
  /** How many alerts were not told, and why, since then. */
  suppressedSince(sinceMs: number): Promise<Readonly<Partial<Record<SuppressedFor, number>>>>
  /**
   * Forgets content, address and error of messages settled before then; who was told of what stays known, and
   * none of them can be posted again. How many.
   */
  forgetBodies(settledBeforeMs: number): Promise<number>
  /**
   * Forgets decisions made before then on alerts that were closed before then (those on open ones stay), and
   * the messages without a body that no decision names. How many. To be asked for a time so long ago that no
   * such alert can be news again.
   */
  forgetDecisions(beforeMs: number): Promise<number>
}

// ---------------------------------------------------------------- mail, webhook, pictures, reports

export interface MailAttachment {
  readonly filename: string
  readonly contentType: string
  readonly content: Uint8Array
  /** Shown in the letter as `cid:…`, where given. */
  readonly contentId?: string
}

/** A letter to one address. Texts are free of control characters. */
export interface Letter {
  /** Left of the @ in Message-ID: the same for the same message, however often it is sent. */
  readonly id: string
  /** When it was put together, not when it is sent: a repeat is the same letter, byte for byte. */
  readonly atMs: number
  readonly to: string
  readonly subject: string
  readonly html: string
  readonly text: string
  /** Makes repeats of one thing a thread: ids of earlier letters. */
  readonly references: readonly string[]
  /** One click (RFC 8058) and by hand; null where there is nothing to unsubscribe from. */
  readonly unsubscribeUrl: string | null
  readonly attachments: readonly MailAttachment[]
}

export type MailResult =
  | { readonly kind: 'accepted' }
  /** The server will never take it (5xx): `address` is bad, or this message is. */
  | { readonly kind: 'refused'; readonly what: 'address' | 'message'; readonly answer: string }

/**
 * Sends letters. Rejects with `OutageError` where the server is away, slow, drops the connection or says
 * later (4xx); with `SetupError` where it refuses who we are. The letter may then have been accepted all
 * the same.
 */
export interface Mailer {
  /** What a person reads of where mail goes: `smtp://host:587`, or the folder. Never a password. */
  readonly place: string
  /** False: mails are files in a folder, and reach nobody by themselves. */
  readonly isReal: boolean
  send(letter: Letter, signal: AbortSignal): Promise<MailResult>
  close(): Promise<void>
}

/** The operator's webhook. Rejects with `OutageError` for whatever may go better later. */
export interface Webhook {
  /** One POST, signed; `id` is the same for the same message, however often; `atMs`: of this try. */
  post(id: string, atMs: number, body: unknown, signal: AbortSignal): Promise<MailResult>
}

/** Draws an SVG as PNG, with fonts of its own and nothing from the network. */
export interface Painter {
  png(svg: string, widthPx: number): Promise<Uint8Array>
}

export interface PdfOptions {
  readonly format: 'A4' | 'Letter'
  readonly title: string
}

/** Prints HTML as a tagged PDF with an outline. The page reaches nothing but what stands in the HTML. */
export interface PdfRenderer {
  /** The same HTML gives the same bytes. Rejects with `SetupError` where no browser can be had. */
  pdf(html: string, options: PdfOptions): Promise<Uint8Array>
  close(): Promise<void>
}

export interface ArchivedFile {
  /** `reports/daily/2026/11/2026-11-21.v1.pdf`. */
  readonly path: string
  readonly bytes: number
  /** Hexadecimal SHA-256 of the content. */
  readonly sha256: string
}

/** Files that are written once and kept. */
export interface ReportArchive {
  /** What a person reads of where it is: a folder, or `s3://bucket/prefix`. */
  readonly place: string
  /** Idempotent for the same content; rejects where the path holds another. Durable when it resolves. */
  put(path: string, content: Uint8Array, contentType: string): Promise<ArchivedFile>
  /** Null where there is none. */
  get(path: string): Promise<Uint8Array | null>
  /** Paths under the prefix, ascending. */
  list(prefix: string): Promise<readonly string[]>
}

/** `rendered`: its numbers are fixed. `sent`: a message for everybody who wants it is in the outbox. */
export type ReportState =
  | 'due'
  | 'collecting'
  | 'rendered'
  | 'archived'
  | 'sending'
  | 'sent'
  | 'failed'
  | 'skipped'

/** The report of one local day: identity (day, zone). */
export interface ReportRun {
  /** `YYYY-MM-DD` in `zone`. */
  readonly day: string
  readonly zone: string
  readonly state: ReportState
  /** Why it failed or was skipped, or what the last attempt met. */
  readonly reason: string | null
  /** Failures since it last came further, and until when, by the machine's clock, it is left alone. */
  readonly attempts: number
  readonly retryAtMs: number
  /** The newest version whose numbers are fixed; 0: none. */
  readonly version: number
  /** How often it was mailed, or began to be. */
  readonly mailing: number
  /** The newest day of the mail that names it; null: none does. */
  readonly mailDay: string | null
  /** By the machine's clock. */
  readonly changedAtMs: number
}

/** Numbers of a report as they were fixed once: the same version is the same report for ever. */
export interface ReportVersion {
  readonly day: string
  /** From 1. */
  readonly version: number
  readonly asOfMs: number
  readonly isPartial: boolean
  /** The day in one line: text of sellers in it is harmless, not escaped. */
  readonly headline: string
  /** The whole report as JSON. */
  readonly report: string
  /** What stands in the archive; empty until all of it does. */
  readonly files: readonly ArchivedFile[]
}

/** How far the reports have come. Durable when a call resolves: what stands here is in no log. */
export interface ReportRuns {
  /** Takes the reports of a zone into one's hands until then. False where somebody has them at `nowMs`. */
  take(zone: string, holder: string, nowMs: number, untilMs: number): Promise<boolean>
  /** Lets go of them; idempotent. */
  leave(zone: string, holder: string): Promise<void>
  /**
   * Puts runs in the place of those of their days, and a version in the place of its own, and holds on until
   * then, in one transaction. False, with nothing done, where somebody else has taken them since.
   */
  write(
    zone: string,
    holder: string,
    change: {
      readonly runs: readonly ReportRun[]
      readonly version?: ReportVersion
      readonly untilMs: number
    },
  ): Promise<boolean>
  /** Of `fromDay` and `toDay` and the days between, oldest first. */
  runs(zone: string, fromDay: string, toDay: string): Promise<readonly ReportRun[]>
  /** Newest first. */
  versions(zone: string, day: string): Promise<readonly ReportVersion[]>
  /** Those of `fromDay` to `toDay`, both too, without what they say: oldest day and version first. */
  listed(
    zone: string,
    fromDay: string,
    toDay: string,
  ): Promise<readonly Omit<ReportVersion, 'report' | 'asOfMs'>[]>
}

// ---------------------------------------------------------------- telemetry

/** One function per event: a log line and a counter together. Never throws; labels are few and fixed. */
export interface Telemetry {
  pollAnswered(e: {
    readonly result: string
    /** New baskets, and their new items. */
    readonly events: number
    readonly items: number
    readonly duplicates: number
  }): void
  feedOutage(e: { readonly code: string; readonly retryInMs: number }): void
  feedGap(e: { readonly fromMs: number; readonly toMs: number; readonly reason: GapReason }): void
  deadLettered(e: { readonly stage: string; readonly reason: string; readonly message: string }): void
  pageFetched(e: { readonly outcome: string; readonly durationMs: number }): void
  /** Lines of the feed whose genre is known at the first look, or not. */
  enriched(e: { readonly known: number; readonly unknown: number; readonly amended: number }): void
  batchHandled(e: {
    readonly stage: string
    readonly partition: number
    readonly records: number
    readonly emitted: number
    readonly lagRecords: number
    readonly durationMs: number
  }): void
  counted(e: {
    readonly stage: string
    /**
     * `late`: shown by the feed after its minute; `outside`: not within the bounds the feed gave; `missed`:
     * dropped from the log before it was read.
     */
    readonly what: 'duplicate' | 'too-late' | 'evicted' | 'repeat' | 'late' | 'outside' | 'missed'
    readonly count: number
  }): void
  watermark(e: { readonly stage: string; readonly upToMs: number }): void
  /** When the last report went out, where one did, and days that were newly given up or not mailed. */
  reportsSettled(e: { readonly lastSuccessMs: number | null; readonly missed: number }): void
  /** So many who follow an alert are to be told, or are not, and why: `told` or a `SuppressedFor`. */
  alertDecided(e: { readonly outcome: string; readonly count: number }): void
  /** A message of a kind was `sent`, `postponed`, `failed`, `bounced` or `dropped`. */
  mailSettled(e: { readonly kind: string; readonly result: string }): void
  /** The share of mail that does not get out, where there is any, and how many letters are overdue. */
  mailHealth(e: { readonly share: number | null; readonly overdue: number }): void
  outage(e: { readonly what: string; readonly code: string; readonly retryInMs: number }): void
  info(message: string, fields?: Readonly<Record<string, unknown>>): void
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void
}

/** The outside does not answer: retried with back-off, shown in status. Never for bad data or bugs. */
export class OutageError extends Error {
  readonly code: string
  readonly retryAfterMs: number | null
  constructor(
    code: string,
    message: string,
    options: { retryAfterMs?: number | null; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.name = 'OutageError'
    this.code = code
    this.retryAfterMs = options.retryAfterMs ?? null
  }
}

/** The outside answers, but is not as it must be: a version, a password, a right. Nothing is tried again. */
export class SetupError extends Error {
  /** What a person does next. */
  readonly fix: string
  constructor(message: string, fix: string, options: ErrorOptions = {}) {
    super(message, options)
    this.name = 'SetupError'
    this.fix = fix
  }
}

/** A question is wider than its bounds: says what to ask instead. For whoever asked, never a bug of ours. */
export class TooWideError extends RangeError {
  constructor(message: string) {
    super(message)
    this.name = 'TooWideError'
  }
}
