// Light or dark: the reader's choice where there is one, else the system's.
import { signal } from '@preact/signals'

export type Theme = 'light' | 'dark'

const KEY = 'theme'
const root = document.documentElement
const system = matchMedia('(prefers-color-scheme: dark)')

export const theme = signal<Theme>(root.dataset.theme === 'dark' ? 'dark' : 'light')

function stored(): string | null {
  try {
    return localStorage.getItem(KEY)
  } catch {
    return null
  }
}

function show(next: Theme): void {
  root.dataset.theme = next
  theme.value = next
}

export function toggleTheme(): void {
  show(theme.value === 'dark' ? 'light' : 'dark')
  try {
    localStorage.setItem(KEY, theme.value)
  } catch {
    // Storage is barred: the choice holds until the page is closed.
  }
}

system.addEventListener('change', () => {
  if (stored() === null) show(system.matches ? 'dark' : 'light')
})
