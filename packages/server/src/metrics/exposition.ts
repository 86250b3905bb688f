export type Labels = Record<string, string>;

export interface Metric {
  name: string;
  help: string;
  type: "counter" | "gauge";
  /** One number, or one for each value of a label, or of several. */
  value: number | { label: string; values: Iterable<readonly [string, number]> } | LabelledValues;
}

interface LabelledValues {
  samples: Iterable<readonly [Labels, number]>;
}

function samples({ name, value }: Metric): string[] {
  if (typeof value === "number") return [`${name} ${value}`];
  if ("samples" in value)
    return [...value.samples].map(([labels, count]) => `${name}{${text(labels)}} ${count}`);
  return [...value.values].map(([label, count]) => `${name}{${text({ [value.label]: label })}} ${count}`);
}

function text(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(",");
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

/** Metrics in Prometheus' text format. */
export function exposition(metrics: readonly Metric[]): string {
  const blocks = metrics.map((metric) => [
    `# HELP ${metric.name} ${metric.help}`,
    `# TYPE ${metric.name} ${metric.type}`,
    ...samples(metric),
  ]);
  return `${blocks.flat().join("\n")}\n`;
}
