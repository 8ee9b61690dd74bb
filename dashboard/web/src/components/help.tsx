// The sheet behind `?`: keys, and what the words on the page mean.
import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import { Dialog } from './dialog.tsx'

export const helpOpen = signal(false)

const KEYS: readonly (readonly [string, string])[] = [
  ['/', 'Search'],
  ['P', 'Pause and resume'],
  ['1 – 5', 'Range: 1 hour, 24 hours, 7 days, 28 days, custom'],
  ['M', 'Measure: sales or USD'],
  ['T', 'Tables instead of charts'],
  ['X', 'Compare with the week before, or with what was right before'],
  ['S', 'Share: copy the address of this view'],
  ['E', 'The sales of this view as CSV'],
  ['N', 'Be told: sign up for alerts or the report'],
  ['L A R', 'Live, alerts, reports'],
  ['D', 'Dark or light'],
  ['Esc', 'Close, or undo the last filter'],
  ['?', 'This sheet'],
]

const WORDS: readonly (readonly [string, string])[] = [
  [
    'Sales',
    'Items sold, as the public feed shows them: one line of a checkout. Observed sales, not all of Bandcamp.',
  ],
  ['Baskets', 'Checkouts. One basket holds one or more sales.'],
  ['USD', 'What buyers paid, converted to US dollars by Bandcamp.'],
  ['Paid over asking', 'What buyers gave on top of the asking price.'],
  ['Country', "The buyer's country, not the artist's."],
  ['Genre', "Read from the item's page. Where it is not known the sale stands under “Genre unknown”."],
  ['Behind', 'How long ago the last moment was whose sales are all counted.'],
  ['Purchases', 'Checkouts that hold what an alert is about. Who takes 17 records at once counts once.'],
  ['Usual', 'The range in which two of three such windows lie, at this hour of the week.'],
  ['Gap', 'A stretch of the feed that could not be read. Numbers that touch it are lower bounds.'],
]

const hide = (): void => {
  helpOpen.value = false
}

export function Help(): JSX.Element {
  return (
    <Dialog open={helpOpen.value} onClose={hide} title="Keys and words" class="help">
      <dl class="keys">
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <dl class="words">
        {WORDS.map(([word, what]) => (
          <div key={word}>
            <dt>{word}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
