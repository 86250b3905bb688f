import { matches, type Rule } from "../rule.ts";

const WORDS: [RegExp, string][] = [
  [
    /\bregistry\.[a-z.]*(?:npmjs|yarnpkg)\b|\bnpm\.pkg\b|\bpypi\.(?:org|python)|\bfiles\.pythonhosted\b|\bstatic\.crates\b|\bproxy\.golang\b|\bartifactory\b/gi,
    "a package registry's host",
  ],
  [/(?<![\w.:/-])\/(?:home|Users|root|work)\/[\w.-]+/g, "a path of one machine"],
  [/\b[A-Z]:\\(?:Users|work)\b/g, "a path of one machine"],
  [/(?<![\w.])\/tmp\/[\w.-]+\.(?:md|txt|json)\b/g, "a path of one machine"],
  [
    /\bworkplace\b|\b(?:claude|anthropic|copilot)\b|\bcoding (?:agent|assistant)\b/gi,
    "how the project is made",
  ],
];

/** The repository speaks of the product: not of the machines, hosts or hands that made it. */
export const foreignWords: Rule = {
  name: "foreign-words",
  check(files) {
    const read = files.filter((file) => !file.path.startsWith("internal/tidy/"));
    return WORDS.flatMap(([pattern, what]) =>
      matches(read, "text", pattern, (match) => `"${match}" is ${what}`),
    );
  },
};
