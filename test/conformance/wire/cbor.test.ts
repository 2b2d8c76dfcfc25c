import { describe, expect, test } from "bun:test";
import { decode, encode } from "cborg";
import { BuiltInSchemas } from "#api/schemas.ts";
import { Codec } from "#apimachinery/codec/codec.ts";
import { CborFormat } from "#apiserver/cbor/cbor-format.ts";
import { decodeCbor } from "#apiserver/cbor/decode-cbor.ts";
import { kindObject } from "#testing/kind-values.ts";
import { seededRandom } from "#testing/seeded-random.ts";

const schemas = new BuiltInSchemas();
const codec = new Codec();
const format = new CborFormat(schemas);

const KINDS = [
  { group: "", version: "v1", kind: "Pod" },
  { group: "", version: "v1", kind: "Secret" },
  { group: "apiextensions.k8s.io", version: "v1", kind: "CustomResourceDefinition" },
];

/** What another program makes of our bytes: strings come as bytes, which are texts unless a tag says otherwise. */
function readByAnother(bytes: Uint8Array): unknown {
  const tags: Record<number, (read: () => unknown) => unknown> = {
    55799: (read) => read(),
    22: (read) => Buffer.from(read() as Uint8Array).toString("base64"),
  };
  return plain(decode(bytes, { useMaps: true, tags, strict: true }));
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, each]) => [plain(key), plain(each)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

describe.each(KINDS)("$kind", (gvk) => {
  const schema = schemas.ofResource(gvk);
  const objects = Array.from({ length: 20 }, (_, seed) => {
    const value = kindObject(schema, { random: seededRandom(seed), density: 0.4 });
    const { object } = codec.decode(schema, value, { gvk, fieldValidation: "Ignore" });
    return JSON.parse(JSON.stringify(object)) as object;
  });

  test("is understood by another program, which finds it in the shortest form", () => {
    for (const object of objects) {
      expect(readByAnother(format.document(Buffer.from(JSON.stringify(object))))).toEqual(object);
    }
  });

  test("is understood when it comes from another program", () => {
    for (const object of objects) expect(decodeCbor(Buffer.from(encode(object)))).toEqual(object);
  });
});
