// What somebody follows: keys as chips that can be taken off, and a search to add more.
import type { JSX } from 'preact'
import { dimensionOf, FORMATS, type Key, keyOf, keyValue } from '../../../../schemas/keys.ts'
import { MAX_FOLLOWED_KEYS } from '../../../../schemas/subscriptions.ts'
import { countryFlag, formatLabel } from '../../../core/display.ts'
import { rememberName } from '../state/store.ts'
import { type PartProps, Problem } from './fields.tsx'
import { Finder, type Hit } from './finder.tsx'
import { keyLabel } from './key-link.tsx'
import { Icon, Text } from './parts.tsx'

/** Formats are few: the page knows them without asking. */
function formatHits(text: string): readonly Hit[] {
  const wanted = text.toLowerCase()
  return FORMATS.filter(format => formatLabel(format).toLowerCase().startsWith(wanted)).map(format => ({
    dimension: 'format',
    value: format,
    label: formatLabel(format),
    items: 0,
  }))
}
const noteOf = ({ dimension }: Hit): string | null => (dimension === 'format' ? '' : null)

export function Keys({ draft, problems, change }: PartProps): JSX.Element {
  const { keys } = draft
  const add = (hit: Hit): void => {
    if (hit.dimension === 'artist') rememberName(hit.value, hit.label)
    const key = keyOf(hit.dimension, hit.value)
    if (keys.length < MAX_FOLLOWED_KEYS) change({ keys: [...new Set([...keys, key])] })
  }
  const drop = (key: Key): void => {
    change({ keys: keys.filter(each => each !== key) })
    document.getElementById('keys')?.focus()
  }
  return (
    <fieldset>
      <legend>Of what</legend>
      {keys.length === 0 ? (
        <p class="hint">Everything that moves. Add something to hear of that alone.</p>
      ) : (
        <ul class="chips" aria-label="Followed: any of these">
          {keys.map(key => (
            <li key={key}>
              <button type="button" class="chip" onClick={() => drop(key)}>
                <span class="chip-kind">{dimensionOf(key)}</span>
                {dimensionOf(key) === 'country' && <span class="flag">{countryFlag(keyValue(key))}</span>}
                <Text value={keyLabel(key)} max={60} none={keyValue(key)} />
                <span class="only-spoken">, do not follow</span>
                <Icon name="close" />
              </button>
            </li>
          ))}
        </ul>
      )}
      {keys.length > 1 && <p class="hint">Any of these, not only all of them together.</p>}
      {keys.length < MAX_FOLLOWED_KEYS ? (
        <div class="search">
          <Finder
            id="keys"
            label="Add a genre, artist, country, tag or format"
            placeholder="Genre, artist, country, tag, format"
            onTake={add}
            note={noteOf}
            own={formatHits}
            keepFocus
          />
        </div>
      ) : (
        <p class="hint">{MAX_FOLLOWED_KEYS} are as many as can be followed.</p>
      )}
      <Problem id="keys-problem" text={problems.keys} />
    </fieldset>
  )
}
