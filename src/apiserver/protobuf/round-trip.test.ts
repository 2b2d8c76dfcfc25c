import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BuiltInSchemas } from "#api/schemas.ts";
import { Codec } from "#apimachinery/codec/codec.ts";
import type { ObjectSchema } from "#apimachinery/schema.ts";
import { kindObject } from "#testing/kind-values.ts";
import { seededRandom } from "#testing/seeded-random.ts";
import { wireKinds } from "#testing/wire-kinds.ts";
import { CborFormat } from "../cbor/cbor-format.ts";
import { decodeCbor } from "../cbor/decode-cbor.ts";
import { ObjectDecoder } from "./object-decoder.ts";
import { ProtobufFormat } from "./protobuf-format.ts";

const schemas = new BuiltInSchemas();
const codec = new Codec();
const protobuf = new ProtobufFormat(schemas);
const decoder = new ObjectDecoder(schemas);
const cbor = new CborFormat(schemas);

describe.each([...wireKinds(schemas)])("$name", ({ gvk, schema }) => {
  /** As it is stored: what has been decoded once does not change any more. */
  const objects = fc
    .tuple(fc.integer(), fc.constantFrom(0, 0.1, 0.4, 0.9))
    .map(([seed, density]) =>
      normalized(schema, kindObject(schema, { random: seededRandom(seed), density })),
    );

  function normalized(target: ObjectSchema, value: object): object {
    const options = { gvk, fieldValidation: "Ignore" as const };
    return JSON.parse(JSON.stringify(codec.decode(target, value, options).object)) as object;
  }

  test("is the same after it has been protobuf, or CBOR", () => {
    fc.assert(
      fc.property(objects, (object) => {
        const json = Buffer.from(JSON.stringify(object));
        const fromProtobuf = decoder.decode(Buffer.from(protobuf.document(json)), gvk);
        expect(normalized(schema, fromProtobuf)).toEqual(object);
        expect(decodeCbor(Buffer.from(cbor.document(json)))).toEqual(object);
      }),
      { numRuns: 20 },
    );
  });
});
