-- Large texts of runs, their steps, and events, in parts: their rows hold a reference.
CREATE TABLE large_values (
  home TEXT NOT NULL,
  place TEXT NOT NULL,
  part INTEGER NOT NULL,
  value BLOB NOT NULL
);
CREATE UNIQUE INDEX large_values_by_place ON large_values (home, place, part);
