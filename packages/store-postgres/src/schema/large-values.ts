/**
 * Version 6. Large texts of runs, their steps, and events, in parts: their rows hold a reference. Compressing them costs
 * more than their room.
 */
export const largeValues = `
CREATE TABLE {schema}.large_values (
  home TEXT COLLATE "C" NOT NULL,
  place TEXT COLLATE "C" NOT NULL,
  part INTEGER NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (home, place, part)
);
ALTER TABLE {schema}.large_values ALTER COLUMN value SET STORAGE EXTERNAL;
`;
