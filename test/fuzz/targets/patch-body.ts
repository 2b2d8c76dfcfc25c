import { StatusError } from "#apimachinery/status-error.ts";
import { isCompactJson, PatchBody, patchFormatOf } from "#apiserver/front/patch-body.ts";
import { attempt, ensureSame, textTarget } from "../engine/target.ts";

const TYPES = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
  "application/apply-patch+yaml",
  "application/apply-patch+cbor",
];

/** Bodies of patches, each read as every kind of patch. */
export const target = textTarget({
  seeds: [
    '[{"op":"add","path":"/a","value":1,"x":2,"op":"test"}]',
    '{"a":1,"a":2,"b":null}',
    '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}}',
    "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\na: &a [1]\nb: *a\n",
    "\u00a1\u0061a\u0001",
    '"x"',
  ],
  dictionary: ["op", "path", '"', "{", "[", ": ", "- ", "null", "1e999", "\ud7ff", "&a ", "*a"],
  maxBytes: 2048,
  maxInflatedBytes: 16 * 1024,
  maxMs: 1500,
  refusals: [],
  open: () => (text) => {
    const bytes = Buffer.from(text);
    for (const type of TYPES) {
      for (const validation of ["Warn", "Ignore"] as const) {
        const body = new PatchBody(bytes, patchFormatOf(type), validation);
        attempt([StatusError], () => ensureSame(body.document, body.document, "It is parsed once"));
      }
    }
    isCompactJson(bytes);
    return undefined;
  },
});
