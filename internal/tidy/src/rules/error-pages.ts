import type { Finding, Rule } from "../rule.ts";

const SOURCE = "packages/protocol/src/error.ts";
const PAGE = /^docs\/errors\/([a-z_]+)\.md$/;

/** Every error code has a page, and every page a code. */
export const errorPages: Rule = {
  name: "error-pages",
  check(files) {
    const source = files.find((file) => file.path === SOURCE);
    if (source === undefined) return [];
    const union = /type ErrorCode =([^;]*);/.exec(source.text)?.[1] ?? "";
    const codes = [...union.matchAll(/"([a-z_]+)"/g)].map((match) => match[1] ?? "");
    const pages = new Set(
      files.map((file) => PAGE.exec(file.path)?.[1]).filter((code) => code !== undefined),
    );
    const missing = codes
      .filter((code) => !pages.has(code))
      .map<Finding>((code) => ({
        path: SOURCE,
        line: source.lineOf(source.text.indexOf(`"${code}"`)),
        message: `the code "${code}" has no page: write docs/errors/${code}.md`,
      }));
    const orphans = [...pages]
      .filter((code) => !codes.includes(code))
      .map<Finding>((code) => ({
        path: `docs/errors/${code}.md`,
        line: 1,
        message: `there is no error code "${code}"`,
      }));
    return [...missing, ...orphans];
  },
};
