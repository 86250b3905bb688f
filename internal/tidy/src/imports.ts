import type { SourceFile } from "./source-file.ts";

export interface Import {
  specifier: string;
  line: number;
  /** Only types: nothing is loaded. */
  isTypeOnly: boolean;
}

const FROM = /\b(import|export)(\s+type)?\b([^;"'`()]*?)\bfrom\s*["']([^"']+)["']/g;
const BARE = /\bimport\s*["']([^"']+)["']/g;
const DYNAMIC = /\b(?:import|require|require\.resolve|import\.meta\.resolve)\(\s*["']([^"']+)["']/g;

/** Every module a file names. */
export function importsOf(file: SourceFile): Import[] {
  const found: Import[] = [];
  for (const match of matchesInCode(file, FROM)) {
    const isTypeOnly = match[2] !== undefined || onlyTypesInBraces(match[3] ?? "");
    found.push({ specifier: match[4] ?? "", line: file.lineOf(match.index), isTypeOnly });
  }
  for (const pattern of [BARE, DYNAMIC]) {
    for (const match of matchesInCode(file, pattern)) {
      found.push({ specifier: match[1] ?? "", line: file.lineOf(match.index), isTypeOnly: false });
    }
  }
  return found;
}

/** Matches that begin in code: an import within a text is none. */
function matchesInCode(file: SourceFile, pattern: RegExp): RegExpExecArray[] {
  return [...file.uncommented.matchAll(pattern)].filter((match) => file.code.charAt(match.index) !== " ");
}

function onlyTypesInBraces(clause: string): boolean {
  const names = /^\s*\{([^}]*)\}\s*$/
    .exec(clause)?.[1]
    ?.split(",")
    .filter((name) => name.trim() !== "");
  return names !== undefined && names.length > 0 && names.every((name) => name.trim().startsWith("type "));
}

/** The package of a specifier: `@scope/name` or `name`, without subpath. */
export function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

export function isRelative(specifier: string): boolean {
  return specifier.startsWith(".");
}
