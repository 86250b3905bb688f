import { comparable, type Figure, meets } from "./figure.ts";

const HEAD = ["what", "measured", "limit in the same run", "ratio", "asked", "wanted", "best peer"];

/** The figures as a table for people. */
export function table(figures: readonly Figure[]): string {
  const rows = [HEAD, ...figures.map(row)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((cells) => (cells[column] ?? "").length)));
  const lines = rows.map((cells) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return lines.join("\n");
}

function row(figure: Figure): string[] {
  const { value, unit, limit, goal, aim, peer } = figure;
  return [
    figure.name,
    `${short(value)} ${unit}`,
    limit ? `${short(limit.value)} ${unit} (${limit.name})` : "",
    limit ? short(value / limit.value) : "",
    wanted(figure, goal),
    wanted(figure, aim),
    peer === undefined ? "" : `${short(peer)} ${unit}`,
  ];
}

function wanted(figure: Figure, value: number | undefined): string {
  if (value === undefined) return "";
  const sign = figure.better === "less" ? "≤" : "≥";
  const what = figure.goalIsRatio ? "×" : "";
  return `${meets(figure, value) ? "met" : "MISSED"} ${sign} ${short(value)}${what}`;
}

/** Three digits that mean something. */
function short(value: number): string {
  if (Number.isNaN(value)) return "?";
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3;
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** The same for programs. */
export function json(figures: readonly Figure[]): string {
  const list = figures.map((figure) => ({
    ...figure,
    compared: comparable(figure),
    met: meets(figure, figure.goal) ?? null,
  }));
  return JSON.stringify(list, null, 2);
}
