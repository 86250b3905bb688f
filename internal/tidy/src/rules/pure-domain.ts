import { posix } from "node:path";
import { importsOf, isRelative, packageOf } from "../imports.ts";
import { type Finding, matches, type Rule } from "../rule.ts";
import type { SourceFile } from "../source-file.ts";

const DOMAIN = "packages/engine/src/domain/";
/** Libraries that only compute. */
const PURE_LIBRARIES = new Set(["@marcbachmann/cel-js", "@bufbuild/re2", "croner"]);
const IMPURE =
  /\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\.now\b|\bMath\.random\b|\bcrypto\b|\basync\s+(?=[\w$#*(<[])(?!in\b|of\b)|\bawait\b|\bPromise\b|\bset(?:Timeout|Interval|Immediate)\b|\bqueueMicrotask\b|\bprocess\./g;

/** The domain decides: it knows no clock, no chance, no waiting, and nobody outside. */
export const pureDomain: Rule = {
  name: "pure-domain",
  check(files) {
    const domain = files.filter((file) => file.path.startsWith(DOMAIN) && file.isTypeScript);
    return [
      ...domain.flatMap(refusedImports),
      ...matches(
        domain,
        "code",
        IMPURE,
        (match) => `"${match}" in the domain: take it as an argument, or do it in a service`,
      ),
    ];
  },
};

function refusedImports(file: SourceFile): Finding[] {
  return importsOf(file)
    .filter(({ specifier, isTypeOnly }) => !isAllowed(file, specifier, isTypeOnly))
    .map(({ specifier, line }) => ({
      path: file.path,
      line,
      message: `the domain imports "${specifier}": only the domain, @stepfast/protocol and the types of @stepfast/store`,
    }));
}

function isAllowed(file: SourceFile, specifier: string, isTypeOnly: boolean): boolean {
  if (isRelative(specifier)) return posix.join(posix.dirname(file.path), specifier).startsWith(DOMAIN);
  const name = packageOf(specifier);
  return (
    name === "@stepfast/protocol" || PURE_LIBRARIES.has(name) || (name === "@stepfast/store" && isTypeOnly)
  );
}
