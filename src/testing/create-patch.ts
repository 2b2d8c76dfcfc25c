import { equalJson, isJsonObject, type JsonObject } from "#apimachinery/json-value.ts";
import type { Field, Schema } from "#apimachinery/schema.ts";

type List = readonly unknown[];
type Entry = readonly [key: string, value: unknown];

/**
 * The strategic merge patch that makes `modified` of `original`, with the directives that kubectl puts into it
 * (apimachinery `pkg/util/strategicpatch` CreateTwoWayMergePatch).
 */
export function createPatch(original: JsonObject, modified: JsonObject, schema: Schema): JsonObject {
  const entries: Entry[] = [];
  for (const name of new Set([...Object.keys(original), ...Object.keys(modified)])) {
    const [before, after] = [original[name], modified[name]];
    if (after === undefined) entries.push([name, null]);
    else if (!equalJson(before, after))
      entries.push(...changedField(name, before, after, fieldOf(schema, name)));
  }
  return Object.fromEntries(entries);
}

function changedField(
  name: string,
  before: unknown,
  after: unknown,
  field: Field | undefined,
): readonly Entry[] {
  const strategy: readonly string[] = field?.patchStrategy ?? [];
  if (isJsonObject(before) && isJsonObject(after) && !strategy.includes("replace")) {
    return [[name, changedObject(before, after, field?.schema ?? MAP, strategy)]];
  }
  if (!Array.isArray(before) || !Array.isArray(after) || before.length === 0 || !strategy.includes("merge")) {
    return [[name, after]];
  }
  return changedList(name, before, after, field);
}

function changedList(name: string, before: List, after: List, field: Field | undefined): readonly Entry[] {
  const { patchMergeKey: key, patchStrategy: strategy = [], schema } = field ?? {};
  if (key === undefined) return changedScalars(name, before, after);
  return changedElements(name, before, after, {
    key,
    items: schema?.type === "list" ? schema.items : MAP,
    strategy,
  });
}

/** Where the strategy says so, only the fields that the object still has are retained. */
function changedObject(
  before: JsonObject,
  after: JsonObject,
  schema: Schema,
  strategy: readonly string[],
): JsonObject {
  const retained = strategy.includes("retainKeys") ? { $retainKeys: Object.keys(after) } : {};
  return { ...retained, ...createPatch(before, after, schema) };
}

interface ElementPatch {
  readonly key: string;
  readonly items: Schema;
  readonly strategy: readonly string[];
}

function changedElements(
  name: string,
  before: List,
  after: List,
  { key, items, strategy }: ElementPatch,
): readonly Entry[] {
  const byKey = (list: List): Map<unknown, JsonObject> =>
    new Map((list as readonly JsonObject[]).map((element) => [element[key], element]));
  const [old, next] = [byKey(before), byKey(after)];
  const changes = [...next].map(([value, element]) => {
    const present = old.get(value);
    return present === undefined
      ? element
      : { ...changedObject(present, element, items, strategy), [key]: value };
  });
  const gone = [...old.keys()].filter((value) => !next.has(value));
  return [
    [`$setElementOrder/${name}`, [...next.keys()].map((value) => ({ [key]: value }))],
    [name, [...changes, ...gone.map((value) => ({ [key]: value, $patch: "delete" }))]],
  ];
}

function changedScalars(name: string, before: List, after: List): readonly Entry[] {
  return [
    [`$setElementOrder/${name}`, after],
    [`$deleteFromPrimitiveList/${name}`, before.filter((each) => !after.includes(each))],
    [name, after.filter((each) => !before.includes(each))],
  ];
}

const MAP: Schema = { type: "map", values: { type: "any" }, atomic: false };

function fieldOf(schema: Schema, name: string): Field | undefined {
  return schema.type === "object" ? schema.fields.get(name) : undefined;
}
