// A modal sheet on the browser's own <dialog>: focus stays inside, Esc closes, a click beside it closes.
import type { ComponentChildren, JSX } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { Icon } from './parts.tsx'

interface DialogProps {
  readonly open: boolean
  readonly onClose: () => void
  readonly title: ComponentChildren
  readonly class?: string
  readonly children: ComponentChildren
}

export function Dialog({ open, onClose, title, class: name, children }: DialogProps): JSX.Element {
  const ref = useRef<HTMLDialogElement>(null)
  /** The close that is about to be reported is our own: the state knows it, and may be open again by then. */
  const own = useRef(false)
  useLayoutEffect(() => {
    const dialog = ref.current
    if (open && dialog?.open === false) dialog.showModal()
    if (!open && dialog?.open) {
      own.current = true
      dialog.close()
    }
  }, [open])
  const cancelled = (event: Event): void => {
    event.preventDefault()
    onClose()
  }
  const closed = (): void => {
    if (!own.current) onClose()
    own.current = false
  }
  const beside = (event: MouseEvent): void => {
    if (event.target === ref.current) onClose()
  }
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Esc does the same, by the browser
    <dialog
      ref={ref}
      class={`sheet ${name ?? ''}`}
      onCancel={cancelled}
      onClose={closed}
      onClick={beside}
      aria-labelledby={`${name}-title`}
    >
      {open && (
        <div class="sheet-body">
          <header class="sheet-head">
            <h2 id={`${name}-title`}>{title}</h2>
            <button type="button" class="icon-button" onClick={onClose} aria-label="Close">
              <Icon name="close" />
            </button>
          </header>
          {children}
        </div>
      )}
    </dialog>
  )
}
