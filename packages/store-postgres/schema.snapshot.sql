TABLE apps (
  id text COLLATE "C" NOT NULL,
  url text,
  sdk text,
  framework text,
  app_version text,
  error text,
  checksum text NOT NULL,
  created_at double precision NOT NULL,
  synced_at double precision NOT NULL
);

TABLE attempts (
  run_id text COLLATE "C" NOT NULL,
  seq bigint NOT NULL IDENTITY,
  step_id text COLLATE "C" NOT NULL,
  attempt integer NOT NULL,
  started_at double precision NOT NULL,
  ended_at double precision NOT NULL,
  error text NOT NULL
);

TABLE batch_events (
  event_id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL
);

TABLE documents (
  kind text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  body text NOT NULL,
  version integer NOT NULL,
  created_at double precision NOT NULL,
  updated_at double precision NOT NULL
);

TABLE events (
  id text COLLATE "C" NOT NULL,
  key text,
  name text COLLATE "C" NOT NULL,
  data text NOT NULL,
  user text,
  v text,
  meta text,
  ts double precision NOT NULL,
  received_at double precision NOT NULL,
  run_id text COLLATE "C"
);

TABLE functions (
  id text COLLATE "C" NOT NULL,
  app_id text COLLATE "C" NOT NULL,
  name text NOT NULL,
  config text NOT NULL,
  version integer NOT NULL,
  created_at double precision NOT NULL,
  archived_at double precision,
  paused text,
  overrides text
);

TABLE gates (
  id text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  function_id text COLLATE "C",
  stamp text COLLATE "C" NOT NULL,
  state text NOT NULL,
  due_at double precision
) WITH (fillfactor=70, autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_threshold=1000);

TABLE keys (
  scope text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  value text NOT NULL,
  created_at double precision NOT NULL,
  expires_at double precision NOT NULL
) WITH (autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_threshold=1000);

TABLE large_values (
  home text COLLATE "C" NOT NULL,
  place text COLLATE "C" NOT NULL,
  part integer NOT NULL,
  value text NOT NULL
);

TABLE messages (
  run_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  seq bigint NOT NULL IDENTITY,
  kind text COLLATE "C" NOT NULL,
  step_id text COLLATE "C" NOT NULL,
  payload text NOT NULL,
  created_at double precision NOT NULL
) WITH (autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_threshold=1000);

TABLE metadata (
  run_id text COLLATE "C" NOT NULL,
  seq bigint NOT NULL IDENTITY,
  step_id text COLLATE "C" NOT NULL,
  attempt integer,
  kind text COLLATE "C" NOT NULL,
  op text COLLATE "C" NOT NULL,
  content text NOT NULL,
  created_at double precision NOT NULL
);

TABLE registry (
  id integer NOT NULL,
  version bigint NOT NULL
) WITH (fillfactor=50);

TABLE runs (
  id text COLLATE "C" NOT NULL,
  function_id text COLLATE "C" NOT NULL,
  app_id text COLLATE "C" NOT NULL,
  status text COLLATE "C" NOT NULL,
  origin text COLLATE "C" NOT NULL,
  event_id text COLLATE "C" NOT NULL,
  event_ids text,
  parent_run_id text COLLATE "C",
  parent_step_id text COLLATE "C",
  queued_at double precision NOT NULL,
  started_at double precision,
  ended_at double precision,
  output text,
  attempt integer NOT NULL,
  retry_at double precision,
  request_version integer NOT NULL,
  cancel text,
  start_by double precision,
  finish_by double precision,
  wake_at double precision,
  owner text COLLATE "C",
  epoch bigint NOT NULL,
  blocked text COLLATE "C",
  rank double precision NOT NULL,
  flow text,
  gate text COLLATE "C",
  original_run_id text COLLATE "C",
  fork text
) WITH (fillfactor=70, autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_threshold=1000);

TABLE schema_version (
  id integer NOT NULL,
  version integer NOT NULL,
  profile text NOT NULL
);

TABLE sessions (
  owner text COLLATE "C" NOT NULL,
  until double precision NOT NULL,
  given_up boolean NOT NULL,
  url text,
  apps text NOT NULL
) WITH (fillfactor=50);

TABLE steps (
  run_id text COLLATE "C" NOT NULL,
  no integer NOT NULL,
  step_id text COLLATE "C" NOT NULL,
  op text NOT NULL,
  name text NOT NULL,
  user_id text NOT NULL,
  status text COLLATE "C" NOT NULL,
  attempt integer NOT NULL,
  due_at double precision,
  opts text,
  output text,
  settled_no integer,
  queued_at double precision NOT NULL,
  started_at double precision,
  ended_at double precision,
  child_run_id text COLLATE "C"
) WITH (fillfactor=90);

TABLE tickets (
  id text COLLATE "C" NOT NULL,
  made_at double precision NOT NULL
) WITH (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=1000);

TABLE wait_buckets (
  bucket integer NOT NULL
) WITH (fillfactor=50);

TABLE wait_paths (
  name text COLLATE "C" NOT NULL,
  path text COLLATE "C" NOT NULL
);

TABLE waits (
  run_id text COLLATE "C" NOT NULL,
  step_id text COLLATE "C" NOT NULL,
  seq bigint NOT NULL IDENTITY,
  kind text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  path text COLLATE "C" NOT NULL,
  key text NOT NULL,
  match text COLLATE "C" NOT NULL,
  expression text,
  event_id text COLLATE "C" NOT NULL,
  created_at double precision NOT NULL,
  expires_at double precision
) WITH (autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_threshold=1000);

CREATE UNIQUE INDEX apps_pkey ON apps USING btree (id);
CREATE UNIQUE INDEX attempts_pkey ON attempts USING btree (run_id, seq);
CREATE UNIQUE INDEX batch_events_pkey ON batch_events USING btree (event_id, run_id);
CREATE UNIQUE INDEX documents_pkey ON documents USING btree (kind, id);
CREATE INDEX events_by_name ON events USING btree (name, id);
CREATE UNIQUE INDEX events_pkey ON events USING btree (id);
CREATE INDEX functions_by_app ON functions USING btree (app_id);
CREATE UNIQUE INDEX functions_pkey ON functions USING btree (id);
CREATE INDEX gates_by_due ON gates USING btree (due_at, id) WHERE (due_at IS NOT NULL);
CREATE INDEX gates_by_function ON gates USING btree (function_id, id) WHERE (function_id IS NOT NULL);
CREATE UNIQUE INDEX gates_pkey ON gates USING btree (id);
CREATE INDEX keys_by_expiry ON keys USING btree (expires_at);
CREATE UNIQUE INDEX keys_pkey ON keys USING btree (scope, key);
CREATE UNIQUE INDEX large_values_pkey ON large_values USING btree (home, place, part);
CREATE UNIQUE INDEX messages_pkey ON messages USING btree (run_id, id);
CREATE UNIQUE INDEX metadata_pkey ON metadata USING btree (run_id, seq);
CREATE UNIQUE INDEX registry_pkey ON registry USING btree (id);
CREATE INDEX runs_by_block ON runs USING btree (blocked, function_id) WHERE ((blocked IS NOT NULL) AND (blocked <> 'waiting'::text));
CREATE INDEX runs_by_event ON runs USING btree (event_id);
CREATE INDEX runs_by_function ON runs USING btree (function_id, id);
CREATE INDEX runs_by_gate ON runs USING btree (gate, rank, id) WHERE (gate IS NOT NULL);
CREATE INDEX runs_by_original ON runs USING btree (original_run_id) WHERE (original_run_id IS NOT NULL);
CREATE INDEX runs_by_owner ON runs USING btree (owner) WHERE ((owner IS NOT NULL) AND (status = ANY (ARRAY['queued'::text, 'running'::text])));
CREATE INDEX runs_by_parent ON runs USING btree (parent_run_id) WHERE (parent_run_id IS NOT NULL);
CREATE INDEX runs_by_wake ON runs USING btree (wake_at, id) WHERE ((wake_at IS NOT NULL) AND (owner IS NULL) AND (status = ANY (ARRAY['queued'::text, 'running'::text])));
CREATE UNIQUE INDEX runs_pkey ON runs USING btree (id);
CREATE UNIQUE INDEX schema_version_pkey ON schema_version USING btree (id);
CREATE UNIQUE INDEX sessions_pkey ON sessions USING btree (owner);
CREATE UNIQUE INDEX steps_pkey ON steps USING btree (run_id, no);
CREATE INDEX tickets_by_age ON tickets USING btree (made_at);
CREATE UNIQUE INDEX tickets_pkey ON tickets USING btree (id);
CREATE UNIQUE INDEX wait_buckets_pkey ON wait_buckets USING btree (bucket);
CREATE UNIQUE INDEX wait_paths_pkey ON wait_paths USING btree (name, path);
CREATE INDEX waits_by_key ON waits USING btree (name, match, seq);
CREATE UNIQUE INDEX waits_pkey ON waits USING btree (run_id, step_id);
