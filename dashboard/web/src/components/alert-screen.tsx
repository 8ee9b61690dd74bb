// What the screens of alerts have in common: their head with the ways to be told, and the list's frame.
import type { ComponentChildren, JSX } from 'preact'
import { askAgain, askMore, hasMore, historyProblem, isAsking } from '../state/alert-history.ts'
import { openSignUp } from '../state/wishes.ts'
import { Icon } from './parts.tsx'

export interface AlertsHeadProps {
  readonly title: string
  /** Atom feed of what the screen lists. */
  readonly feedUrl: string
  /** What stands below the title. */
  readonly children: ComponentChildren
}

export function AlertsHead({ title, feedUrl, children }: AlertsHeadProps): JSX.Element {
  return (
    <div class="screen-head">
      <div>
        <h1>{title}</h1>
        <p class="muted">{children}</p>
      </div>
      <p class="screen-ways">
        <button type="button" class="button primary" onClick={() => openSignUp()}>
          <Icon name="bell" /> Alert me
        </button>
        <a class="button" href={feedUrl} type="application/atom+xml">
          <Icon name="feed" /> Atom
        </a>
      </p>
    </div>
  )
}

export interface AlertHistoryProps {
  readonly label: string
  readonly older: string
  readonly class?: string
  readonly children: ComponentChildren
}

/** Around the rows: what went wrong in asking for them, and the way to older ones. */
export function AlertHistory({ label, older, children, ...rest }: AlertHistoryProps): JSX.Element {
  const problem = historyProblem.value
  return (
    <section class={`alert-list ${rest.class ?? ''}`} aria-label={label} aria-busy={isAsking.value}>
      {problem !== null && (
        <p class="banner problem" role="alert">
          <span>{problem}</span>
          <button type="button" class="button small" onClick={askAgain}>
            Try again
          </button>
        </p>
      )}
      {children}
      {hasMore.value && (
        <button type="button" class="button wide" onClick={askMore}>
          {older}
        </button>
      )}
    </section>
  )
}
