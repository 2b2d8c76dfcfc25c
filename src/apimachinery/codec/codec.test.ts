import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { aField, aListOf, aMapOf, aScalar, aStruct } from "#testing/schema.ts";
import type { JsonObject } from "../json-value.ts";
import type { Field, ObjectSchema, Schema } from "../schema.ts";
import { Codec, type DecodeOptions } from "./codec.ts";

const text = aScalar("string");
const gvk = { group: "apps", version: "v1", kind: "Deployment" };

const port = aStruct("Port", { name: text, port: aField(aScalar("int32"), { presence: "always" }) });
const metadata = aStruct("ObjectMeta", {
  name: text,
  labels: aMapOf(text),
  creationTimestamp: aField(aScalar("time"), { presence: "whenSet" }),
});
const spec = aStruct("DeploymentSpec", {
  replicas: aField(aScalar("int32"), { presence: "whenSet" }),
  strategy: aStruct("DeploymentStrategy", { type: text }),
  ports: aListOf(port),
  names: aField(aListOf(text), { presence: "always" }),
  limits: aMapOf(aScalar("quantity")),
  paused: aScalar("boolean"),
  data: aScalar("bytes"),
});
const deployment = aStruct("Deployment", {
  kind: text,
  apiVersion: text,
  metadata,
  spec,
  status: aStruct("DeploymentStatus", { updated: aScalar("time") }),
});
const typeMeta = { kind: "Deployment", apiVersion: "apps/v1" };
const codec = new Codec();

function decode(value: object, options: Partial<DecodeOptions> = {}): unknown {
  return codec.decode(deployment, { ...typeMeta, ...value }, { gvk, ...options }).object;
}

/** Decodes one field of a struct that has no other. */
function decodeField(schema: Schema, presence: Field["presence"], input: object): unknown {
  const struct = aStruct("S", { f: aField(schema, { presence }) });
  return codec.decode(struct, { ...typeMeta, ...input }, { gvk, fieldValidation: "Ignore" }).object;
}

describe("decode", () => {
  test("writes what Go writes, in the order of the schema", () => {
    expect(JSON.stringify(decode({ spec: { ports: [{}] }, metadata: {} }))).toBe(
      '{"kind":"Deployment","apiVersion":"apps/v1","metadata":{},"spec":{"strategy":{},"ports":[{"port":0}],"names":[]},"status":{"updated":null}}',
    );
  });

  const cases: [type: Schema, presence: Field["presence"], input: object, want: object][] = [
    [text, "nonEmpty", { f: "" }, {}],
    [text, "nonEmpty", { f: null }, {}],
    [text, "always", {}, { f: "" }],
    [text, "whenSet", { f: "" }, { f: "" }],
    [text, "whenSet", { f: null }, {}],
    [aScalar("int32"), "nonEmpty", { f: 0 }, {}],
    [aScalar("int32"), "whenSet", { f: 0 }, { f: 0 }],
    [aScalar("boolean"), "nonEmpty", { f: false }, {}],
    [aListOf(text), "nonEmpty", { f: [] }, {}],
    [aListOf(text), "whenSet", { f: [] }, { f: [] }],
    [aListOf(text), "always", { f: null }, { f: [] }],
    [aListOf(text), "nonEmpty", { f: ["a", null] }, { f: ["a", ""] }],
    [aMapOf(text), "nonEmpty", { f: {} }, {}],
    [aMapOf(text), "always", {}, { f: {} }],
    [aMapOf(text), "nonEmpty", { f: { a: null } }, { f: { a: "" } }],
    [port, "nonEmpty", {}, { f: { port: 0 } }],
    [port, "whenSet", {}, {}],
    [port, "whenSet", { f: {} }, { f: { port: 0 } }],
    [aListOf(port), "nonEmpty", { f: [null] }, { f: [{ port: 0 }] }],
    [aScalar("quantity"), "nonEmpty", {}, { f: "0" }],
    [aScalar("quantity"), "nonEmpty", { f: " 1024Mi " }, { f: "1Gi" }],
    [aScalar("quantity"), "nonEmpty", { f: 0.5 }, { f: "500m" }],
    [aScalar("intOrString"), "nonEmpty", {}, { f: 0 }],
    [aScalar("intOrString"), "whenSet", { f: "25%" }, { f: "25%" }],
    [aScalar("time"), "nonEmpty", {}, { f: null }],
    [aScalar("time"), "whenSet", { f: "2026-01-01T01:00:00+01:00" }, { f: "2026-01-01T00:00:00Z" }],
    [aScalar("time"), "whenSet", { f: "0001-01-01T00:00:00Z" }, {}],
    [
      aScalar("microTime"),
      "whenSet",
      { f: "2026-01-01T00:00:00.000001Z" },
      { f: "2026-01-01T00:00:00.000001Z" },
    ],
    [aScalar("duration"), "whenSet", { f: "90s" }, { f: "1m30s" }],
    [aScalar("bytes"), "nonEmpty", { f: "YQ\n==" }, { f: "YQ==" }],
    [aScalar("int64"), "whenSet", { f: 2 ** 63 }, { f: 2 ** 63 - 1024 }],
    [{ type: "any" }, "whenSet", { f: { a: [null] } }, { f: { a: [null] } }],
    [{ type: "any" }, "whenSet", { f: null }, {}],
  ];

  test.each(cases)("%# %j %s", (schema, presence, input, want) => {
    expect(decodeField(schema, presence, input)).toEqual(want);
  });

  test("tells alternatives apart by their JSON type", () => {
    const schema: Schema = { type: "alternatives", of: [port, aListOf(text)] };
    expect(decodeField(schema, "whenSet", { f: { name: "a" } })).toEqual({ f: { name: "a", port: 0 } });
    expect(decodeField(schema, "whenSet", { f: ["a"] })).toEqual({ f: ["a"] });
    expect(() => decodeField(schema, "whenSet", { f: 1 })).toThrow("json: cannot unmarshal number");
  });

  test("keeps unknown fields where the schema says so", () => {
    const open = aStruct("Open", { a: text }, { unknownFields: "preserve" });
    expect(decodeField(open, "nonEmpty", { f: { b: { c: 1 }, a: "x" } })).toEqual({
      f: { a: "x", b: { c: 1 } },
    });
  });

  test("fills in what is left out of the kind", () => {
    const { object } = codec.decode(deployment, {}, { gvk });
    expect(object).toMatchObject(typeMeta);
    expect(codec.decode(deployment, null, { gvk }).object).toEqual(object);
  });

  test("does not mistake what objects inherit for fields or labels", () => {
    const struct = aStruct("S", { constructor: aField(text), labels: aMapOf(text) } as never);
    const input = JSON.parse('{"labels":{"__proto__":"x","constructor":"y"}}') as unknown;
    const { object } = codec.decode(struct, input, { gvk, fieldValidation: "Ignore" });
    expect(JSON.stringify(object)).toBe('{"labels":{"__proto__":"x","constructor":"y"}}');
  });

  test("decoding twice changes nothing", () => {
    const value = fc.record(
      {
        metadata: fc.record(
          { name: fc.string(), labels: fc.dictionary(fc.string(), fc.string()) },
          { requiredKeys: [] },
        ),
        spec: fc.record(
          {
            replicas: fc.option(fc.integer()),
            ports: fc.array(fc.record({ name: fc.string(), port: fc.nat(9) }, { requiredKeys: [] })),
            names: fc.array(fc.option(fc.string())),
            paused: fc.boolean(),
          },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(value, (object) => {
        const once = decode(object);
        expect(JSON.stringify(decode(once as object))).toBe(JSON.stringify(once));
      }),
    );
  });
});

describe("wrong values are refused in Go's words", () => {
  const prefix = 'Deployment in version "v1" cannot be handled as a Deployment: ';
  const unmarshal = `${prefix}json: cannot unmarshal`;
  test.each([
    [
      { spec: { replicas: "3" } },
      `${unmarshal} string into Go struct field DeploymentSpec.spec.replicas of type int32`,
    ],
    [
      { spec: { replicas: 1.5 } },
      `${unmarshal} number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32`,
    ],
    [
      { spec: { replicas: 2 ** 31 } },
      `${unmarshal} number 2147483648 into Go struct field DeploymentSpec.spec.replicas of type int32`,
    ],
    [
      { spec: { replicas: 2n ** 53n } },
      `${unmarshal} number 9007199254740992 into Go struct field DeploymentSpec.spec.replicas of type int32`,
    ],
    [
      { spec: { replicas: { toString: 1 } } },
      `${unmarshal} object into Go struct field DeploymentSpec.spec.replicas of type int32`,
    ],
    [{ spec: [] }, `${unmarshal} array into Go struct field Deployment.spec of type v1.DeploymentSpec`],
    [
      { spec: { ports: {} } },
      `${unmarshal} object into Go struct field DeploymentSpec.spec.ports of type []v1.Port`,
    ],
    [
      { spec: { ports: [{ port: true }] } },
      `${unmarshal} bool into Go struct field Port.spec.ports.port of type int32`,
    ],
    [
      { metadata: { labels: { a: 1 } } },
      `${unmarshal} number into Go struct field ObjectMeta.metadata.labels of type string`,
    ],
    [
      { metadata: { labels: "a" } },
      `${unmarshal} string into Go struct field ObjectMeta.metadata.labels of type map[string]string`,
    ],
    [
      { metadata: { creationTimestamp: 5 } },
      `${unmarshal} number into Go struct field ObjectMeta.metadata.creationTimestamp of type string`,
    ],
    [
      { metadata: { creationTimestamp: "now" } },
      `${prefix}parsing time "now" as "2006-01-02T15:04:05Z07:00": cannot parse "now" as "2006"`,
    ],
    [
      { spec: { limits: { cpu: "1x" } } },
      `${prefix}quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
    ],
    [{ spec: { data: "a" } }, `${prefix}illegal base64 data at input byte 0`],
    // The first in the document, not in the schema; but a malformed quantity ends decoding.
    [
      { spec: { paused: "x", replicas: "y" } },
      `${unmarshal} string into Go struct field DeploymentSpec.spec.paused of type bool`,
    ],
    [{ spec: { paused: "x", limits: { cpu: "" } } }, `${prefix}quantities must match`],
  ])("%j", (value, message) => {
    expect(() => decode(value)).toThrow(message);
  });

  test.each([
    ["YQ=", 3],
    ["YQ=a", 2],
    ["YQ==YQ==", 4],
    ["Y!==", 1],
    ["YWJjZ", 4],
    ["=", 0],
  ])("base64 %s is corrupt at byte %i", (data, offset) => {
    expect(() => decode({ spec: { data } })).toThrow(`illegal base64 data at input byte ${String(offset)}`);
  });

  test("another kind or version", () => {
    expect(() => decode({ kind: "Pod", apiVersion: "v1" })).toThrow(
      'Pod in version "v1" cannot be handled as a Deployment: converting (v1.Pod) to (apps.Deployment): unknown conversion',
    );
    expect(() => decode({ apiVersion: "apps/v1beta1" })).toThrow(
      "the API version in the data (apps/v1beta1) does not match the expected API version (apps/v1)",
    );
  });

  test.each([
    ["", "couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)"],
    [
      "hello",
      "couldn't get version/kind; json parse error: invalid character 'h' looking for beginning of value (68656c6c6f)",
    ],
    [
      '{"kind":"Deployment","spec":{"a":}}',
      `couldn't get version/kind; json parse error: invalid character '}' looking for beginning of value ({"kind":"Deployment","spec":{" ...)`,
    ],
    [
      "[]",
      `couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" } (5b5d)`,
    ],
    [
      '{"kind":1}',
      `couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field .kind of type string ({"kind":1})`,
    ],
  ])("a body that tells no kind: %j", (body, problem) => {
    expect(() => codec.decodeText(deployment, body, { gvk })).toThrow(
      `the object provided is unrecognized (must be of type Deployment): ${problem}`,
    );
  });

  test("values that are nested too deeply", () => {
    const any = aStruct("Any", { f: aField({ type: "any" }) });
    const node: ObjectSchema = aStruct("Node", {});
    (node.fields as Map<string, Field>).set("child", {
      ...aField(node, { presence: "whenSet" }),
      name: "child",
    });
    const deepList: unknown = JSON.parse("[".repeat(2000) + "]".repeat(2000));
    const deepChild: unknown = JSON.parse(`${'{"child":'.repeat(50_000)}{}${"}".repeat(50_000)}`);
    expect(() => codec.decode(any, { f: deepList }, { gvk })).toThrow("exceeded max depth");
    expect(() => codec.decode(node, deepChild, { gvk })).toThrow("exceeded max depth");
    const deepUnknown: unknown = JSON.parse(`{"unknown":${"[".repeat(100_000)}${"]".repeat(100_000)}}`);
    expect(() => codec.decode(any, deepUnknown, { gvk, text: "" })).toThrow("exceeded max depth");
  });
});

describe("field validation", () => {
  const body = `{
    "kind": "Deployment", "apiVersion": "apps/v1", "foo": {"foo": 1, "foo": 2},
    "metadata": {"name": "a", "labels": {"x": "1", "x": "2"}, "na\\u006de": "b"},
    "spec": {"ports": [{"name": "a"}, {"bar": "}\\"", "name": "x\\\\"}], "replicas": 1, "replicas": 2}
  }`;
  const problems = [
    'unknown field "foo"',
    'duplicate field "metadata.labels.x"',
    'duplicate field "metadata.name"',
    'unknown field "spec.ports[1].bar"',
    'duplicate field "spec.replicas"',
  ];

  test("warns in the order of the document", () => {
    const { object, warnings } = codec.decodeText(deployment, body, { gvk });
    expect(warnings).toEqual(problems);
    expect(object).toMatchObject({
      metadata: { name: "b" },
      spec: { replicas: 2, ports: [{ name: "a" }, { name: "x\\" }] },
    });
    expect(object).not.toHaveProperty("foo");
  });

  test("is strict when asked to be", () => {
    expect(() => codec.decodeText(deployment, body, { gvk, fieldValidation: "Strict" })).toThrow(
      `Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: ${problems.join(", ")}`,
    );
  });

  test("ignores when asked to", () => {
    expect(codec.decodeText(deployment, body, { gvk, fieldValidation: "Ignore" }).warnings).toEqual([]);
  });

  test("finds unknown fields without the text", () => {
    const { warnings } = codec.decode(deployment, { ...typeMeta, spec: { Replicas: 1, foo: [] } }, { gvk });
    expect(warnings).toEqual(['unknown field "spec.Replicas"', 'unknown field "spec.foo"']);
  });

  test("says nothing about good bodies, however they are written", () => {
    const value = {
      ...typeMeta,
      metadata: { name: "<a&b>", labels: { "1": "x", a: "é" } },
      spec: { names: [] },
    };
    const compact = JSON.stringify(value);
    const escaped = compact.replace(/</g, "\\u003c");
    for (const each of [compact, `${compact}\n`, escaped, JSON.stringify(value, null, 2)]) {
      expect(codec.decodeText(deployment, each, { gvk, fieldValidation: "Strict" }).warnings, each).toEqual(
        [],
      );
    }
  });

  test("stops after a hundred problems", () => {
    const fields = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`x${String(index)}`, 1]));
    expect(codec.decode(deployment, { ...typeMeta, ...fields }, { gvk }).warnings).toHaveLength(100);
  });
});

describe("beside a known object", () => {
  const known = decode({
    metadata: { labels: { a: "1" } },
    spec: { ports: [{ name: "a" }, { name: "b" }], limits: { cpu: "1" }, replicas: 1 },
  }) as {
    readonly metadata: object;
    readonly spec: { readonly ports: readonly object[]; readonly limits: object };
  } & JsonObject;

  test("an equal object is the known one", () => {
    expect(decode(JSON.parse(JSON.stringify(known)) as object, { known })).toBe(known);
  });

  test("what is the same remains the same object", () => {
    const changed = decode(
      { metadata: { labels: { a: "1" } }, spec: { ...known.spec, ports: [{ name: "x" }, { name: "b" }] } },
      { known },
    ) as typeof known;
    expect(changed.metadata).toBe(known.metadata);
    expect(changed.spec.limits).toBe(known.spec.limits);
    expect(changed.spec.ports[0]).toEqual({ port: 0, name: "x" });
    expect(changed.spec.ports[1]).toBe(known.spec.ports[1]);
  });

  test.each<[name: string, spec: object]>([
    ["a field that is gone", { replicas: 1 }],
    ["a key that is gone", { limits: {} }],
    ["a shorter list", { ports: [{ name: "a" }] }],
    ["a value of another form", { limits: { cpu: "2000m" } }],
  ])("%s is a change", (_name, spec) => {
    expect(decode({ spec }, { known })).toEqual(decode({ spec }));
  });
});

describe("decodePatched", () => {
  const patch = (): string => '{"spec":{"replicas":"3"}}';
  test("blames the patch for what is wrong", () => {
    const value = { ...typeMeta, spec: { replicas: "3" } };
    expect(() => codec.decodePatched(deployment, value, { gvk, patch })).toThrow(
      ` "" is invalid: patch: Invalid value: "{\\"spec\\":{\\"replicas\\":\\"3\\"}}": json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32`,
    );
    const unknown = { ...typeMeta, foo: 1 };
    expect(() =>
      codec.decodePatched(deployment, unknown, { gvk, patch: () => "x", fieldValidation: "Strict" }),
    ).toThrow(` "" is invalid: patch: Invalid value: "x": strict decoding error: unknown field "foo"`);
  });

  test("decodes what is right", () => {
    expect(codec.decodePatched(deployment, { spec: { replicas: 3 } }, { gvk, patch }).object).toMatchObject({
      ...typeMeta,
      spec: { replicas: 3 },
    });
  });
});
