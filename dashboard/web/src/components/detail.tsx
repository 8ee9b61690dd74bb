// The sheet of one sale: everything known about it, filters to go on with, and the way to Bandcamp.
import type { JSX } from 'preact'
import type { ApiSoldItem } from '../../../core/api.ts'
import {
  countryFlag,
  countryLabel,
  formatLabel,
  genreLabel,
  moneyText,
  usdText,
} from '../../../core/display.ts'
import { safeUrl, tagUrl } from '../../../core/safe-text.ts'
import { localDayTime, utcTime } from '../state/clock.ts'
import { openItem } from '../state/store.ts'
import { Cover } from './cover.tsx'
import { Dialog } from './dialog.tsx'
import { Fact, FilterLink, Icon, Text } from './parts.tsx'

const MAX_TAGS = 12

const hide = (): void => {
  openItem.value = null
}

function Facts({ item }: { item: ApiSoldItem }): JSX.Element {
  const genre = item.genre ?? 'unknown'
  const country = item.country ?? 'unknown'
  return (
    <dl class="detail-facts">
      <Fact name="Paid">
        {moneyText(item.paidMinor, item.currency)}
        {item.currency !== 'USD' && <span class="muted"> ({usdText(item.paidUsdCents)})</span>}
        {item.overUsdCents > 0 && <span class="over"> · {usdText(item.overUsdCents)} over asking</span>}
      </Fact>
      {item.albumTitle !== null && (
        <Fact name="Album">
          <Text value={item.albumTitle} />
        </Fact>
      )}
      <Fact name="Genre">
        <FilterLink name="genre" value={genre}>
          {genreLabel(genre)}
        </FilterLink>
      </Fact>
      <Fact name="Format">
        <FilterLink name="format" value={item.format}>
          {formatLabel(item.format)}
        </FilterLink>
        {item.units > 1 && <span class="muted"> · {item.units} units</span>}
      </Fact>
      <Fact name="Buyer">
        <span class="flag" aria-hidden="true">
          {countryFlag(item.country)}
        </span>{' '}
        <FilterLink name="country" value={country}>
          {countryLabel(country)}
        </FilterLink>
      </Fact>
      <Fact name="Sold">
        {localDayTime(item.soldAtMs)} <span class="muted">({utcTime(item.soldAtMs)})</span>
      </Fact>
      {item.tags.length > 0 && (
        <Fact name="Tags">
          <span class="tags">
            {item.tags.slice(0, MAX_TAGS).map(tag => (
              <a key={tag} class="tag" href={tagUrl(tag)} target="_blank" rel="noopener noreferrer">
                <Text value={tag} max={40} />
              </a>
            ))}
          </span>
        </Fact>
      )}
    </dl>
  )
}

function Sheet({ item }: { item: ApiSoldItem }): JSX.Element {
  const url = safeUrl(item.url)
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: closes after one of its own links was followed
    // biome-ignore lint/a11y/noStaticElementInteractions: the links inside are the interactive ones
    <div
      class="detail"
      onClick={event => {
        if ((event.target as HTMLElement).closest('a')?.target === '') hide()
      }}
    >
      <div class="detail-head">
        <Cover url={item.artUrl} name={item.artistHost} />
        <div>
          <p class="detail-artist">
            <Text value={item.artistName} none={item.artistHost} />
          </p>
          <p class="muted host">{item.artistHost}</p>
          <FilterLink name="artist" value={item.artistHost} class="button small">
            All sales of this artist
          </FilterLink>
        </div>
      </div>
      <Facts item={item} />
      {url !== null && (
        <a class="button primary wide" href={url} target="_blank" rel="noopener noreferrer">
          Open on Bandcamp <Icon name="out" />
        </a>
      )}
    </div>
  )
}

export function Detail(): JSX.Element {
  const item = openItem.value
  return (
    <Dialog
      open={item !== null}
      onClose={hide}
      class="sale-sheet"
      title={item === null ? '' : <Text value={item.title} max={140} />}
    >
      {item !== null && <Sheet item={item} />}
    </Dialog>
  )
}
