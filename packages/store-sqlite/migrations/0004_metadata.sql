-- What was noted of a run (`step_id` is '') or of a step of it, in order of arrival.
CREATE TABLE metadata (
  rid INTEGER NOT NULL,
  step_id TEXT NOT NULL,
  attempt INTEGER,
  kind TEXT NOT NULL,
  op TEXT NOT NULL,
  content TEXT NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE INDEX metadata_by_run ON metadata (rid);
