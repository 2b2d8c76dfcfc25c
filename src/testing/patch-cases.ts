/**
 * Strategic merge patches and what comes of them, as text:
 *
 *     live {mergingList: [{name: a}, {name: b}]}
 *     patch {mergingList: [{name: b, $patch: delete}]}
 *     becomes {mergingList: [{name: a}]}
 *
 * or `fails "message"`. A blank line ends a case.
 */
import { parse } from "yaml";
import type { JsonObject } from "#apimachinery/json-value.ts";
import { applyStrategicMergePatch } from "#apimachinery/patch/strategic-merge-patch.ts";
import type { Field, ObjectSchema } from "#apimachinery/schema.ts";
import { StatusError } from "#apimachinery/status-error.ts";
import { aField, aListOf, aMapOf, aScalar, aStruct } from "./schema.ts";

/** Cases by their patches, for `test.each`. */
export function splitCases(text: string): readonly (readonly [patch: string, lines: readonly string[]])[] {
  return text
    .trim()
    .split(/\n\s*\n/)
    .map((each) => {
      const lines = each.split("\n").map((line) => line.trim());
      return [lines[1] ?? "", lines] as const;
    });
}

/** The lines of a case as they turn out to be. */
export function replayPatch(schema: ObjectSchema, lines: readonly string[]): readonly string[] {
  const [live = "", patch = "", wanted = ""] = lines;
  const document = (parse(live.replace("live ", "")) ?? {}) as JsonObject;
  try {
    const result = applyStrategicMergePatch(document, parse(patch.replace("patch ", "")), schema);
    const isWanted =
      wanted.startsWith("becomes ") && Bun.deepEquals(result, parse(wanted.replace("becomes ", "")));
    return [live, patch, isWanted ? wanted : `becomes ${JSON.stringify(result)}`];
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return [live, patch, `fails ${JSON.stringify(error.message)}`];
  }
}

/** A type with every way of patching a field. */
export const mergeItem: ObjectSchema = recursiveItem();

function recursiveItem(): ObjectSchema {
  const fields = new Map<string, Field>();
  const item: ObjectSchema = { ...aStruct("MergeItem", {}), fields };
  for (const [name, field] of aStruct("MergeItem", itemFields(item)).fields) fields.set(name, field);
  return item;
}

function itemFields(item: ObjectSchema): Parameters<typeof aStruct>[1] {
  const merge: Partial<Field> = { patchStrategy: ["merge"], patchMergeKey: "name" };
  const texts = { name: aScalar("string"), value: aScalar("string"), other: aScalar("string") };
  const lists = {
    simpleMap: aMapOf(aScalar("string")),
    mergingIntList: aField(aListOf(aScalar("int32")), { patchStrategy: ["merge"] }),
    mergingList: aField(aListOf(item), merge),
    nonMergingList: aListOf(item),
  };
  return {
    ...texts,
    ...lists,
    nonMergingIntList: aListOf(aScalar("int32")),
    mergeItemPtr: aField(item, merge),
    replacingItem: aField(aStruct("RawExtension", {}), { patchStrategy: ["replace"] }),
    retainKeysMap: aField(aStruct("RetainKeys", { ...texts, ...lists }), { patchStrategy: ["retainKeys"] }),
    retainKeysMergingList: aField(aListOf(item), { ...merge, patchStrategy: ["merge", "retainKeys"] }),
  };
}
