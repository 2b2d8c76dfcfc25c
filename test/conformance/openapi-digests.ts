/**
 * Digests of what stands in a document of OpenAPI v2, so that it can be compared with that of Kubernetes without having
 * that here. Run as a program, it writes `facts/openapi-v2.json` from the file `api/openapi-spec/swagger.json` of a
 * release of Kubernetes:
 *
 *     bun run test/conformance/openapi-digests.ts swagger.json
 *
 * That file describes alpha and beta versions, too, which are left out with all that only they use. It is made without
 * the feature gate `OpenAPIEnums`, which servers have on by default: closed sets of values count for nothing here.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";

export interface V2Document {
  readonly paths: Readonly<Record<string, unknown>>;
  readonly definitions: Readonly<Record<string, unknown>>;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** By name. */
type Digests = Readonly<Record<string, string>>;
export type DocumentDigests = Readonly<Record<keyof V2Document, Digests>>;

export const FACTS = join(import.meta.dir, "facts/openapi-v2.json");

/** Enough to tell documents apart that are not made to have the same digest. */
const DIGITS = 8;
const ENUM_TEXT = /\s*Possible enum values:\n[^]*$/;

export function digestsOf({ paths, definitions, parameters }: V2Document): DocumentDigests {
  return { paths: digests(paths), definitions: digests(definitions), parameters: digests(parameters) };
}

function digests(documents: Readonly<Record<string, unknown>>): Digests {
  const entries = Object.entries(documents).map(([name, document]) => {
    const hash = createHash("sha256").update(JSON.stringify(canonical(document)));
    return [name, hash.digest("hex").slice(0, DIGITS)] as const;
  });
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** With keys in order, and without closed sets of values. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([key, each]) => key !== "enum" || !Array.isArray(each));
  return Object.fromEntries(
    entries
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, key === "description" ? withoutEnum(each) : canonical(each)]),
  );
}

function withoutEnum(description: unknown): unknown {
  return typeof description === "string" ? description.replace(ENUM_TEXT, "") : canonical(description);
}

const UNSTABLE = /\/v\d+(?:alpha|beta)\d+\//;
/** Groups that have no stable version; files of the host that kube-apiserver shows. */
const NOT_SERVED = /^\/(?:apis\/(?:internal\.apiserver|storagemigration)\.k8s\.io\/|logs\/)/;

/** What a server has that serves stable versions only. */
function stablePart({ paths, definitions, parameters }: V2Document): V2Document {
  const kept = Object.entries(paths).filter(([path]) => !UNSTABLE.test(path) && !NOT_SERVED.test(path));
  const used = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, each] of Object.entries(value)) {
      if (key !== "$ref" || typeof each !== "string" || used.has(each)) visit(each);
      else {
        used.add(each);
        const [, section = "", name = ""] = each.split("/");
        visit(section === "parameters" ? parameters[name] : definitions[name]);
      }
    }
  };
  visit(Object.fromEntries(kept));
  const pick = (section: string, documents: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.entries(documents).filter(([name]) => used.has(`#/${section}/${name}`)));
  return {
    paths: Object.fromEntries(kept),
    definitions: pick("definitions", definitions),
    parameters: pick("parameters", parameters),
  };
}

if (import.meta.main) {
  const [file = ""] = process.argv.slice(2);
  const document = (await Bun.file(file).json()) as V2Document;
  await Bun.write(FACTS, `${JSON.stringify(digestsOf(stablePart(document)), null, 1)}\n`);
}
