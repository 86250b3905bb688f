import type { Finding, Rule } from "./rule.ts";
import type { SourceFile } from "./source-file.ts";

/**
 * Known exceptions: rule → path → how many findings it may have, or for rules that limit a size, the largest. They
 * may only shrink: a number higher than what is found has to be lowered.
 */
export type Ratchet = Record<string, Record<string, number>>;

export interface Violation extends Finding {
  rule: string;
}

/** What breaks the rules, beyond the exceptions; and exceptions that are no longer needed. */
export function violations(
  rules: readonly Rule[],
  files: readonly SourceFile[],
  ratchet: Ratchet,
): Violation[] {
  return rules.flatMap((rule) => {
    const exceptions = ratchet[rule.name] ?? {};
    const byPath = groupByPath(rule.check(files));
    const beyond = [...byPath].flatMap(([path, found]) =>
      measureOf(found) > (exceptions[path] ?? 0) ? found : [],
    );
    const slack = Object.entries(exceptions)
      .filter(([path, allowed]) => measureOf(byPath.get(path) ?? []) < allowed)
      .map(([path]) => ({
        path,
        line: 1,
        message: `lower its exception in ratchet.json to ${measureOf(byPath.get(path) ?? [])}`,
      }));
    return [...beyond, ...slack].map((finding) => ({ ...finding, rule: rule.name }));
  });
}

function groupByPath(findings: Finding[]): Map<string, Finding[]> {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const group = groups.get(finding.path);
    if (group === undefined) groups.set(finding.path, [finding]);
    else group.push(finding);
  }
  return groups;
}

/** The largest size where sizes are limited, else the number of findings. */
function measureOf(findings: Finding[]): number {
  const sizes = findings.flatMap((finding) => finding.size ?? []);
  return sizes.length > 0 ? Math.max(...sizes) : findings.length;
}
