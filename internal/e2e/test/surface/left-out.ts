export const leftOut: Record<string, Record<string, string>> = {};
