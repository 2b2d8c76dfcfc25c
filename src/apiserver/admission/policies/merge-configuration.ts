/** Merges what a policy applies (apiserver `plugin/policy/mutating/patch/smd.go`). Nobody becomes the owner of it. */
import { type Atom, atomOf, type TypedAs, typedAs } from "#apimachinery/apply/atom.ts";
import { mergeTyped } from "#apimachinery/apply/merge-typed.ts";
import { joinTypedErrors, validateTyped } from "#apimachinery/apply/validate-typed.ts";
import { isJsonObject, type JsonObject } from "#apimachinery/json-value.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { Schema } from "#apimachinery/schema.ts";

/** The object with all that the configuration says. Throws an Error for a configuration that does not fit. */
export function mergeConfiguration(schema: Schema, object: KubeObject, configuration: JsonObject): unknown {
  const { apiVersion, kind } = object;
  const applied = { ...configuration, apiVersion, kind };
  const problems = validateTyped(schema, applied);
  if (problems.length > 0) {
    throw new Error(
      `error applying patch: failed to convert patch object to typed object: ${joinTypedErrors(problems)}`,
    );
  }
  const atomics = findAtomics(typedAs(schema), applied, "");
  if (atomics.length > 0) {
    throw new Error(
      `error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${atomics.join(", ")}`,
    );
  }
  return mergeTyped(schema, object, applied);
}

/** What would be replaced as a whole, although only a part of it is named. */
function findAtomics(type: TypedAs, value: unknown, path: string): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  const atom: Atom = atomOf(type, value);
  if (atom.kind === "scalar") return [];
  const own = atom.isAtomic ? [path] : [];
  if (atom.kind === "map") {
    if (!isJsonObject(value)) return [];
    const fields = Object.keys(value).flatMap((name) => {
      const { type: field } = atom.fields.get(name) ?? {};
      return field === undefined ? [] : findAtomics(field, value[name], `${path}.${name}`);
    });
    return [...own, ...fields];
  }
  const items = Array.isArray(value) ? (value as readonly unknown[]) : [];
  return [
    ...own,
    ...items.flatMap((item, index) => findAtomics(atom.items, item, `${path}[${String(index)}]`)),
  ];
}
