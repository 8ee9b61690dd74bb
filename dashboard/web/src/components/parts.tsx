// Small parts that every panel uses: seller's text, a change, a filter link, an icon, a panel.
import type { ComponentChildren, JSX } from 'preact'
import { changeOf } from '../../../core/display.ts'
import { safeText } from '../../../core/safe-text.ts'
import { type FilterName, go, pageView, query, urlOf, withFilter } from '../state/location.ts'

/**
 * Text that anybody may have written: cut, cleaned and isolated from the direction of what stands around it.
 */
export function Text({ value, max, none }: { value: string; max?: number; none?: string }): JSX.Element {
  const shown = safeText(value, max)
  const title = shown.endsWith('…') ? safeText(value, 400) : undefined
  // What stands for an empty name is a host or a key: sellers choose those as well.
  return <bdi title={title}>{shown || safeText(none ?? '', max) || 'Untitled'}</bdi>
}

export function Change({ now, before }: { now: number | null; before: number | null }): JSX.Element {
  const change = changeOf(now, before)
  return (
    <span class={`change ${change.direction}`}>
      <span aria-hidden="true">{change.text}</span>
      <span class="only-spoken">{change.spoken}</span>
    </span>
  )
}

/** One line of a list of facts (`dl`). */
export function Fact({ name, children }: { name: string; children: ComponentChildren }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

interface FilterLinkProps {
  readonly name: FilterName
  readonly value: string
  readonly class?: string
  readonly title?: string | undefined
  readonly children: ComponentChildren
}

/**
 * A real link to the filtered view (so that it can be copied or opened beside), followed in place on a plain
 * click.
 */
export function FilterLink(props: FilterLinkProps): JSX.Element {
  const active = query.value.filter[props.name] === props.value
  const next = withFilter(props.name, active ? null : props.value)
  const follow = (event: MouseEvent): void => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    go({ query: next })
  }
  return (
    <a
      href={urlOf({ ...pageView.value, query: next })}
      class={props.class}
      title={props.title}
      aria-current={active ? 'true' : undefined}
      onClick={follow}
    >
      {props.children}
    </a>
  )
}

interface PanelProps {
  readonly id: string
  readonly title: ComponentChildren
  readonly note?: ComponentChildren
  readonly tools?: ComponentChildren
  readonly busy?: boolean
  readonly children: ComponentChildren
}

export function Panel({ id, title, note, tools, busy, children }: PanelProps): JSX.Element {
  return (
    <section class={`panel ${id}`} aria-labelledby={`${id}-title`} aria-busy={busy ? 'true' : undefined}>
      <header class="panel-head">
        <h2 id={`${id}-title`}>{title}</h2>
        {note && <p class="note">{note}</p>}
        {tools && <div class="tools">{tools}</div>}
      </header>
      {children}
    </section>
  )
}

const PATHS = {
  search: 'M10.500 4a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13M15.500 15.500 20 20',
  pause: 'M8 5v14M16 5v14',
  play: 'M7 4.500v15l12-7.500z',
  moon: 'M19.500 14.500A8 8 0 0 1 9.500 4.500a8 8 0 1 0 10 10z',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2.500v2M12 19.500v2M2.500 12h2M19.500 12h2M5.300 5.300l1.400 1.400M17.300 17.300l1.400 1.400M5.300 18.700l1.400-1.400M17.300 6.700l1.400-1.400',
  help: 'M9 9.200a3 3 0 1 1 4.300 2.700c-.9.500-1.300 1-1.300 2.100M12 17.300v.2',
  close: 'M6 6l12 12M18 6 6 18',
  table: 'M4 5h16v14H4zM4 10h16M4 14.500h16M10 5v14',
  chart: 'M4 19h16M5 15l4-5 4 3 6-8',
  out: 'M9 6h9v9M18 6 7 17',
  bell: 'M6.500 16.500V11a5.500 5.500 0 0 1 11 0v5.500l1.500 1.500H5zM10 20.500h4',
  page: 'M6.500 3.500h7l4 4v13h-11zM13 3.500V8h4.500M9.500 12.500h5M9.500 16h5',
  link: 'M10 14a4 4 0 0 0 5.700 0l3-3a4 4 0 0 0-5.700-5.700l-1 1M14 10a4 4 0 0 0-5.700 0l-3 3a4 4 0 0 0 5.700 5.700l1-1',
  spark: 'M12 3.500l2 6.500 6.500 2-6.500 2-2 6.500-2-6.500-6.500-2 6.500-2z',
  feed: 'M5 19v-.2M5 12a7 7 0 0 1 7 7M5 5.500A13.500 13.500 0 0 1 18.500 19',
  down: 'M12 4v11M7 11l5 5 5-5M5 20h14',
} as const

export function Icon({ name }: { name: keyof typeof PATHS }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  )
}
