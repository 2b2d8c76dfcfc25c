import { BuiltInSchemas } from "#api/schemas.ts";
import { managedFieldsOf } from "#apimachinery/apply/field-manager.ts";
import {
  difference,
  intersection,
  isEmptySet,
  isSubset,
  overlaps,
  pathsOf,
  union,
} from "#apimachinery/apply/field-set.ts";
import { parseFieldsV1 } from "#apimachinery/apply/fields-v1.ts";
import { formatManagedFields, parseManagedFields } from "#apimachinery/apply/managed-fields.ts";
import { formatPath } from "#apimachinery/apply/path-element.ts";
import { Codec } from "#apimachinery/codec/codec.ts";
import { isJsonObject } from "#apimachinery/json-value.ts";
import { StatusError } from "#apimachinery/status-error.ts";
import { attempt, ensure, ensureSame, jsonTarget } from "../engine/target.ts";

const POD = { group: "", version: "v1", kind: "Pod" };
const codec = new Codec();
const pods = new BuiltInSchemas().ofResource(POD);

/** Sets of fields as managed fields have them, and whole lists of managed fields. */
export const target = jsonTarget({
  seeds: [
    '[{"f:spec":{".":{},"f:containers":{"k:{\\"name\\":\\"a\\"}":{".":{},"f:image":{}}}}},{"f:metadata":{"f:finalizers":{"v:\\"a\\"":{}}},"i:0":{}}]',
    '[{"v:1":{},"v:\\"1\\"":{},"v:true":{},"v:null":{},"v:1e1":{}},{"k:{\\"b\\":1,\\"a\\":\\"x\\"}":{},"i:-1":{},"i:x":{}}]',
    '[{"x:a":{},"f:":{},"f:__proto__":{}},{},[{"manager":"m","operation":"Update","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f:a":{}},"time":"2026-01-01T00:00:00Z"}]]',
  ],
  dictionary: [
    ".",
    "f:",
    "f:a",
    "k:{",
    'k:{"a":1}',
    "v:",
    "v:[1]",
    'v:{"a":1}',
    "i:",
    "i:1",
    "i:9007199254740993",
    "x:y",
    "fieldsV1",
    "operation",
    "Apply",
    "manager",
  ],
  refusals: [SyntaxError],
  open: () => (input) => {
    const [a, b, managedFields] = Array.isArray(input) ? (input as readonly unknown[]) : [];
    attempt([SyntaxError, StatusError], () => {
      // As they come out of an object.
      const decoded = codec.decode(pods, { metadata: { managedFields } }, { gvk: POD }).object;
      const managed = managedFieldsOf(decoded);
      const stored = formatManagedFields(parseManagedFields(managed));
      ensureSame(
        formatManagedFields(parseManagedFields(stored)),
        stored,
        "Stored managed fields are read back",
      );
    });
    if (!isJsonObject(a) || !isJsonObject(b)) return undefined;
    const [left, right] = [parseFieldsV1(a), parseFieldsV1(b)];
    return () => {
      ensureSame(parseFieldsV1(left), left, "A set that was read stays as it is");
      const both = union(left, right);
      ensureSame(union(right, left), both, "A union does not depend on the order");
      ensure(isSubset(left, both) && isSubset(right, both), "Both are part of their union");
      const shared = intersection(left, right);
      ensure(isSubset(shared, left) && isSubset(shared, right), "An intersection is part of both");
      ensure(isEmptySet(shared) || overlaps(left, right), "Sets overlap that have something in common");
      ensure(
        isEmptySet(intersection(difference(left, right), right)),
        "A difference has nothing of what was taken away",
      );
      pathsOf(both).map(formatPath);
    };
  },
});
