import { KINDS_KEY, type SchemaDocument } from "../schemas/schema-document.ts";
import { filterPaths } from "./filter-paths.ts";
import { DEFINITION_PREFIX, mapJson, PARAMETER_PREFIX, referredName, type V2Spec } from "./v2-spec.ts";

/** What is shared inside a document, by its names. */
type Shared = Readonly<Record<string, SchemaDocument>>;
type Names = ReadonlyMap<string, string>;
type IsSame = (a: SchemaDocument, b: SchemaDocument) => boolean;

/**
 * One document with everything in both (kube-openapi `MergeSpecsIgnorePathConflictRenamingDefinitionsAndParameters`). A
 * path that both have is that of the first; a definition or parameter that is another one under the same name gets a
 * new name.
 */
export function mergeSpecs(first: V2Spec, second: V2Spec): V2Spec {
  const added = filterPaths(second, (path) => !(path in first.paths));
  if (Object.keys(added.paths).length === 0) return first;
  const { paths, definitions, parameters } = rename(added, {
    definitions: planNames(first.definitions, added.definitions, isSameDefinition),
    parameters: planNames(first.parameters, added.parameters, Bun.deepEquals),
  });
  return {
    paths: { ...first.paths, ...paths },
    definitions: mergeDefinitions(first.definitions, definitions),
    parameters: { ...parameters, ...first.parameters },
  };
}

function mergeDefinitions(first: Shared, second: Shared): Shared {
  const merged = new Map(Object.entries(first));
  for (const [name, definition] of Object.entries(second)) {
    const present = merged.get(name);
    merged.set(name, present === undefined ? definition : withKindsOf(present, definition));
  }
  return Object.fromEntries(merged);
}

/** New names, by the old ones, for what does not match that which has its name. */
function planNames(first: Shared, second: Shared, isSame: IsSame): Names {
  const names = new Map<string, string>();
  const taken = new Set(Object.keys(first));
  for (const [name, document] of Object.entries(second)) {
    const present = first[name];
    if (present === undefined || isSame(present, document)) continue;
    const isFree = (candidate: string): boolean => {
      const other = first[candidate];
      if (other !== undefined && isSame(other, document)) return true;
      return !taken.has(candidate) && !(candidate in second);
    };
    const chosen = freeName(name, isFree);
    names.set(name, chosen);
    taken.add(chosen);
  }
  return names;
}

/** `<name>_v2` and so on, also one that is taken by the same document already. */
function freeName(name: string, isFree: (candidate: string) => boolean): string {
  for (let version = 2; ; version += 1) {
    const candidate = `${name}_v${String(version)}`;
    if (isFree(candidate)) return candidate;
  }
}

function rename(
  { paths, definitions, parameters }: V2Spec,
  names: { readonly definitions: Names; readonly parameters: Names },
): V2Spec {
  const references = new Map([
    ...prefixed(DEFINITION_PREFIX, names.definitions),
    ...prefixed(PARAMETER_PREFIX, names.parameters),
  ]);
  if (references.size === 0) return { paths, definitions, parameters };
  const renameReference = (object: object): unknown => {
    const reference = referredName(object, "");
    const renamed = reference === undefined ? undefined : references.get(reference);
    return renamed === undefined ? object : { ...object, $ref: renamed };
  };
  const renameAll = (shared: Shared, by: Names): Shared => {
    const entries = Object.entries(shared).map(([name, document]) => [
      by.get(name) ?? name,
      mapJson(document, renameReference),
    ]);
    return Object.fromEntries(entries) as Shared;
  };
  return {
    // Only references change, and remain references.
    paths: mapJson(paths, renameReference) as V2Spec["paths"],
    definitions: renameAll(definitions, names.definitions),
    parameters: renameAll(parameters, names.parameters),
  };
}

function prefixed(prefix: string, names: Names): readonly (readonly [string, string])[] {
  return [...names].map(([from, to]) => [prefix + from, prefix + to] as const);
}

/** Whether two definitions differ in nothing but the kinds that they are of. */
function isSameDefinition(a: SchemaDocument, b: SchemaDocument): boolean {
  return Bun.deepEquals({ ...a, [KINDS_KEY]: undefined }, { ...b, [KINDS_KEY]: undefined });
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
  return { ...present, [KINDS_KEY]: kinds };
}

function kindsOf({ [KINDS_KEY]: kinds }: SchemaDocument): readonly NamedKind[] {
  return Array.isArray(kinds) ? (kinds as readonly NamedKind[]) : [];
}

function nameOf({ group = "", version = "", kind = "" }: NamedKind): string {
  return `${group}/${version}.${kind}`;
}
