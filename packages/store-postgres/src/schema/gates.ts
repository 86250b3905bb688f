/**
 * Version 2. Limits of functions: gates, the runs that wait at them, what operators set of a function. `batch_events` says which
 * runs several events started, by each of the events.
 */
export const gates = `
ALTER TABLE {schema}.runs
  ADD COLUMN IF NOT EXISTS rank DOUBLE PRECISION NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS flow TEXT,
  ADD COLUMN IF NOT EXISTS gate TEXT COLLATE "C",
  ADD COLUMN IF NOT EXISTS original_run_id TEXT COLLATE "C";
UPDATE {schema}.runs SET rank = queued_at WHERE status IN ('queued', 'running');
CREATE INDEX runs_by_gate ON {schema}.runs (gate, rank, id) WHERE gate IS NOT NULL;
CREATE INDEX runs_by_original ON {schema}.runs (original_run_id) WHERE original_run_id IS NOT NULL;

CREATE TABLE {schema}.gates (
  id TEXT COLLATE "C" PRIMARY KEY,
  kind TEXT COLLATE "C" NOT NULL,
  function_id TEXT COLLATE "C",
  stamp TEXT COLLATE "C" NOT NULL,
  state TEXT NOT NULL,
  due_at DOUBLE PRECISION
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
CREATE INDEX gates_by_due ON {schema}.gates (due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX gates_by_function ON {schema}.gates (function_id, id) WHERE function_id IS NOT NULL;

ALTER TABLE {schema}.functions
  ADD COLUMN IF NOT EXISTS paused TEXT,
  ADD COLUMN IF NOT EXISTS overrides TEXT;

CREATE TABLE {schema}.batch_events (
  event_id TEXT COLLATE "C" NOT NULL,
  run_id TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (event_id, run_id)
);
INSERT INTO {schema}.batch_events (event_id, run_id)
  SELECT DISTINCT json_array_elements_text(event_ids::json), id FROM {schema}.runs WHERE event_ids IS NOT NULL
  ON CONFLICT DO NOTHING;
`;
