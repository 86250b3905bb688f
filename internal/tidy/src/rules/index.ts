import type { Rule } from "../rule.ts";
import { declaredImports } from "./declared-imports.ts";
import { errorPages } from "./error-pages.ts";
import { fileNames } from "./file-names.ts";
import { foreignWords } from "./foreign-words.ts";
import { importBorders } from "./import-borders.ts";
import { fileLength, functionLength } from "./lengths.ts";
import { links } from "./links.ts";
import { openEnds } from "./open-ends.ts";
import { pureDomain } from "./pure-domain.ts";
import { sleepingTests, unrunTests } from "./tests.ts";

export const rules: readonly Rule[] = [
  importBorders,
  pureDomain,
  declaredImports,
  fileNames,
  openEnds,
  unrunTests,
  sleepingTests,
  fileLength,
  functionLength,
  errorPages,
  links,
  foreignWords,
];
