// Fields that every form of the page is made of, each with the place for what is wrong with it.
import type { ComponentChildren, JSX } from 'preact'
import type { Draft, Problems } from '../state/wishes.ts'

export type Change = (change: Partial<Draft>) => void
export interface PartProps {
  readonly draft: Draft
  readonly problems: Problems
  readonly change: Change
}

export function Problem({ id, text }: { id: string; text: string | undefined }): JSX.Element | null {
  return text === undefined ? null : (
    <p id={id} class="field-problem">
      {text}
    </p>
  )
}

export function Check(props: {
  checked: boolean
  onChange: (checked: boolean) => void
  children: ComponentChildren
  id?: string
  isFirst?: boolean
  describedBy?: string | undefined
}): JSX.Element {
  return (
    <label class="check">
      <input
        type="checkbox"
        id={props.id}
        // Where the dialog puts the focus, instead of on its close button.
        autofocus={props.isFirst}
        checked={props.checked}
        aria-describedby={props.describedBy}
        onChange={event => props.onChange(event.currentTarget.checked)}
      />
      <span>{props.children}</span>
    </label>
  )
}

interface ChoiceProps<T extends string> {
  readonly id: string
  readonly label: string
  readonly value: T
  readonly choices: readonly (readonly [T, string])[]
  readonly onChoose: (value: T) => void
  readonly problem?: string | undefined
}

export function Choice<T extends string>(props: ChoiceProps<T>): JSX.Element {
  return (
    <div class="field">
      <label for={props.id}>{props.label}</label>
      <select
        id={props.id}
        value={props.value}
        aria-describedby={props.problem === undefined ? undefined : `${props.id}-problem`}
        onChange={event => props.onChoose(event.currentTarget.value as T)}
      >
        {props.choices.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
      <Problem id={`${props.id}-problem`} text={props.problem} />
    </div>
  )
}
