// A cover, or a drawn sleeve where there is none or it does not load.
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { safeCoverUrl } from '../../../core/safe-text.ts'

/** Sleeves differ by name, so that rows without covers can still be told apart. */
const SLEEVES = 6

function sleeveOf(name: string): number {
  let sum = 0
  for (let i = 0; i < Math.min(name.length, 64); i++) sum = (sum * 31 + name.charCodeAt(i)) >>> 0
  return sum % SLEEVES
}

function Sleeve({ name }: { name: string }): JSX.Element {
  return (
    <svg class={`sleeve sleeve-${sleeveOf(name)}`} viewBox="0 0 40 40" aria-hidden="true" focusable="false">
      <rect width="40" height="40" />
      <circle cx="20" cy="20" r="13" class="disc" />
      <circle cx="20" cy="20" r="9" class="groove" />
      <circle cx="20" cy="20" r="4.5" class="label" />
      <circle cx="20" cy="20" r="1" class="hole" />
    </svg>
  )
}

/** Decorative: what it shows stands beside it in words. `name` picks the sleeve. */
export function Cover({ url, name }: { url: string | null; name: string }): JSX.Element {
  const [failed, setFailed] = useState<string | null>(null)
  const src = safeCoverUrl(url)
  return (
    <span class="cover">
      {src === null || failed === src ? (
        <Sleeve name={name} />
      ) : (
        <img
          src={src}
          alt=""
          width="44"
          height="44"
          loading="lazy"
          decoding="async"
          referrerpolicy="no-referrer"
          onError={() => setFailed(src)}
        />
      )}
    </span>
  )
}
