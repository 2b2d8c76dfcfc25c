/** What custom resources are refused for, and what they become, beyond the values of their fields. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type {
  CustomResourceDefinitionVersion,
  CustomResourceSubresources,
  JSONSchemaProps,
} from "#api/generated/apiextensions-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { RequestOperation } from "#apimachinery/request.ts";
import { aCronTab, aCronTabDefinition, CRON_TAB_V1, cronTabs } from "#testing/cron-tabs.ts";
import { settled } from "./conversion-fixture.ts";
import { failureOf } from "./failure.ts";
import { startServer, type TestServer } from "./server.ts";

type Loose = KubeObject & { readonly [field: string]: unknown };

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server[Symbol.asyncDispose]());

const at = (name: string) => ({ namespace: "default", name });

const NAME = "crontabs.stable.example.com";

function schemaOf(properties: Readonly<Record<string, JSONSchemaProps>>) {
  return { openAPIV3Schema: { type: "object", properties } };
}

async function install(
  properties: Readonly<Record<string, JSONSchemaProps>>,
  version: Partial<CustomResourceDefinitionVersion> = {},
): Promise<void> {
  const versions = [{ ...CRON_TAB_V1, subresources: {}, schema: schemaOf(properties), ...version }];
  await server.client.create("CustomResourceDefinition", aCronTabDefinition(versions));
  await settled();
}

function create(fields: object) {
  const object = { ...aCronTab("a"), ...fields };
  const text = JSON.stringify(object);
  return server.sendForObject({ kind: cronTabs(), namespace: "default" }, { verb: "create", object, text });
}

const text: JSONSchemaProps = { type: "string" };
const embedded: JSONSchemaProps = {
  type: "object",
  "x-kubernetes-embedded-resource": true,
  "x-kubernetes-preserve-unknown-fields": true,
};
const open: JSONSchemaProps = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

describe("the metadata of a custom resource", () => {
  test.each<readonly [string, object, string]>([
    [
      "labels that are no texts",
      { metadata: { name: "a", labels: { a: 1 } } },
      "json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string",
    ],
    [
      "something else",
      { metadata: "x" },
      "json: cannot unmarshal string into Go value of type v1.ObjectMeta",
    ],
    [
      "labels that are no texts, in an object inside",
      { template: { apiVersion: "v1", kind: "A", metadata: { labels: { a: 1 } } } },
      'template.metadata: Invalid value: {"labels":{"a":1}}: json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string',
    ],
  ])("cannot be %s", async (_name, fields, problem) => {
    await install({ spec: open, template: embedded });
    expect(await failureOf(create(fields))).toBe(
      `400 BadRequest: CronTab in version "v1" cannot be handled as a CronTab: ${problem}`,
    );
  });

  test("loses what it does not have", async () => {
    await install({ spec: open, template: embedded });
    const metadata = { name: "a", unknown: 42, generation: null };
    const template = { apiVersion: "v1", kind: "A", metadata: { name: "b", foo: 1 }, bar: 1 };
    const { object, warnings } = await create({ metadata, template });
    expect(object.metadata).not.toHaveProperty("unknown");
    expect(object).toMatchObject({ metadata: { generation: 1 } });
    expect((object as Loose)["template"]).toEqual({
      apiVersion: "v1",
      kind: "A",
      metadata: { name: "b" },
      bar: 1,
    });
    expect(warnings).toEqual(['unknown field "metadata.unknown"', 'unknown field "template.metadata.foo"']);
  });
});

describe("a custom resource", () => {
  test("is of its kind", async () => {
    await install({ spec: open });
    expect(await failureOf(create({ kind: "Other" }))).toBe(
      '422 Invalid: Other.stable.example.com "a" is invalid: kind: Invalid value: "Other": must be CronTab',
    );
  });

  test("has valid objects inside", async () => {
    await install({ spec: open, template: embedded });
    const template = { apiVersion: "foo/v1", kind: "%", metadata: { name: ".." } };
    const failure = await failureOf(create({ template }));
    expect(failure).toContain(
      "template.kind: Invalid value: \"%\": may have mixed case, but should otherwise match: a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
    );
    expect(failure).toContain(`template.metadata.name: Invalid value: "..": may not be '..'`);
    expect(await failureOf(create({ template: {} }))).toEndWith(
      "[template.apiVersion: Required value, template.kind: Required value]",
    );
  });

  test("has no element twice in a set, nor a key in a list with keys, unless it had before", async () => {
    const keyed: JSONSchemaProps = {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name", "kind"],
      items: { type: "object", required: ["name", "kind"], properties: { name: text, kind: text } },
    };
    const set: JSONSchemaProps = { type: "array", items: text, "x-kubernetes-list-type": "set" };
    await install({ spec: { type: "object", properties: { set, keyed } } });
    const spec = { set: ["x", "x", "x"], keyed: [1, 2].map(() => ({ name: "a", kind: "b" })) };
    expect(await failureOf(create({ spec }))).toEndWith(
      '[spec.set[1]: Duplicate value: "x", spec.keyed[1]: Duplicate value: {"kind":"b","name":"a"}]',
    );
  });

  test("can be read whatever its definition has come to say, and is written when it is mended", async () => {
    await install({ template: open });
    const metadata = { unknown: 42, annotations: { a: 42, b: "abc" }, labels: { bad: "x y" } };
    await create({ template: { apiVersion: "v1", kind: "Foo", metadata } });
    const present = await server.client.get("CustomResourceDefinition", { name: NAME });
    const version = { ...CRON_TAB_V1, schema: schemaOf({ template: embedded }) };
    await server.client.update("CustomResourceDefinition", {
      ...present,
      spec: { ...present.spec, versions: [version] },
    });
    await settled();
    const template = { apiVersion: "v1", kind: "Foo", metadata: { labels: { bad: "x y" } } };
    expect(await server.client.get(cronTabs(), at("a"))).toMatchObject({ template });
    expect((await server.client.list(cronTabs(), {})).items).toMatchObject([{ template }]);
    const patch = (labels: object) =>
      server.client.patch(cronTabs(), at("a"), {
        type: "merge",
        document: { template: { metadata: { labels } } },
      });
    expect(await failureOf(patch({ other: "x" }))).toContain(
      'template.metadata.labels: Invalid value: "x y"',
    );
    expect(await patch({ bad: "fixed" })).toMatchObject({
      template: { metadata: { labels: { bad: "fixed" } } },
    });
  });

  test.each([
    { nullable: true, required: ["inner"], want: { inner: null } },
    { nullable: true, required: [], want: { inner: null } },
    { nullable: false, required: ["inner"], want: undefined },
    { nullable: false, required: [], want: undefined },
  ])(
    "is applied with a null where one may be, else refused: $nullable $required",
    async ({ want, ...how }) => {
      const { required, nullable } = how;
      const inner: JSONSchemaProps = { type: "object", nullable, properties: { a: text } };
      await install({ spec: { type: "object", required, properties: { inner } } });
      const apply = (value: unknown) => {
        const document = { ...aCronTab("a", { inner: value }), metadata: { name: "a" } };
        return server.client.patch(cronTabs(), at("a"), { type: "apply", document }, { fieldManager: "m" });
      };
      await apply({ a: "1" });
      if (want !== undefined) {
        expect(await apply(null)).toMatchObject({ spec: want });
      } else {
        expect(await failureOf(apply(null))).toEndWith(
          'spec.inner: Invalid value: "null": spec.inner in body must be of type object: "null"',
        );
      }
    },
  );

  test("is validated in the version of the request", async () => {
    const apiVersion: JSONSchemaProps = { type: "string", pattern: "^stable.example.com/v1beta1$" };
    const schema = { openAPIV3Schema: { ...open, properties: { apiVersion } } };
    const versions = ["v1", "v1beta1"].map((name) => ({
      ...CRON_TAB_V1,
      name,
      storage: name === "v1",
      schema,
    }));
    await server.client.create("CustomResourceDefinition", aCronTabDefinition(versions));
    await settled();
    await server.client.create(cronTabs("v1beta1"), aCronTab("a", {}, "v1beta1"));
    const patch = (version: string) =>
      server.client.patch(cronTabs(version), at("a"), { type: "merge", document: { by: version } });
    expect(await patch("v1beta1")).toMatchObject({ by: "v1beta1" });
    expect(await failureOf(patch("v1"))).toContain("apiVersion in body should match");
  });

  test("tells of fields that are there twice, wherever they are", async () => {
    await install({ spec: open });
    const object = aCronTab("a", { b: 2 });
    const body = JSON.stringify(object).replace('"b":2', '"b":1,"b":2');
    const place = { kind: cronTabs(), namespace: "default" };
    const options = { fieldValidation: "Strict" } as const;
    expect(await failureOf(server.send(place, { verb: "create", object, text: body, options }))).toBe(
      '400 BadRequest: CronTab in version "v1" cannot be handled as a CronTab: strict decoding error: duplicate field "spec.b"',
    );
  });
});

describe("the scale of a custom resource", () => {
  const subresources: CustomResourceSubresources = {
    scale: {
      specReplicasPath: ".spec.size.replicas",
      statusReplicasPath: ".status.count",
      labelSelectorPath: ".status.selector",
    },
  };
  const scale = (operation: RequestOperation) =>
    server.sendForObject({ kind: cronTabs(), ...at("a"), subresource: "scale" }, operation);
  const aScale = (spec: object, metadata: object = {}) => ({
    apiVersion: "autoscaling/v1",
    kind: "Scale",
    metadata: { name: "a", ...metadata },
    spec,
  });

  beforeEach(() => install({ spec: open, status: open }, { subresources }));

  test("needs the field that it is about", async () => {
    await create({ spec: {} });
    expect(await failureOf(scale({ verb: "get" }))).toBe(
      '500 InternalError: Internal error occurred: the spec replicas field ".spec.size.replicas" does not exist',
    );
    const patch = { metadata: { labels: { a: "b" } } };
    expect(await failureOf(scale({ verb: "patch", patchType: "merge", patch }))).toBe(
      '400 BadRequest: the spec replicas field ".spec.size.replicas" cannot be empty',
    );
    const { object } = await scale({ verb: "update", object: aScale({ replicas: 3 }) });
    expect(object).toMatchObject({ spec: { replicas: 3 } });
    expect(await server.client.get(cronTabs(), at("a"))).toMatchObject({ spec: { size: { replicas: 3 } } });
  });

  test("shows the numbers and the selector that the object has", async () => {
    await create({ spec: { size: { replicas: 2 } }, status: { count: 1, selector: "a=b" } });
    const { object } = await scale({ verb: "get" });
    expect(object).toMatchObject({ spec: { replicas: 2 }, status: { replicas: 1, selector: "a=b" } });
  });

  test("takes the replicas from their owner", async () => {
    const applied = { ...aCronTab("a"), metadata: { name: "a" }, spec: { size: { replicas: 2 }, b: 1 } };
    const apply = { type: "apply", document: applied } as const;
    await server.client.patch(cronTabs(), at("a"), apply, { fieldManager: "owner" });
    const options = { fieldManager: "scaler" };
    await scale({ verb: "update", object: aScale({ replicas: 3 }), options });
    const { metadata } = await server.client.get(cronTabs(), at("a"));
    expect(metadata.managedFields?.map(({ manager, fieldsV1 }) => [manager, fieldsV1])).toEqual([
      ["owner", { "f:spec": { "f:b": {}, "f:size": {} } }],
      ["scaler", { "f:spec": { "f:size": { "f:replicas": {} } } }],
    ]);
  });

  test("is not written when it is that of an older object, or no valid number", async () => {
    await create({ spec: { size: { replicas: 2 } } });
    const stale = { verb: "update", object: aScale({ replicas: 3 }, { resourceVersion: "1" }) } as const;
    expect(await failureOf(scale(stale))).toStartWith("409 Conflict");
    expect(await failureOf(scale({ verb: "update", object: aScale({ replicas: -1 }) }))).toBe(
      '422 Invalid: CronTab.stable.example.com "a" is invalid: .spec.size.replicas: Invalid value: -1: should be a non-negative integer',
    );
    await server.client.patch(cronTabs(), at("a"), {
      type: "merge",
      document: { spec: { size: null } },
    });
  });
});
