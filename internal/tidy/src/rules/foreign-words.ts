import { matches, type Rule } from "../rule.ts";

const HOST = "a package registry's host";
const WORDS: [RegExp, string][] = [
  [
    /\bregistry\.[a-z.]*(?:npmjs|yarnpkg)\b|\bnpm\.pkg\b|\bpypi\.(?:org|python)|\bfiles\.pythonhosted\b|\bstatic\.crates\b|\bproxy\.golang\b|\bartifactory\b/gi,
    HOST,
  ],
  [/(?<![\w.:/-])\/(?:home|Users|root|work)\/[\w.-]+/g, "a path of one machine"],
  [/\b[A-Z]:\\(?:Users|work)\b/g, "a path of one machine"],
  [/(?<![\w.])\/tmp\/[\w.-]+\.(?:md|txt|json)\b/g, "a path of one machine"],
  [
    // In quotes the second is a wire format of models, and the beginning of its headers.
    /\bworkplace\b|\b(?:claude|copilot)\b|(?<!")\banthropic\b|\bcoding (?:agent|assistant)\b/gi,
    "how the project is made",
  ],
];

/** The repository speaks of the product: not of the machines, hosts or hands that made it. */
export const foreignWords: Rule = {
  name: "foreign-words",
  check(files) {
    const read = files.filter((file) => !file.path.startsWith("internal/tidy/"));
    // A lock file names other people's packages; only a host may not stand there.
    const written = read.filter((file) => !file.path.endsWith("package-lock.json"));
    return WORDS.flatMap(([pattern, what]) =>
      matches(what === HOST ? read : written, "text", pattern, (match) => `"${match}" is ${what}`),
    );
  },
};
