// The dialog in which somebody asks to be told: the form, what becomes of it, and what happens next.
import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { status } from '../state/store.ts'
import { type SignUpFor, signUpFor } from '../state/wishes.ts'
import { Dialog } from './dialog.tsx'
import { Text } from './parts.tsx'
import { SignUpForm } from './sign-up-form.tsx'

const hide = (): void => {
  signUpFor.value = null
}

/** A folder is not a letter: who signs up must know that nothing comes by itself. */
function FolderNote(): JSX.Element | null {
  const mail = status.value?.mail ?? null
  if (mail === null || mail.isReal) return null
  return (
    <p class="folder-note" role="note">
      <strong>No mail leaves this machine.</strong> It has no mail server yet: letters are written into a
      folder (<bdi>{mail.place}</bdi>), where its operator can open them. A link in them works all the same.
    </p>
  )
}

interface Sent {
  readonly message: string
  readonly email: string
}

function Next({ sent }: { sent: Sent }): JSX.Element {
  const heading = useRef<HTMLParagraphElement>(null)
  useEffect(() => heading.current?.focus(), [])
  return (
    <div class="signed-up">
      <p ref={heading} tabIndex={-1} class="signed-up-message" role="status">
        {sent.message}
      </p>
      <ol class="steps">
        <li>
          A letter goes to{' '}
          <strong>
            <Text value={sent.email} max={80} />
          </strong>
          . Open its link within 48 hours and confirm.
        </li>
        <li>From then on you hear of what you chose. Nothing is sent before.</li>
        <li>Every letter has links to change it, to be quiet for a while, and to end it at once.</li>
      </ol>
      <FolderNote />
      <button type="button" class="button wide" onClick={hide}>
        Done
      </button>
    </div>
  )
}

function Body({ wanted }: { wanted: SignUpFor }): JSX.Element {
  const [sent, setSent] = useState<Sent | null>(null)
  if (sent !== null) return <Next sent={sent} />
  return (
    <SignUpForm wanted={wanted} onDone={(message, email) => setSent({ message, email })}>
      <FolderNote />
      <p class="hint">
        You get a letter with a link to confirm; it holds for 48 hours. Nothing else is sent before.
      </p>
    </SignUpForm>
  )
}

export function SignUp(): JSX.Element {
  const wanted = signUpFor.value
  return (
    <Dialog open={wanted !== null} onClose={hide} class="sign-up" title="Be told when something moves">
      {wanted !== null && <Body wanted={wanted} />}
    </Dialog>
  )
}
