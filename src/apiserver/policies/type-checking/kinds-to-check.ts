import type { ParamKind, ValidatingAdmissionPolicySpec } from "#api/generated/admissionregistration-v1.ts";
import { parseApiVersion } from "#apimachinery/meta.ts";
import type { KindRegistry } from "../../registry/kind-registry.ts";
import type { ServedResource } from "../../registry/served-resource.ts";

type Rule = NonNullable<
  NonNullable<ValidatingAdmissionPolicySpec["matchConstraints"]>["resourceRules"]
>[number];
type Registry = Pick<KindRegistry, "find" | "findKind" | "list">;

/** How many kinds of one rule are looked at (apiserver `policy/validating/typechecking.go`). */
const MAX_KINDS = 10;

/** The kinds that a policy is checked against, in order: those that its rules name in full. */
export function kindsToCheck(
  { matchConstraints }: ValidatingAdmissionPolicySpec,
  registry: Registry,
): readonly ServedResource[] {
  const found = new Set<ServedResource>();
  for (const rule of matchConstraints?.resourceRules ?? []) {
    const ofRule = kindsOfRule(rule, registry).slice(0, MAX_KINDS);
    for (const kind of ofRule) found.add(kind);
    // Rules after one that is full are not looked at, as upstream has it.
    if (ofRule.length === MAX_KINDS) break;
  }
  return [...found].toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

/** What the parameters of a policy are; undefined when nobody serves them. */
export function kindOfParams(
  { apiVersion = "", kind = "" }: ParamKind,
  registry: Registry,
): ServedResource | undefined {
  return registry.findKind({ ...parseApiVersion(apiVersion), kind });
}

function kindsOfRule(rule: Rule, registry: Registry): readonly ServedResource[] {
  const groups = namesIn(rule.apiGroups);
  const versions = namesIn(rule.apiVersions);
  const resources = (rule.resources ?? []).filter((each) => !/[*/]/.test(each)).toSorted();
  return groups.flatMap((group) =>
    versions.flatMap((version) =>
      resources.flatMap((resource) =>
        resolve({ group, version, resource: resource.toLowerCase() }, registry),
      ),
    ),
  );
}

/** None at all where one of them stands for others. */
function namesIn(names: readonly string[] = []): readonly string[] {
  return names.some((each) => each.includes("*")) ? [] : names.toSorted();
}

/** Whoever names no group means all of them (apimachinery `meta.RESTMapper`). */
function resolve(
  wanted: { readonly group: string; readonly version: string; readonly resource: string },
  registry: Registry,
): readonly ServedResource[] {
  const { group, version, resource: name } = wanted;
  if (group !== "") return [registry.find(wanted)].filter((each) => each !== undefined);
  return registry.list().filter(({ resource }) => resource.version === version && resource.name === name);
}

function sortKey({ resource: { group, version, kind } }: ServedResource): string {
  return [group, version, kind].join("\0");
}
