import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Ratchet, violations } from "./ratchet.ts";
import { readRepository } from "./repository.ts";
import { rules } from "./rules/index.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const ratchet = JSON.parse(readFileSync(new URL("../ratchet.json", import.meta.url), "utf8")) as Ratchet;
const files = readRepository(root);
const found = violations(rules, files, ratchet);

for (const { path, line, rule, message } of found) console.error(`${path}:${line} ${rule}: ${message}`);
console.log(`tidy: ${files.length} files, ${rules.length} rules, ${found.length} violations`);
process.exitCode = found.length === 0 ? 0 : 1;
