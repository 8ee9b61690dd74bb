// The tables of daily reports: how far each has come, the numbers of every version, and who works on them.

/** It is in no log. The report is text and not json: what comes back is what went in, to the byte. */
export const REPORT_RUNS = `
CREATE TABLE report_runs (
  zone text COLLATE "C" NOT NULL,
  day date NOT NULL,
  state text COLLATE "C" NOT NULL,
  reason text,
  attempts integer NOT NULL,
  retry_at timestamptz NOT NULL,
  version integer NOT NULL,
  mailing integer NOT NULL,
  mail_day date,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (zone, day)
);
COMMENT ON COLUMN report_runs.mail_day IS 'The newest day of the mail that names this one';

CREATE TABLE report_versions (
  zone text COLLATE "C" NOT NULL,
  day date NOT NULL,
  version integer NOT NULL,
  as_of timestamptz NOT NULL,
  partial boolean NOT NULL,
  headline text NOT NULL,
  report text NOT NULL,
  files json NOT NULL,
  PRIMARY KEY (zone, day, version)
);
COMMENT ON COLUMN report_versions.files IS 'Empty until every file is in the archive';

CREATE TABLE report_holds (
  zone text COLLATE "C" PRIMARY KEY,
  holder text COLLATE "C" NOT NULL,
  held_until timestamptz NOT NULL
);
`
