/** Version 7. What a run repeats, and what it keeps of it: JSON. */
export const forks = `
ALTER TABLE {schema}.runs ADD COLUMN IF NOT EXISTS fork TEXT;
`;
