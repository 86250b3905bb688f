/**
 * Version 4. A row for each transaction of a node on a distributed database whose end the node does not know yet: who
 * writes the row first decides whether the transaction may commit.
 */
export const tickets = `
CREATE TABLE {schema}.tickets (
  id TEXT COLLATE "C" PRIMARY KEY,
  made_at DOUBLE PRECISION NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
CREATE INDEX tickets_by_age ON {schema}.tickets (made_at);
`;
