import { join } from "node:path";
import type { Kind } from "#api/kind.ts";
import { apiGroups } from "#api/resource.ts";

const root = join(import.meta.dir, "../../src/api");
const found = new Map<string, Kind>();
for await (const f of new Bun.Glob("*/v*/*.ts").scan(root)) {
  if (f.startsWith("generated") || f.includes("test")) continue;
  const m = (await import(join(root, f))) as Record<string, any>;
  for (const v of Object.values(m))
    if (v && typeof v === "object" && v.resource?.plural === undefined && v.resource?.kind)
      found.set(`${v.resource.group}/${v.resource.version}/${v.resource.kind}`, v);
}
export const kinds: Kind[] = apiGroups.flatMap((g) =>
  g.versions.flatMap((v) =>
    v.resources.map((r) => found.get(`${g.group}/${v.version}/${r.kind}`) ?? ({ resource: r } as Kind)),
  ),
);
console.log("kinds", found.size, "of", kinds.length);
