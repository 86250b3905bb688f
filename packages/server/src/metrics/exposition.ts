export interface Metric {
  name: string;
  help: string;
  type: "counter" | "gauge";
  /** One number, or one for each value of a label. */
  value: number | { label: string; values: Iterable<readonly [string, number]> };
}

function samples({ name, value }: Metric): string[] {
  if (typeof value === "number") return [`${name} ${value}`];
  return [...value.values].map(([label, count]) => `${name}{${value.label}="${label}"} ${count}`);
}

/** Metrics in Prometheus' text format. Label values are our own words: nothing in them needs escaping. */
export function exposition(metrics: readonly Metric[]): string {
  const blocks = metrics.map((metric) => [
    `# HELP ${metric.name} ${metric.help}`,
    `# TYPE ${metric.name} ${metric.type}`,
    ...samples(metric),
  ]);
  return `${blocks.flat().join("\n")}\n`;
}
