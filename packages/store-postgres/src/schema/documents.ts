/** Version 3. What the API keeps for itself, by kind and id; `version` counts its changes. */
export const documents = `
CREATE TABLE {schema}.documents (
  kind TEXT COLLATE "C" NOT NULL,
  id TEXT COLLATE "C" NOT NULL,
  body TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at DOUBLE PRECISION NOT NULL,
  updated_at DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (kind, id)
);
`;
