// A part of the page that is fetched when it is first shown.
import type { FunctionComponent, JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'

export function later(load: () => Promise<FunctionComponent>): FunctionComponent {
  let loaded: FunctionComponent | null = null
  return function Later(): JSX.Element | null {
    const [state, setState] = useState<'loading' | 'there' | 'failed'>(loaded === null ? 'loading' : 'there')
    useEffect(() => {
      if (state !== 'loading') return
      let gone = false
      load().then(
        part => {
          loaded = part
          if (!gone) setState('there')
        },
        () => !gone && setState('failed'),
      )
      return () => {
        gone = true
      }
    }, [state])
    if (state === 'there' && loaded !== null) {
      const Part = loaded
      return <Part />
    }
    if (state === 'loading') return null
    return (
      <p class="banner problem" role="alert">
        <span>This part of the page could not be loaded.</span>
        <button type="button" class="button small" onClick={() => setState('loading')}>
          Try again
        </button>
      </p>
    )
  }
}
