// Sharing the view: its address goes to the clipboard, or into a field to be copied by hand.
import { signal } from '@preact/signals'
import { pageView, urlOf } from './location.ts'

/** `by-hand`: the browser gives no clipboard to a page that came over plain HTTP. */
export const shared = signal<'no' | 'copied' | 'by-hand'>('no')

/** Long enough to be read and heard. */
const SAY_FOR_MS = 4_000
let saying: ReturnType<typeof setTimeout> | null = null

export const sharedUrl = (): string => `${window.location.origin}${urlOf(pageView.value)}`

export async function share(): Promise<void> {
  if (saying !== null) clearTimeout(saying)
  try {
    await navigator.clipboard.writeText(sharedUrl())
    shared.value = 'copied'
    saying = setTimeout(stopSharing, SAY_FOR_MS)
  } catch {
    shared.value = 'by-hand'
  }
}

export function stopSharing(): void {
  shared.value = 'no'
}
