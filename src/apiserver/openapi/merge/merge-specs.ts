import type { SchemaDocument } from "../component.ts";
import { filterPaths } from "./filter-paths.ts";
import { DEFINITION_PREFIX, mapJson, referredDefinition, type V2Spec } from "./v2-spec.ts";

/** The kinds that a definition is of; one definition may be of several. */
const KINDS = "x-kubernetes-group-version-kind";

/**
 * One document with everything in both (kube-openapi `MergeSpecsIgnorePathConflictRenamingDefinitionsAndParameters`). A
 * path that both have is that of the first; a definition that is another one under the same name gets a new name.
 */
export function mergeSpecs(first: V2Spec, second: V2Spec): V2Spec {
  const added = filterPaths(second, (path) => !(path in first.paths));
  if (Object.keys(added.paths).length === 0) return first;
  const { paths, definitions } = renameDefinitions(added, planNames(first.definitions, added.definitions));
  const merged = new Map(Object.entries(first.definitions));
  for (const [name, definition] of Object.entries(definitions)) {
    const present = merged.get(name);
    merged.set(name, present === undefined ? definition : withKindsOf(present, definition));
  }
  return { paths: { ...first.paths, ...paths }, definitions: Object.fromEntries(merged) };
}

/** New names, by the old ones, for definitions that do not match what has their name. */
function planNames(first: V2Spec["definitions"], second: V2Spec["definitions"]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Set(Object.keys(first));
  for (const [name, definition] of Object.entries(second)) {
    const present = first[name];
    if (present === undefined || isSame(present, definition)) continue;
    const chosen = freeName(name, definition, { first, second, taken });
    names.set(name, chosen);
    taken.add(chosen);
  }
  return names;
}

/** `<name>_v2` and so on, also one that is taken by the same definition already. */
function freeName(
  name: string,
  definition: SchemaDocument,
  {
    first,
    second,
    taken,
  }: {
    readonly first: V2Spec["definitions"];
    readonly second: V2Spec["definitions"];
    readonly taken: ReadonlySet<string>;
  },
): string {
  for (let version = 2; ; version += 1) {
    const candidate = `${name}_v${String(version)}`;
    const present = first[candidate];
    if (present !== undefined && isSame(present, definition)) return candidate;
    if (!taken.has(candidate) && !(candidate in second)) return candidate;
  }
}

function renameDefinitions(spec: V2Spec, names: ReadonlyMap<string, string>): V2Spec {
  if (names.size === 0) return spec;
  const rename = (object: object): unknown => {
    const name = referredDefinition(object);
    const renamed = name === undefined ? undefined : names.get(name);
    return renamed === undefined ? object : { ...object, $ref: DEFINITION_PREFIX + renamed };
  };
  const definitions = Object.entries(spec.definitions).map(([name, definition]) => [
    names.get(name) ?? name,
    mapJson(definition, rename),
  ]);
  return {
    // Only references change, and remain references.
    paths: mapJson(spec.paths, rename) as V2Spec["paths"],
    definitions: Object.fromEntries(definitions) as V2Spec["definitions"],
  };
}

/** Whether two definitions differ in nothing but the kinds that they are of. */
function isSame(a: SchemaDocument, b: SchemaDocument): boolean {
  return Bun.deepEquals({ ...a, [KINDS]: undefined }, { ...b, [KINDS]: undefined });
}

interface NamedKind {
  readonly group?: string;
  readonly version?: string;
  readonly kind?: string;
}

function withKindsOf(present: SchemaDocument, other: SchemaDocument): SchemaDocument {
  const [own, more] = [kindsOf(present), kindsOf(other)];
  const known = new Set(own.map(nameOf));
  const added = more.filter((kind) => !known.has(nameOf(kind)));
  if (added.length === 0) return present;
  const kinds = [...own, ...added].toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  return { ...present, [KINDS]: kinds };
}

function kindsOf({ [KINDS]: kinds }: SchemaDocument): readonly NamedKind[] {
  return Array.isArray(kinds) ? (kinds as readonly NamedKind[]) : [];
}

function nameOf({ group = "", version = "", kind = "" }: NamedKind): string {
  return `${group}/${version}.${kind}`;
}
