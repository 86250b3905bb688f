CREATE TABLE events (
  id TEXT NOT NULL,
  key TEXT,
  name TEXT NOT NULL,
  data TEXT NOT NULL,
  user TEXT,
  v TEXT,
  meta TEXT,
  ts INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  run_id TEXT
);

CREATE UNIQUE INDEX events_by_id ON events (id);

CREATE INDEX events_by_name ON events (name, id);

CREATE TABLE keys (
  scope TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (scope, key)
) WITHOUT ROWID;

CREATE INDEX keys_by_expiry ON keys (expires_at);

CREATE TABLE runs (
  rid INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  function_id TEXT NOT NULL,
  app_id TEXT NOT NULL,
  status TEXT NOT NULL,
  origin TEXT NOT NULL,
  event_id TEXT NOT NULL,
  event_ids TEXT,
  parent_run_id TEXT,
  parent_step_id TEXT,
  queued_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  output TEXT,
  attempt INTEGER NOT NULL,
  retry_at INTEGER,
  request_version INTEGER NOT NULL,
  cancel TEXT,
  start_by INTEGER,
  finish_by INTEGER,
  wake_at INTEGER,
  owner TEXT,
  epoch INTEGER NOT NULL,
  blocked TEXT
, rank INTEGER NOT NULL DEFAULT 0, flow TEXT, gate TEXT, original_run_id TEXT, fork TEXT);

CREATE UNIQUE INDEX runs_by_id ON runs (id);

CREATE INDEX runs_by_event ON runs (event_id);

CREATE INDEX runs_by_function ON runs (function_id, id);

CREATE INDEX runs_by_parent ON runs (parent_run_id) WHERE parent_run_id IS NOT NULL;

CREATE INDEX runs_by_wake ON runs (wake_at, id)
  WHERE wake_at IS NOT NULL AND owner IS NULL AND status IN ('queued', 'running');

CREATE INDEX runs_by_owner ON runs (owner)
  WHERE owner IS NOT NULL AND status IN ('queued', 'running');

CREATE INDEX runs_by_block ON runs (blocked, function_id)
  WHERE blocked IS NOT NULL AND blocked <> 'waiting';

CREATE TABLE steps (
  rid INTEGER NOT NULL,
  no INTEGER NOT NULL,
  step_id TEXT NOT NULL,
  op TEXT NOT NULL,
  name TEXT NOT NULL,
  user_id TEXT NOT NULL,
  status TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  due_at INTEGER,
  opts TEXT,
  output TEXT,
  settled_no INTEGER,
  queued_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  child_run_id TEXT
);

CREATE UNIQUE INDEX steps_by_run ON steps (rid, no);

CREATE TABLE attempts (
  rid INTEGER NOT NULL,
  step_id TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  error TEXT NOT NULL
);

CREATE INDEX attempts_by_run ON attempts (rid);

CREATE TABLE waits (
  seq INTEGER PRIMARY KEY,
  rid INTEGER NOT NULL,
  run_id TEXT NOT NULL,
  step_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  path TEXT NOT NULL,
  key TEXT NOT NULL,
  expression TEXT,
  event_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER
);

CREATE UNIQUE INDEX waits_by_run ON waits (rid, step_id);

CREATE INDEX waits_by_key ON waits (name, key);

CREATE TABLE wait_paths (
  name TEXT NOT NULL,
  path TEXT NOT NULL,
  PRIMARY KEY (name, path)
) WITHOUT ROWID;

CREATE TABLE messages (
  rid INTEGER NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  step_id TEXT NOT NULL,
  payload TEXT NOT NULL,
  created_at INTEGER NOT NULL
);

CREATE UNIQUE INDEX messages_by_run ON messages (rid, id);

CREATE TABLE sessions (
  owner TEXT NOT NULL PRIMARY KEY,
  until INTEGER NOT NULL,
  given_up INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE apps (
  id TEXT NOT NULL PRIMARY KEY,
  url TEXT,
  sdk TEXT,
  framework TEXT,
  app_version TEXT,
  error TEXT,
  checksum TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  synced_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE functions (
  id TEXT NOT NULL PRIMARY KEY,
  app_id TEXT NOT NULL,
  name TEXT NOT NULL,
  config TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  archived_at INTEGER
, paused TEXT, overrides TEXT) WITHOUT ROWID;

CREATE INDEX functions_by_app ON functions (app_id);

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

CREATE TABLE batch_events (
  event_id TEXT NOT NULL,
  rid INTEGER NOT NULL,
  PRIMARY KEY (event_id, rid)
) WITHOUT ROWID;

CREATE TABLE documents (
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  body TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (kind, id)
) WITHOUT ROWID;

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

CREATE TABLE large_values (
  home TEXT NOT NULL,
  place TEXT NOT NULL,
  part INTEGER NOT NULL,
  value BLOB NOT NULL
);

CREATE UNIQUE INDEX large_values_by_place ON large_values (home, place, part);
