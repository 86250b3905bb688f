import { importsOf, isRelative, packageOf } from "../imports.ts";
import type { Rule } from "../rule.ts";
import type { SourceFile } from "../source-file.ts";

interface Manifest {
  name?: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

/** A package that is published names everything its source imports. */
export const declaredImports: Rule = {
  name: "declared-imports",
  check(files) {
    const manifests = new Map(
      files.filter(isManifest).map((file) => [file.workspace, JSON.parse(file.text) as Manifest]),
    );
    return files
      .filter((file) => file.isTypeScript && file.path.startsWith(`${file.workspace}/src/`))
      .flatMap((file) => {
        const known = namesIn(manifests.get(file.workspace) ?? {});
        return importsOf(file)
          .filter(
            ({ specifier }) =>
              !isRelative(specifier) && !specifier.startsWith("node:") && !known.has(packageOf(specifier)),
          )
          .map(({ specifier, line }) => ({
            path: file.path,
            line,
            message: `imports "${specifier}", which ${file.workspace}/package.json does not name`,
          }));
      });
  },
};

function isManifest(file: SourceFile): boolean {
  return file.workspace !== "" && file.path === `${file.workspace}/package.json`;
}

/** Tests, internals and examples may also use development dependencies. */
function namesIn(manifest: Manifest): Set<string> {
  const { name = "", dependencies = {}, devDependencies = {}, peerDependencies = {} } = manifest;
  const isInternal = !name.startsWith("stepfast") && !name.startsWith("@stepfast/");
  const names = [name, ...Object.keys(dependencies), ...Object.keys(peerDependencies)];
  return new Set(isInternal ? [...names, ...Object.keys(devDependencies)] : names);
}
