// Search at the top of the page: what is chosen becomes a filter of the live view (a tag opens Bandcamp's
// page).
import type { JSX } from 'preact'
import { tagUrl } from '../../../core/safe-text.ts'
import { setFilter } from '../state/location.ts'
import { rememberName } from '../state/store.ts'
import { Finder, type Hit } from './finder.tsx'

export const SEARCH_ID = 'search'

function take(hit: Hit): void {
  if (hit.dimension === 'tag') window.open(tagUrl(hit.value), '_blank', 'noopener,noreferrer')
  else {
    if (hit.dimension === 'artist') rememberName(hit.value, hit.label)
    setFilter(hit.dimension, hit.value)
  }
}

const noteOf = (hit: Hit): string | null => (hit.dimension === 'tag' ? 'on Bandcamp ↗' : null)

export function Search(): JSX.Element {
  return (
    <search class="search">
      <Finder
        id={SEARCH_ID}
        label="Search genre, artist, country or tag"
        placeholder="Search genre, artist, country, tag"
        onTake={take}
        note={noteOf}
        shortcut="/"
      />
    </search>
  )
}
