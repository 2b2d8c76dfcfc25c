/** Every built-in resource, by its real kind where there is one yet. */
import { join } from "node:path";
import { defineKind, type Kind } from "#api/kind.ts";
import { apiGroups } from "#api/resource.ts";
import { formatApiVersion } from "#apimachinery/meta.ts";

const directory = join(import.meta.dir, "../api");

const defined = new Map<string, Kind>();
for await (const file of new Bun.Glob("*/v*/*.ts").scan({ cwd: directory, absolute: true })) {
  if (file.endsWith(".test.ts") || file.includes("/generated/")) continue;
  const module = (await import(file)) as Record<string, unknown>;
  for (const value of Object.values(module)) {
    if (!isKind(value)) continue;
    const { group, version, name } = value.resource;
    defined.set(`${group}/${version}/${name}`, value);
  }
}

export const builtInKinds: readonly Kind[] = apiGroups.flatMap(({ versions }) =>
  versions.flatMap(({ resources }) =>
    resources.map(
      (resource) =>
        defined.get(`${resource.group}/${resource.version}/${resource.name}`) ??
        defineKind({ apiVersion: formatApiVersion(resource), kind: resource.kind }),
    ),
  ),
);

function isKind(value: unknown): value is Kind {
  return typeof value === "object" && value !== null && "resource" in value && Object.isFrozen(value);
}
