// The style sheet of the pages behind links in mails: the colours of the page, for both themes.

export const LINKS_CSS = `:root {
  color-scheme: light dark;
  --bg: #faf7f2;
  --panel: #fffdfa;
  --text: #1b1d21;
  --muted: #5b616b;
  --line: #cfc7b8;
  --link: #0072b2;
  --solid: #1b1d21;
  --on-solid: #faf7f2;
  --note-bg: #fff1d6;
  --note-text: #6b3f00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --bg: #14161a;
    --panel: #1a1d22;
    --text: #ecedee;
    --muted: #a3a9b3;
    --line: #434954;
    --link: #56b4e9;
    --solid: #ecedee;
    --on-solid: #14161a;
    --note-bg: #3a2a0a;
    --note-text: #ffd9a0;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0;
  padding: 24px 16px 64px;
  background: var(--bg);
  color: var(--text);
  font: 1rem/1.5 "Inter Variable", "Segoe UI", "Noto Sans", system-ui, -apple-system, sans-serif;
}
main { max-width: 34rem; margin: 0 auto; overflow-wrap: anywhere; }
h1 { margin: 8px 0 16px; font-size: 1.5rem; line-height: 1.25; }
h2 { margin: 32px 0 8px; font-size: 1.125rem; }
p { margin: 0 0 12px; }
.brand { font-weight: 600; }
.brand a { color: var(--muted); text-decoration: none; }
a { color: var(--link); }
.muted { color: var(--muted); font-size: 0.875rem; }
.note { padding: 10px 14px; border-radius: 8px; background: var(--note-bg); color: var(--note-text); }
form { margin: 0 0 12px; }
.row { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
.row form { margin: 0; }
fieldset { margin: 0 0 16px; padding: 12px 16px 16px; border: 1px solid var(--line); border-radius: 10px;
  background: var(--panel); }
legend { padding: 0 6px; font-weight: 600; }
label { display: block; margin: 10px 0 4px; }
label.choice { display: flex; gap: 10px; align-items: center; min-height: 32px; margin: 2px 0; }
input[type="checkbox"] { width: 20px; height: 20px; margin: 0; flex: none; accent-color: var(--link); }
input:not([type="checkbox"]), select, textarea { width: 100%; min-height: 44px; padding: 8px 10px;
  border: 1px solid var(--line); border-radius: 8px; background: var(--bg); color: inherit; font: inherit; }
textarea { min-height: 7rem; }
button { min-height: 44px; padding: 8px 18px; border: 1px solid var(--solid); border-radius: 8px;
  background: var(--solid); color: var(--on-solid); font: inherit; font-weight: 600; cursor: pointer; }
button.quiet { border-color: var(--line); background: transparent; color: var(--text); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
ul.plain { margin: 0 0 12px; padding: 0; list-style: none; }
ul.plain li { display: flex; flex-wrap: wrap; gap: 8px; justify-content: space-between; align-items: center;
  padding: 6px 0; border-bottom: 1px solid var(--line); }
ul.plain form { margin: 0; }
`
