import { applyPatch, type Operation } from "fast-json-patch";
import { checkDepth } from "#apimachinery/codec/parse-json.ts";
import { isJsonObject } from "#apimachinery/json-value.ts";
import { applyJsonPatch } from "#apimachinery/patch/json-patch.ts";
import { parsePatch } from "#apimachinery/patch/parse-patch.ts";
import { StatusError } from "#apimachinery/status-error.ts";
import { attempt, ensure, ensureSame, jsonTarget } from "../engine/target.ts";

/** JSON patches and what they make of a document, beside what `fast-json-patch` makes of it. */
export const target = jsonTarget({
  seeds: [
    '{"document":{"a":[1,2],"b":{"c~/d":null}},"patch":[{"op":"add","path":"/a/-","value":3},{"op":"test","path":"/b/c~0~1d","value":null}]}',
    '{"document":{"a":{"b":1}},"patch":[{"op":"move","from":"/a/b","path":"/c"},{"op":"copy","from":"/c","path":"/a/d"}]}',
    '{"document":[1,[2]],"patch":[{"op":"replace","path":"/1/0","value":{}},{"op":"remove","path":"/-1"}]}',
    '{"document":{},"patch":[{"op":"replace","path":"","value":[1]},{"op":"add","path":"/__proto__","value":1}]}',
    '{"document":{"a":1},"patch":[{"op":"test","path":"","value":{"a":1}},{"op":"move","from":"/a","path":"/a/b"}]}',
  ],
  dictionary: [
    "op",
    "path",
    "from",
    "value",
    "add",
    "remove",
    "replace",
    "move",
    "copy",
    "test",
    "/",
    "~0",
    "~1",
    "/-",
    "/0",
    "/-1",
    "/a",
  ],
  refusals: [StatusError],
  open: () => (input) => {
    if (!isJsonObject(input)) return undefined;
    const { document, patch } = input;
    const before = JSON.stringify(input);
    const { document: parsed } = parsePatch(JSON.stringify(patch ?? null), "json");
    const after = applyJsonPatch(document, parsed);
    return () => {
      ensure(JSON.stringify(input) === before, "The document and the patch stay as they are");
      checkDepth(after, 10_000);
      const other = resultOfAnother(document, patch);
      if (other !== undefined)
        ensureSame(after, other.result, "The result is that of another implementation");
    };
  },
});

/** The operations whose meaning the two share; and it knows nothing of the names that objects inherit. */
function resultOfAnother(document: unknown, patch: unknown): { readonly result: unknown } | undefined {
  if (!isJsonObject(document) || !Array.isArray(patch) || !patch.every(isPlainOperation)) return undefined;
  return attempt([Error], () => ({
    result: applyPatch(structuredClone(document), structuredClone(patch) as Operation[], true)
      .newDocument as unknown,
  }));
}

const PLAIN_POINTER = /^(?:\/(?:[a-z]|[0-9]|~[01])*)+$/;

function isPlainOperation(operation: unknown): boolean {
  if (!isJsonObject(operation)) return false;
  const { path, from = "/", op, value } = operation;
  if (op === "add" && value === undefined) return false;
  return [path, from].every((each) => typeof each === "string" && PLAIN_POINTER.test(each));
}
