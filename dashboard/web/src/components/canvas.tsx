// A chart on a canvas with a sentence for those who cannot see it; the library is loaded on first use.
import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type * as Charts from '../charts/charts.ts'

interface Drawn<I> {
  update(input: I): void
  destroy(): void
}

interface CanvasProps<I> {
  readonly input: I
  readonly draw: (charts: typeof Charts) => (canvas: HTMLCanvasElement, input: I) => Drawn<I>
  readonly label: string
  readonly class: string
}

export function Canvas<I>({ input, draw, label, class: name }: CanvasProps<I>): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null)
  const drawn = useRef<Drawn<I> | null>(null)
  const latest = useRef(input)
  const [failed, setFailed] = useState(false)
  latest.current = input
  useEffect(() => {
    let gone = false
    import('../charts/charts.ts').then(
      charts => {
        if (gone || canvas.current === null) return
        drawn.current = draw(charts)(canvas.current, latest.current)
        canvas.current.dataset.drawn = 'true'
      },
      () => setFailed(true),
    )
    return () => {
      gone = true
      drawn.current?.destroy()
      drawn.current = null
    }
  }, [])
  useEffect(() => drawn.current?.update(input), [input])
  return (
    <div class={`canvas ${name}`}>
      {failed ? (
        <p class="empty">The chart could not be loaded. The table shows the same numbers.</p>
      ) : (
        <canvas ref={canvas} role="img" aria-label={label} />
      )}
    </div>
  )
}
