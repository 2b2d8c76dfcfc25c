import { describe, expect, test } from "bun:test";
import { BuiltInSchemas } from "#api/schemas.ts";
import { Codec } from "#apimachinery/codec/codec.ts";
import { formatApiVersion } from "#apimachinery/meta.ts";
import { ObjectDecoder } from "#apiserver/protobuf/object-decoder.ts";
import { ProtobufFormat } from "#apiserver/protobuf/protobuf-format.ts";
import { kindObject } from "#testing/kind-values.ts";
import { seededRandom } from "#testing/seeded-random.ts";
import { wireKinds } from "#testing/wire-kinds.ts";
import { ProtobufJudge } from "./protobuf-judge.ts";

const schemas = new BuiltInSchemas();
const codec = new Codec();
const format = new ProtobufFormat(schemas);
const decoder = new ObjectDecoder(schemas);
const judge = new ProtobufJudge(schemas);
const PREFIX = Buffer.from("k8s\0");

describe.each([...wireKinds(schemas)])("$name", ({ type, schema, gvk }) => {
  const normalized = (value: object): object => {
    const { object } = codec.decode(schema, value, { gvk, fieldValidation: "Ignore" });
    // The library that judges cannot have this key.
    return JSON.parse(JSON.stringify(object).replaceAll('"__proto__"', '"proto"')) as object;
  };
  const objects = [0, 0.2, 0.6, 0.95].map((density, seed) =>
    normalized(kindObject(schema, { random: seededRandom(seed), density })),
  );
  const rawOf = (bytes: Uint8Array): Uint8Array => {
    const { raw } = judge.read("Unknown", bytes.subarray(PREFIX.length)) as { raw: string };
    return Buffer.from(raw, "base64");
  };

  test("is understood by another program", () => {
    for (const object of objects) {
      const bytes = format.document(Buffer.from(JSON.stringify(object)));
      expect(Buffer.from(bytes.subarray(0, PREFIX.length))).toEqual(PREFIX);
      expect(judge.read("Unknown", bytes.subarray(PREFIX.length))).toMatchObject({
        typeMeta: { apiVersion: formatApiVersion(gvk), kind: gvk.kind },
        contentEncoding: "",
        contentType: "",
      });
      const raw = rawOf(bytes);
      const read = judge.decode(type, raw) as object;
      expect(normalized({ ...read, apiVersion: formatApiVersion(gvk), kind: gvk.kind })).toEqual(object);
      expect(Buffer.from(judge.rewrite(type, raw))).toEqual(Buffer.from(raw));
    }
  });

  test("has every field that is no pointer", () => {
    const raw = rawOf(format.document(Buffer.from(JSON.stringify(objects[0]))));
    const read = judge.read(type, raw) as Readonly<Record<string, unknown>>;
    for (const { name, pointer, repeated, map, type: fieldType } of schemas
      .wireMessage(type)
      .fields.values()) {
      const isRequired = !pointer && !repeated && !map && fieldType !== "bytes";
      if (isRequired) expect(Object.hasOwn(read, name), name).toBe(true);
    }
  });

  test("is understood when it comes from another program", () => {
    for (const object of objects) {
      const typeMeta = { apiVersion: formatApiVersion(gvk), kind: gvk.kind };
      const raw = Buffer.from(judge.encode(type, object)).toString("base64");
      const envelope = Buffer.concat([PREFIX, judge.encode("Unknown", { typeMeta, raw })]);
      expect(normalized(decoder.decode(envelope, gvk))).toEqual(object);
    }
  });
});
