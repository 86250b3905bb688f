import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { Endpoint } from "../src/api/endpoint.ts";
import { endpoints } from "../src/routes/endpoints.ts";

const file = fileURLToPath(new URL("../../../docs/api.md", import.meta.url));

const codes = (errors: string[] = []) => errors.map((code) => `[\`${code}\`](errors/${code}.md)`).join(", ");

function row({ method, path, summary, scope, errors }: Endpoint): string {
  return `| \`${method} ${path}\` | ${summary} | \`${scope}\` | ${codes(errors)} |`;
}

function tableOf(version: string): string {
  const rows = endpoints.filter(({ path }) => path.startsWith(`/${version}/`)).map(row);
  return ["| request | what it does | scope | its own errors |", "|---|---|---|---|", ...rows].join("\n");
}

function withTables(page: string): string {
  return ["v1", "v2"].reduce((text, version) => {
    const place = new RegExp(`(<!-- endpoints ${version} -->\n)[\\s\\S]*?(<!-- /endpoints -->)`);
    expect(text).toMatch(place);
    return text.replace(
      place,
      (_all, begin: string, end: string) => `${begin}\n${tableOf(version)}\n\n${end}`,
    );
  }, page);
}

describe("docs/api.md", () => {
  test("lists the endpoints there are: `STEPFAST_UPDATE_DOCS=1` writes the lists anew", () => {
    const page = readFileSync(file, "utf8");
    const wanted = withTables(page);
    if (process.env.STEPFAST_UPDATE_DOCS === "1") writeFileSync(file, wanted);
    expect(readFileSync(file, "utf8")).toBe(wanted);
  });

  test("tells of every parameter of the list of runs", () => {
    const page = readFileSync(file, "utf8");
    const section = page.slice(page.indexOf("### `GET /v2/runs`"), page.indexOf("### Trace"));
    const listed = endpoints.find(({ id }) => id === "listRuns")?.query?.shape ?? {};
    for (const name of Object.keys(listed)) expect(section).toContain(`\`${name}\``);
  });
});
