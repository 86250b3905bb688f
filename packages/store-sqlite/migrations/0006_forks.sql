-- What a run repeats, and what it keeps of it: JSON.
ALTER TABLE runs ADD COLUMN fork TEXT;
