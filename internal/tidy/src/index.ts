export { type Ratchet, type Violation, violations } from "./ratchet.ts";
export type { Finding, Rule } from "./rule.ts";
export { rules } from "./rules/index.ts";
export { SourceFile } from "./source-file.ts";
