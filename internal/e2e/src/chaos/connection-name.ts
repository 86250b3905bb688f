/** What a worker's connection is called in the ledger; without an id: the first one, while it is made. */
export function connectionName(worker: string, id: string | undefined): string {
  return `${worker}/${id || "at-first"}`;
}
