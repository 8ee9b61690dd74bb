// The button that copies the view's address, and the field for browsers that do not let a page copy.
import type { JSX } from 'preact'
import { share, shared, sharedUrl, stopSharing } from '../state/share.ts'
import { Icon } from './parts.tsx'

function ByHand(): JSX.Element {
  return (
    <label class="share-field">
      Copy this address{' '}
      <input
        readOnly
        value={sharedUrl()}
        ref={input => input?.select()}
        onBlur={stopSharing}
        onKeyDown={event => {
          if (event.key === 'Escape') stopSharing()
        }}
      />
    </label>
  )
}

export function Share(): JSX.Element {
  const state = shared.value
  return (
    <>
      <button
        type="button"
        class="button small share"
        aria-keyshortcuts="S"
        title="Copy the address of this view (S)"
        onClick={() => void share()}
      >
        <Icon name="link" /> {state === 'copied' ? 'Copied' : 'Share'}
      </button>
      <span class="only-spoken" role="status">
        {state === 'copied' && 'The address of this view is in the clipboard.'}
      </span>
      {state === 'by-hand' && <ByHand />}
    </>
  )
}
