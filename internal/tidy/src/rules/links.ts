import { posix } from "node:path";
import type { Finding, Rule } from "../rule.ts";
import type { SourceFile } from "../source-file.ts";

const LINK = /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)|^\s*\[[^\]]+\]:\s*(\S+)/gm;
const EXTERNAL = /^[a-z][a-z0-9+.-]*:/i;

/** Every relative link in a document leads somewhere, to a heading if it names one. */
export const links: Rule = {
  name: "links",
  check(files) {
    const byPath = new Map(files.map((file) => [file.path, file]));
    const documents = files.filter((file) => file.path.endsWith(".md"));
    return documents.flatMap((file) => brokenLinks(file, byPath));
  },
};

function brokenLinks(file: SourceFile, byPath: Map<string, SourceFile>): Finding[] {
  const prose = withoutCode(file.text);
  return [...prose.matchAll(LINK)].flatMap((match) => {
    const target = match[1] ?? match[2] ?? "";
    if (EXTERNAL.test(target) || leadsSomewhere(file, target, byPath)) return [];
    return [
      { path: file.path, line: file.lineOf(match.index), message: `the link "${target}" leads nowhere` },
    ];
  });
}

function leadsSomewhere(file: SourceFile, target: string, byPath: Map<string, SourceFile>): boolean {
  const [path = "", heading] = target.split("#", 2);
  const resolved = path === "" ? file.path : resolve(file.path, decodeURI(path));
  const linked = byPath.get(resolved);
  if (linked === undefined)
    return [...byPath.keys()].some((known) => known.startsWith(`${resolved.replace(/\/$/, "")}/`));
  return heading === undefined || !resolved.endsWith(".md") || headingsOf(linked.text).has(heading);
}

function resolve(from: string, path: string): string {
  return path.startsWith("/") ? path.slice(1) : posix.join(posix.dirname(from), path);
}

function headingsOf(text: string): Set<string> {
  const titles = [...withoutBlocks(text).matchAll(/^#{1,6}\s+(.+?)\s*$/gm)].map((match) => match[1] ?? "");
  return new Set(
    titles.map((title) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, "")
        .replace(/\s/g, "-"),
    ),
  );
}

function blanked(part: string): string {
  return part.replace(/[^\n]/g, " ");
}

function withoutBlocks(text: string): string {
  return text.replace(/^(```|~~~)[\s\S]*?^\1/gm, blanked);
}

function withoutCode(text: string): string {
  return withoutBlocks(text).replace(/`[^`\n]*`/g, blanked);
}
