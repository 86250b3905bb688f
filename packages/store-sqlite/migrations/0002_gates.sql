-- Limits of functions: gates, the runs that wait at them, what operators set of a function. And what pruning looks up.

ALTER TABLE runs ADD COLUMN rank INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN flow TEXT;
ALTER TABLE runs ADD COLUMN gate TEXT;
ALTER TABLE runs ADD COLUMN original_run_id TEXT;
-- Of runs that have ended the rank counts no more.
UPDATE runs SET rank = queued_at WHERE status IN ('queued', 'running');
CREATE INDEX runs_by_gate ON runs (gate, rank, id) WHERE gate IS NOT NULL;
CREATE INDEX runs_by_original ON runs (original_run_id) WHERE original_run_id IS NOT NULL;

CREATE TABLE gates (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  function_id TEXT,
  stamp TEXT NOT NULL,
  state TEXT NOT NULL,
  due_at INTEGER
) WITHOUT ROWID;
CREATE INDEX gates_by_due ON gates (due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX gates_by_function ON gates (function_id, id) WHERE function_id IS NOT NULL;

ALTER TABLE functions ADD COLUMN paused TEXT;
ALTER TABLE functions ADD COLUMN overrides TEXT;

-- The runs that several events started, by each of them.
CREATE TABLE batch_events (
  event_id TEXT NOT NULL,
  rid INTEGER NOT NULL,
  PRIMARY KEY (event_id, rid)
) WITHOUT ROWID;
INSERT OR IGNORE INTO batch_events (event_id, rid)
  SELECT value, rid FROM runs, json_each(event_ids) WHERE event_ids IS NOT NULL;
