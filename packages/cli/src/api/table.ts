/** Texts from a server, in lines for people: nothing in them moves a terminal's cursor, or colours it. */
export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ");
}

/** Columns under their headings, as wide as what they hold. */
export function table(headings: string[], rows: (string | null | undefined)[][]): string {
  const texts = rows.map((row) => row.map((cell) => plain(cell ?? "-")));
  const widths = headings.map((heading, at) =>
    Math.max(heading.length, ...texts.map((row) => (row[at] ?? "").length)),
  );
  const line = (cells: string[]) =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd();
  return [line(headings), ...texts.map(line)].join("\n");
}

/** `2026-01-31 12:00:00`, in UTC. */
export function shortTime(iso: string | null | undefined): string {
  return iso ? iso.slice(0, 19).replace("T", " ") : "-";
}

/** `1.2s` for 1,234. */
export function shortDuration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return "-";
  if (ms < 1_000) return `${ms}ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)}s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes}m ${Math.floor((ms % 60_000) / 1_000)}s`;
  return `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
}
