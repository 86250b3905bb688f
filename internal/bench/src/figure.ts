/** One measured number, and what it is to be compared with. */
export interface Figure {
  name: string;
  value: number;
  unit: string;
  /** Whether it ought to be small or large. */
  better: "less" | "more";
  /** The same thing with nothing of ours in it, measured in the same run and in the same unit. */
  limit?: { name: string; value: number };
  /** The value, or with `goalIsRatio` the value divided by the limit, that is asked for, and the one that is wanted. */
  goal?: number;
  aim?: number;
  goalIsRatio?: boolean;
  /** The best of the peers of docs/benchmarks.md, measured on another day on a machine of the same kind. */
  peer?: number;
}

/** What the figure's goal is compared with. */
export function comparable(figure: Figure): number {
  return figure.goalIsRatio && figure.limit ? figure.value / figure.limit.value : figure.value;
}

/** Undefined where nothing is asked for. */
export function meets(figure: Figure, wanted: number | undefined): boolean | undefined {
  if (wanted === undefined) return undefined;
  const actual = comparable(figure);
  return figure.better === "less" ? actual <= wanted : actual >= wanted;
}
