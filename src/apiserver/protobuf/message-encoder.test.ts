import { describe, expect, test } from "bun:test";
import { BuiltInSchemas } from "#api/schemas.ts";
import { JsonTape, ROOT } from "../storage/json-tape.ts";
import { MessageEncoder } from "./message-encoder.ts";
import { ReverseWriter } from "./reverse-writer.ts";

const CORE = "io.k8s.api.core.v1";
const META = "io.k8s.apimachinery.pkg.apis.meta.v1";
const EXTENSIONS = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1";

const tape = new JsonTape();
const out = new ReverseWriter();
const encoder = new MessageEncoder(new BuiltInSchemas(), tape, out);

function encode(type: string, json: unknown): string {
  tape.read(Buffer.from(JSON.stringify(json)));
  out.clear();
  encoder.write(type, ROOT);
  return out.written.toString("hex");
}

/** Bytes as they are easiest to read: hexadecimal digits, and texts in quotes. */
function bytes(text: string): string {
  return [...text.matchAll(/"([^"]*)"|([0-9a-f]{2})/g)]
    .map(([, quoted, hex]) => (quoted === undefined ? hex : Buffer.from(quoted).toString("hex")))
    .join("");
}

describe("MessageEncoder", () => {
  const cases: { name: string; type: string; json: unknown; want: string }[] = [
    {
      name: "zero values of what is no pointer",
      type: `${CORE}.EnvVar`,
      json: { name: "A" },
      want: '0a 01 "A" 12 00',
    },
    {
      name: "pointers only when they are set, then even when they are zero",
      type: `${CORE}.ConfigMapProjection`,
      json: { name: "a", optional: false },
      want: '0a 03 0a 01 "a" 20 00',
    },
    {
      name: "messages that are not there, with all that is always written in them",
      type: `${META}.LabelSelectorRequirement`,
      json: {},
      want: "0a 00 12 00",
    },
    {
      name: "a message inside a message that is not there",
      type: `${CORE}.ConfigMapKeySelector`,
      json: {},
      want: "0a 02 0a 00 12 00",
    },
    {
      name: "fields in the order of their numbers, however they stand",
      type: `${CORE}.EnvVar`,
      json: { value: "b", name: "a", nonsense: [{}] },
      want: '0a 01 "a" 12 01 "b"',
    },
    {
      name: "maps in the order of their keys' bytes",
      type: `${CORE}.ConfigMap`,
      json: { metadata: {}, data: { b: "1", "\u{10000}": "4", 'a"': "", "\uffff": "3", a: "0" } },
      want: `0a 10 0a 00 12 00 1a 00 22 00 2a 00 32 00 38 00 42 00
        12 06 0a 01 "a" 12 01 "0"  12 06 0a 02 61 22 12 00  12 06 0a 01 "b" 12 01 "1"
        12 08 0a 03 ef bf bf 12 01 "3"  12 09 0a 04 f0 90 80 80 12 01 "4"`,
    },
    {
      name: "bytes, empty ones too",
      type: `${CORE}.Secret`,
      json: { metadata: {}, data: { a: "AAE=", b: "" }, type: "t" },
      want: `0a 10 0a 00 12 00 1a 00 22 00 2a 00 32 00 38 00 42 00
        12 07 0a 01 "a" 12 02 00 01  12 05 0a 01 "b" 12 00  1a 01 "t"`,
    },
    {
      name: "negative numbers in ten bytes",
      type: `${CORE}.WeightedPodAffinityTerm`,
      json: { weight: -1, podAffinityTerm: { topologyKey: "z" } },
      want: '08 ff ff ff ff ff ff ff ff ff 01 12 03 1a 01 "z"',
    },
    {
      name: "large numbers",
      type: `${CORE}.PodSecurityContext`,
      json: { runAsUser: 4_294_967_296, supplementalGroups: [300, 0] },
      want: "10 80 80 80 80 10 20 ac 02 20 00",
    },
    {
      name: "ports by number and by name",
      type: `${CORE}.HTTPGetAction`,
      json: { port: 8080 },
      want: "0a 00 12 07 08 00 10 90 3f 1a 00 1a 00 22 00",
    },
    {
      name: "a name for a port",
      type: `${CORE}.HTTPGetAction`,
      json: { port: "http" },
      want: '0a 00 12 0a 08 01 10 00 1a 04 "http" 1a 00 22 00',
    },
    {
      name: "quantities, and the zero of one that is not set",
      type: `${CORE}.ResourceFieldSelector`,
      json: { resource: "cpu" },
      want: '0a 00 12 03 "cpu" 1a 03 0a 01 "0"',
    },
    {
      name: "times to the second",
      type: `${CORE}.ContainerStateRunning`,
      json: { startedAt: "2026-01-01T00:00:00Z" },
      want: "0a 08 08 80 f2 d6 ca 06 10 00",
    },
    {
      name: "the zero time",
      type: `${CORE}.ContainerStateRunning`,
      json: { startedAt: null },
      want: "0a 00",
    },
    {
      name: "times before the epoch",
      type: `${CORE}.ContainerStateRunning`,
      json: { startedAt: "1969-12-31T23:59:59Z" },
      want: "0a 0d 08 ff ff ff ff ff ff ff ff ff 01 10 00",
    },
    {
      name: "times of the first century",
      type: `${CORE}.ContainerStateRunning`,
      json: { startedAt: "0099-03-01T00:00:00Z" },
      want: "0a 0d 08 80 d9 c4 88 a4 fe ff ff ff 01 10 00",
    },
    {
      name: "times with microseconds",
      type: "io.k8s.api.coordination.v1.LeaseSpec",
      json: { renewTime: "2026-01-01T00:00:00.001002Z" },
      want: "22 0a 08 80 f2 d6 ca 06 10 90 94 3d",
    },
    {
      name: "sets of fields as the JSON that they are",
      type: `${META}.ManagedFieldsEntry`,
      json: { fieldsV1: { "f:a": { ".": {} } } },
      want: '0a 00 12 00 1a 00 32 00 3a 12 0a 10 7b 22 "f:a" 22 3a 7b 22 2e 22 3a 7b 7d 7d 7d 42 00',
    },
    {
      name: "embedded values as they stand, whatever they are",
      type: `${META}.WatchEvent`,
      json: { type: "A", object: 'a"b' },
      want: '0a 01 "A" 12 08 0a 06 22 "a" 5c 22 "b" 22',
    },
    {
      name: "no embedded value for null",
      type: `${META}.WatchEvent`,
      json: { type: "A", object: null },
      want: '0a 01 "A" 12 00',
    },
  ];
  test.each(cases)("writes $name", ({ type, json, want }) => {
    expect(encode(type, json)).toBe(bytes(want));
  });

  test("writes schemas that may be something else", () => {
    const props = { type: "string" };
    const alternatives: [string, unknown, string][] = [
      ["JSONSchemaPropsOrBool", true, "08 01"],
      ["JSONSchemaPropsOrBool", false, "08 00"],
      ["JSONSchemaPropsOrArray", [], ""],
      ["JSONSchemaPropsOrStringArray", ["a", "b"], '12 01 "a" 12 01 "b"'],
    ];
    for (const [type, json, want] of alternatives) {
      expect(encode(`${EXTENSIONS}.${type}`, json), type).toBe(bytes(want));
    }
    const schema = encode(`${EXTENSIONS}.JSONSchemaProps`, props);
    const length = (schema.length / 2).toString(16);
    expect(encode(`${EXTENSIONS}.JSONSchemaPropsOrBool`, props)).toBe(`080112${length}${schema}`);
    expect(encode(`${EXTENSIONS}.JSONSchemaPropsOrArray`, props)).toBe(`0a${length}${schema}`);
    expect(encode(`${EXTENSIONS}.JSONSchemaPropsOrArray`, [props])).toBe(`12${length}${schema}`);
  });

  test("writes lists that are types of their own", () => {
    expect(encode("io.k8s.api.authentication.v1.ExtraValue", ["a", ""])).toBe(bytes('0a 01 "a" 0a 00'));
  });

  test("writes messages that are larger than its buffer", () => {
    const value = "x".repeat(100_000);
    const hex = encode(`${CORE}.EnvVar`, { name: "ä".repeat(20_000), value });
    expect(hex).toBe(`0ac0b802${"c3a4".repeat(20_000)}12a08d06${"78".repeat(100_000)}`);
  });

  test("writes messages inside each other as deep as they are", () => {
    let schema: object = {};
    for (let depth = 0; depth < 500; depth += 1) schema = { not: schema };
    expect(encode(`${EXTENSIONS}.JSONSchemaProps`, schema).length).toBeGreaterThan(500 * 20);
  });
});
