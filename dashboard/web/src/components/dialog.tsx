// A modal sheet on the browser's own <dialog>: focus stays inside, Esc closes, a click beside it closes.
import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
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
  useEffect(() => {
    const dialog = ref.current
    if (open && dialog?.open === false) dialog.showModal()
    if (!open && dialog?.open) dialog.close()
  }, [open])
  const beside = (event: MouseEvent): void => {
    if (event.target === ref.current) onClose()
  }
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Esc does the same, by the browser
    <dialog
      ref={ref}
      class={`sheet ${name ?? ''}`}
      onClose={onClose}
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
