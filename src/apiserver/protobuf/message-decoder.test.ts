import { describe, expect, test } from "bun:test";
import { BuiltInSchemas } from "#api/schemas.ts";
import { MessageDecoder } from "./message-decoder.ts";
import { WireError } from "./wire-reader.ts";

const schemas = new BuiltInSchemas();
const CORE = "io.k8s.api.core.v1";
const EXTENSIONS = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1";

function varint(value: bigint): readonly number[] {
  const rest = BigInt.asUintN(64, value);
  return rest < 0x80n ? [Number(rest)] : [Number(rest & 0x7fn) | 0x80, ...varint(rest >> 7n)];
}

/** A field with a whole number. */
function number(field: number, value: number): Buffer {
  return Buffer.from([...varint(BigInt(field) << 3n), ...varint(BigInt(value))]);
}

/** A field with a text, or with a message of fields. */
function message(field: number, ...content: readonly (Buffer | string)[]): Buffer {
  const bytes = Buffer.concat(content.map((part) => Buffer.from(part)));
  return Buffer.concat([
    Buffer.from([...varint((BigInt(field) << 3n) | 2n), ...varint(BigInt(bytes.length))]),
    bytes,
  ]);
}

function double(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(9);
  bytes[0] = (field << 3) | 1;
  bytes.writeDoubleLE(value, 1);
  return bytes;
}

const decoder = new MessageDecoder(schemas);
const decode = (type: string, ...fields: readonly Buffer[]): unknown =>
  decoder.decode(type, Buffer.concat(fields));

describe("MessageDecoder", () => {
  const cases: { name: string; type: string; fields: Buffer[]; json: unknown }[] = [
    {
      name: "texts and messages",
      type: `${CORE}.ConfigMap`,
      fields: [message(1, message(1, "a"), message(3, "default"))],
      json: { metadata: { name: "a", namespace: "default" } },
    },
    {
      name: "maps",
      type: `${CORE}.ConfigMap`,
      fields: [
        message(2, message(1, "k"), message(2, "v")),
        message(2, message(1, "empty")),
        message(3, message(1, "b"), message(2, "\u0000\u0001")),
      ],
      json: { data: { k: "v", empty: "" }, binaryData: { b: "AAE=" } },
    },
    {
      name: "a map with a treacherous key",
      type: `${CORE}.ConfigMap`,
      fields: [message(2, message(1, "__proto__"), message(2, "v"))],
      json: JSON.parse('{"data":{"__proto__":"v"}}'),
    },
    {
      name: "lists",
      type: `${CORE}.ConfigMapList`,
      fields: [message(2, message(1, message(1, "a"))), message(2)],
      json: { items: [{ metadata: { name: "a" } }, {}] },
    },
    {
      name: "truth values and negative numbers",
      type: `${CORE}.ConfigMap`,
      fields: [number(4, 1), message(1, number(7, -2))],
      json: { immutable: true, metadata: { generation: -2 } },
    },
    {
      name: "inlined messages",
      type: `${CORE}.Probe`,
      fields: [message(1, message(2, message(1, "/healthz"))), number(4, 10)],
      json: { httpGet: { path: "/healthz" }, periodSeconds: 10 },
    },
    {
      name: "ports by number",
      type: `${CORE}.ServicePort`,
      fields: [message(4, number(1, 0), number(2, 80), message(3, ""))],
      json: { targetPort: 80 },
    },
    {
      name: "ports by name",
      type: `${CORE}.ServicePort`,
      fields: [message(4, number(1, 1), number(2, 0), message(3, "http"))],
      json: { targetPort: "http" },
    },
    {
      name: "a quantity that is not set",
      type: `${CORE}.ResourceFieldSelector`,
      fields: [message(2, "limits.cpu"), message(3)],
      json: { resource: "limits.cpu", divisor: "0" },
    },
    {
      name: "maps of messages without a value",
      type: `${CORE}.ResourceRequirements`,
      fields: [message(1, message(1, "cpu"))],
      json: { limits: { cpu: "0" } },
    },
    {
      name: "numbers that are packed",
      type: `${CORE}.PodSecurityContext`,
      fields: [message(4, Buffer.from([7, 0x96, 1])), number(4, 9)],
      json: { supplementalGroups: [7, 150, 9] },
    },
    {
      name: "a message in parts",
      type: `${CORE}.ConfigMap`,
      fields: [message(1, message(1, "a")), message(1, message(3, "default"))],
      json: { metadata: { name: "a", namespace: "default" } },
    },
    {
      name: "quantities",
      type: `${CORE}.ResourceRequirements`,
      fields: [message(1, message(1, "cpu"), message(2, message(1, "500m")))],
      json: { limits: { cpu: "500m" } },
    },
    {
      name: "times, and the zero time",
      type: "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta",
      fields: [message(8), message(9, number(1, 1_767_225_600), number(2, 5))],
      json: { creationTimestamp: null, deletionTimestamp: "2026-01-01T00:00:00Z" },
    },
    {
      name: "the first second of the epoch",
      type: "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta",
      fields: [message(8, number(1, 0), number(2, 0))],
      json: { creationTimestamp: "1970-01-01T00:00:00Z" },
    },
    {
      name: "times with microseconds",
      type: "io.k8s.api.coordination.v1.LeaseSpec",
      fields: [message(4, number(1, 1_767_225_600), number(2, 1_002_003))],
      json: { renewTime: "2026-01-01T00:00:00.001002Z" },
    },
    {
      name: "embedded JSON",
      type: "io.k8s.api.apps.v1.ControllerRevision",
      fields: [message(2, message(1, '{"a":[1]}')), number(3, 7)],
      json: { data: { a: [1] }, revision: 7 },
    },
    {
      name: "sets of fields",
      type: "io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry",
      fields: [message(7, message(1, '{"f:data":{}}'))],
      json: { fieldsV1: { "f:data": {} } },
    },
    {
      name: "doubles",
      type: `${EXTENSIONS}.JSONSchemaProps`,
      fields: [double(9, 1.5)],
      json: { maximum: 1.5 },
    },
    {
      name: "lists that are types of their own",
      type: "io.k8s.api.authentication.v1.ExtraValue",
      fields: [message(1, "a"), message(1, "b")],
      json: ["a", "b"],
    },
  ];
  test.each(cases)("reads $name", ({ type, fields, json }) => {
    expect(decode(type, ...fields)).toEqual(json);
  });

  test("takes the last value of a field, and drops fields that it does not know", () => {
    const metadata = message(1, message(1, "old"), message(1, "new"), message(500, "x"), number(501, 1));
    expect(decode(`${CORE}.ConfigMap`, metadata)).toEqual({ metadata: { name: "new" } });
  });

  test("reads large maps in a time that grows with their size", () => {
    const entries = Array.from({ length: 50_000 }, (_, index) =>
      message(2, message(1, `key-${String(index)}`), message(2, "v")),
    );
    const { data } = decode(`${CORE}.ConfigMap`, ...entries) as { data: object };
    expect(Object.keys(data)).toHaveLength(50_000);
  });

  const faults: { name: string; type: string; fields: Buffer[]; reason: string }[] = [
    {
      name: "a number for a text",
      type: `${CORE}.ConfigMap`,
      fields: [message(1, number(1, 5))],
      reason: "proto: wrong wireType = 0 for field Name",
    },
    {
      name: "a message that is cut off",
      type: `${CORE}.ConfigMap`,
      fields: [Buffer.from([0x0a, 5, 0x0a])],
      reason: "unexpected EOF",
    },
    {
      name: "field 0",
      type: `${CORE}.ConfigMap`,
      fields: [Buffer.from([0x02, 0])],
      reason: "proto: ConfigMap: illegal tag 0 (wire type 2)",
    },
    {
      name: "the end of a group",
      type: `${CORE}.ConfigMap`,
      fields: [message(1, Buffer.from([0x0c]))],
      reason: "proto: ObjectMeta: wiretype end group for non-group",
    },
    {
      name: "broken embedded JSON",
      type: "io.k8s.api.apps.v1.ControllerRevision",
      fields: [message(2, message(1, "{"))],
      reason: "embedded value is not JSON",
    },
    {
      name: "a time beyond all calendars",
      type: "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta",
      fields: [message(8, number(1, Number.MAX_SAFE_INTEGER))],
      reason: "timestamp out of range",
    },
  ];
  test.each(faults)("refuses $name", ({ type, fields, reason }) => {
    expect(() => decode(type, ...fields)).toThrow(new WireError(reason));
  });

  test("refuses messages inside each other without end", () => {
    const props = `${EXTENSIONS}.JSONSchemaProps`;
    let bytes: Buffer = Buffer.alloc(0);
    // Field 28, "not", is a schema again.
    for (let depth = 0; depth < 1100; depth += 1) bytes = message(28, bytes);
    expect(() => decoder.decode(props, bytes)).toThrow("exceeded max depth");
  });
});
