/**
 * Digests of the stock roles and bindings, so that they can be compared with those of Kubernetes without having these
 * here. Run as a program, it writes `facts/bootstrap-policy.json` from the files of a release of Kubernetes, each of
 * which is a list in YAML:
 *
 *     bun run test/conformance/policy-digests.ts plugin/pkg/auth/authorizer/rbac/bootstrappolicy/testdata/*.yaml
 *
 * The facts are those of the policy as it is declared here for v1.36. Of the controllers' roles, each rule and its place
 * has been held against `controller-roles-featuregates.yaml` of kubernetes 1917d11d9755, which is later than v1.36: less
 * what stands there behind feature gates that are off, the one difference is that node-controller may read Leases.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { parse } from "yaml";

/** What is compared of a role or a binding. */
export interface PolicyObject {
  readonly kind: string;
  readonly metadata: { readonly name?: string; readonly namespace?: string };
  readonly rules?: readonly object[] | null;
  readonly aggregationRule?: object;
  readonly roleRef?: object;
  readonly subjects?: readonly object[];
}

export const FACTS = join(import.meta.dir, "facts/bootstrap-policy.json");

/** Enough to tell apart what is not made to have the same digest. */
const DIGITS = 8;

/** By kind, namespace and name. */
export function policyDigests(objects: readonly PolicyObject[]): Readonly<Record<string, string>> {
  const entries = objects.map((object) => [nameOf(object), digestOf(object)] as const);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function nameOf({ kind, metadata: { namespace = "", name = "" } }: PolicyObject): string {
  return `${kind} ${namespace === "" ? "" : `${namespace}/`}${name}`;
}

function digestOf({ rules, aggregationRule, roleRef, subjects }: PolicyObject): string {
  // The rules of aggregated roles are made by a controller.
  const own = aggregationRule === undefined ? (rules ?? []) : [];
  const content = canonical({ rules: own, aggregationRule, roleRef, subjects });
  return createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, DIGITS);
}

/** With keys and words in order. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(canonical);
    return items.every((item) => typeof item === "string")
      ? items.toSorted((a, b) => (a < b ? -1 : 1))
      : items;
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(
    entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => [key, canonical(each)]),
  );
}

if (import.meta.main) {
  const files = await Promise.all(Bun.argv.slice(2).map((file) => Bun.file(file).text()));
  const objects = files.flatMap((text) => (parse(text) as { readonly items: PolicyObject[] }).items);
  await Bun.write(FACTS, `${JSON.stringify(policyDigests(objects), undefined, 2)}\n`);
}
