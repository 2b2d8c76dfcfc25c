import { checkDepth } from "#apimachinery/codec/parse-json.ts";
import { isJsonObject } from "#apimachinery/json-value.ts";
import { applyMergePatch } from "#apimachinery/patch/merge-patch.ts";
import { parsePatch } from "#apimachinery/patch/parse-patch.ts";
import { StatusError } from "#apimachinery/status-error.ts";
import { ensure, ensureSame, jsonTarget } from "../engine/target.ts";

/** JSON merge patches. */
export const target = jsonTarget({
  seeds: [
    '{"document":{"a":1,"b":{"c":[1,null]}},"patch":{"a":null,"b":{"c":[{"d":null}],"e":{"f":null}}}}',
    '{"document":{"a":{"b":1}},"patch":{"a":["b"],"__proto__":{"x":null},"c":{}}}',
  ],
  dictionary: ["a", "b", "c", "__proto__"],
  refusals: [StatusError],
  open: () => (input) => {
    if (!isJsonObject(input)) return undefined;
    const { document, patch } = input;
    const before = JSON.stringify(input);
    const { document: parsed } = parsePatch(JSON.stringify(patch ?? null), "merge");
    const once = applyMergePatch(document, parsed);
    return () => {
      checkDepth(once, 10_000);
      ensure(JSON.stringify(input) === before, "The document and the patch stay as they are");
      ensureSame(
        applyMergePatch(once, parsed),
        withoutReplacedNulls(once, parsed),
        "A patch changes nothing the second time",
      );
    };
  },
});

/** A list that has come in place of an object loses its nulls the first time only when it is new. */
function withoutReplacedNulls(once: unknown, patch: unknown): unknown {
  return applyMergePatch(applyMergePatch(once, patch), patch);
}
