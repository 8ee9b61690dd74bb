// "Selling now": the sales themselves, at a pace that can be read; a click opens one.
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { ApiSoldItem } from '../../../core/api.ts'
import {
  ageText,
  countryFlag,
  countryLabel,
  countText,
  formatLabel,
  genreLabel,
  moneyText,
  usdText,
} from '../../../core/display.ts'
import type { BurstRow, TickerRow } from '../../../core/playout.ts'
import { serverMs } from '../state/clock.ts'
import { health } from '../state/health.ts'
import { tables } from '../state/location.ts'
import { openItem, playout, status, summary, tickerHeld, waitingInTicker } from '../state/store.ts'
import { Cover } from './cover.tsx'
import { Panel, Text } from './parts.tsx'
import { SalesTable } from './sales-table.tsx'

/** Scrolled further than this the reader is reading: new rows would push the line away. */
const SCROLLED_PX = 12

function Sale({ item, fresh }: { item: ApiSoldItem; fresh: boolean }): JSX.Element {
  return (
    <li class={`sale ${fresh ? 'fresh' : ''}`} data-id={item.id}>
      <button
        type="button"
        onClick={() => {
          openItem.value = item
        }}
      >
        <Cover url={item.artUrl} name={item.artistHost} />
        <span class="sale-title">
          <Text value={item.title} max={120} />
        </span>
        <span class="price">{moneyText(item.paidMinor, item.currency)}</span>
        <span class="sale-artist">
          <Text value={item.artistName} max={80} none={item.artistHost} />
        </span>
        <span class="over">{item.overUsdCents > 0 && `+${usdText(item.overUsdCents)} over`}</span>
        <span class="sale-facts">
          <span class={item.genre === null ? 'unknown' : 'genre'}>{genreLabel(item.genre ?? 'unknown')}</span>
          <span>{formatLabel(item.format)}</span>
          <span class="where">
            <span class="flag" aria-hidden="true">
              {countryFlag(item.country)}
            </span>{' '}
            {countryLabel(item.country)}
          </span>
        </span>
        <span class="age">{ageText(serverMs.value - item.soldAtMs)}</span>
      </button>
    </li>
  )
}

function Burst({ row }: { row: BurstRow }): JSX.Element {
  return (
    <li class="burst" data-count={row.count}>
      +{countText(row.count)} sales in {Math.max(1, Math.round(row.spanMs / 1_000))} s
    </li>
  )
}

const row = (entry: TickerRow): JSX.Element =>
  entry.kind === 'item' ? (
    <Sale key={entry.key} item={entry.item} fresh={entry.fresh} />
  ) : (
    <Burst key={entry.key} row={entry} />
  )

function Nothing(): JSX.Element {
  if (summary.value === null) {
    return (
      <ol class="sales skeleton" aria-hidden="true">
        {Array.from({ length: 8 }, (_, i) => (
          <li key={i} class="sale">
            <span class="ghost" />
          </li>
        ))}
      </ol>
    )
  }
  const filtered = Object.values(summary.value.filter).some(value => value !== null)
  return (
    <p class="empty">
      {filtered
        ? 'No sale fits these filters yet. The next one appears here.'
        : status.value?.state === 'silent'
          ? 'No sale has come yet.'
          : 'The first sale normally appears within a minute.'}
    </p>
  )
}

export function Ticker(): JSX.Element {
  const list = useRef<HTMLDivElement>(null)
  const hold = (): void => {
    const at = list.current
    if (at === null) return
    const focused = at.contains(document.activeElement) && at.querySelector(':focus-visible') !== null
    tickerHeld.value = at.matches(':hover') || focused || at.scrollTop > SCROLLED_PX
  }
  useEffect(
    () => () => {
      tickerHeld.value = false
    },
    [],
  )
  const { rows } = playout.value
  const waiting = waitingInTicker.value
  const toTop = (): void => {
    list.current?.scrollTo({ top: 0 })
    tickerHeld.value = false
  }
  const newest = status.value?.lastSaleMs ?? null
  const note = health.value === 'silent' && newest !== null ? 'the feed is silent' : undefined
  const tools = waiting > 0 && (
    <button type="button" class="button small primary" onClick={toTop}>
      {countText(waiting)} new ↑
    </button>
  )
  return (
    <Panel id="ticker" title="Selling now" note={note} tools={tools}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: only holds still; nothing can be done with it */}
      <div
        ref={list}
        class="ticker-scroll"
        onMouseEnter={hold}
        onMouseLeave={hold}
        onFocusCapture={hold}
        onBlurCapture={() => queueMicrotask(hold)}
        onScroll={hold}
      >
        {rows.length === 0 ? (
          <Nothing />
        ) : tables.value ? (
          <SalesTable rows={rows} />
        ) : (
          <div role="log" aria-live="off" aria-label="Sales, newest first">
            <ol class="sales">{rows.map(row)}</ol>
          </div>
        )}
      </div>
    </Panel>
  )
}
