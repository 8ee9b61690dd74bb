// The table of dead letters that are open no longer.

/** Beside the letters and not in them: what became of one may be written before it. */
export const SETTLED_LETTERS = `
CREATE TABLE settled_letters (
  id text COLLATE "C" PRIMARY KEY,
  at timestamptz NOT NULL,
  how text COLLATE "C" NOT NULL,
  note text NOT NULL
);
`
