import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type {
  CustomResourceDefinitionVersion,
  JSONSchemaProps,
  ValidationRule,
} from "#api/generated/apiextensions-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { aCronTab, aCronTabDefinition, CRON_TAB_V1, cronTabs } from "#testing/cron-tabs.ts";
import { failureOf, statusErrorOf } from "./failure.ts";
import { startServer, type TestServer } from "./server.ts";

const KIND = "CustomResourceDefinition";
const PLACE = { kind: cronTabs(), namespace: "default" };
const AT = "spec.validation.openAPIV3Schema.properties[spec]";
const HINT =
  "(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)";

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server[Symbol.asyncDispose]());

function aDefinition(properties: Readonly<Record<string, JSONSchemaProps>>) {
  const schema = { openAPIV3Schema: { type: "object", properties } };
  const version: CustomResourceDefinitionVersion = { ...CRON_TAB_V1, schema };
  return aCronTabDefinition([version]);
}

/** Definitions are followed behind the request. */
async function install(properties: Readonly<Record<string, JSONSchemaProps>>): Promise<void> {
  await server.client.create(KIND, aDefinition(properties));
  for (let turn = 0; turn < 40; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

function anObject(
  properties: Readonly<Record<string, JSONSchemaProps>>,
  ...rules: readonly ValidationRule[]
): JSONSchemaProps {
  return { type: "object", properties, "x-kubernetes-validations": [...rules] };
}

function patch(spec: unknown): Promise<KubeObject> {
  return server.client.patch(
    cronTabs(),
    { namespace: "default", name: "a" },
    { type: "merge", document: { spec } },
  );
}

describe("a custom resource with rules", () => {
  const growing = anObject(
    { replicas: { type: "integer" } },
    {
      rule: "self.replicas >= oldSelf.replicas",
      messageExpression: "'cannot shrink below ' + (oldSelf.replicas == 2 ? 'two' : 'what it is')",
      fieldPath: ".replicas",
      reason: "FieldValueForbidden",
    },
    { rule: "self.replicas < 10" },
  );

  test("is held to them when it is made and when it changes", async () => {
    await install({ spec: growing });
    expect(await failureOf(server.client.create(cronTabs(), aCronTab("a", { replicas: 10 })))).toBe(
      '422 Invalid: CronTab.stable.example.com "a" is invalid: spec: Invalid value: failed rule: self.replicas < 10',
    );
    await server.client.create(cronTabs(), aCronTab("a", { replicas: 2 }));
    const { status } = await statusErrorOf(patch({ replicas: 1 }));
    expect(status).toMatchObject({
      code: 422,
      message: 'CronTab.stable.example.com "a" is invalid: spec.replicas: Forbidden: cannot shrink below two',
      details: {
        causes: [
          {
            reason: "FieldValueForbidden",
            message: "Forbidden: cannot shrink below two",
            field: "spec.replicas",
          },
        ],
      },
    });
    expect(await patch({ replicas: 3 })).toMatchObject({ spec: { replicas: 3 } });
  });

  test("is first checked for what has the wrong shape", async () => {
    await install({ spec: growing });
    expect(await failureOf(server.client.create(cronTabs(), aCronTab("a", { replicas: "x" })))).toContain(
      "<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
    );
  });

  test("may stay as it was under rules that are newer, with a warning", async () => {
    await install({ spec: anObject({ replicas: { type: "integer" }, image: { type: "string" } }) });
    await server.client.create(cronTabs(), aCronTab("a", { image: "old", replicas: 1 }));
    const image = { type: "string", "x-kubernetes-validations": [{ rule: "self != 'old'" }] };
    const { name } = aDefinition({}).metadata;
    const definition = await server.client.get(KIND, { name: name ?? "" });
    const { spec } = aDefinition({ spec: anObject({ replicas: { type: "integer" }, image }) });
    await server.client.update(KIND, { ...definition, spec: { ...definition.spec, ...spec } });
    for (let turn = 0; turn < 40; turn += 1) await new Promise((resolve) => setImmediate(resolve));

    const object = { ...(await server.client.get(cronTabs(), { namespace: "default", name: "a" })) };
    const changed = { ...object, spec: { image: "old", replicas: 2 } };
    const { warnings } = await server.sendForObject(
      { ...PLACE, name: "a" },
      { verb: "update", object: changed },
    );
    expect(warnings).toEqual([`spec.image: Invalid value: "old": failed rule: self != 'old'`]);
    await patch({ image: "new" });
    expect(await failureOf(patch({ image: "old" }))).toContain(
      `spec.image: Invalid value: "old": failed rule: self != 'old'`,
    );
  });

  test("cannot hold the server up", async () => {
    const list: JSONSchemaProps = { type: "array", maxItems: 1000, items: { type: "integer" } };
    const rule = "self.list.all(a, self.list.all(b, a == b))";
    await install({ spec: anObject({ list }, { rule }) });
    const spec = { list: Array.from({ length: 1000 }, () => 1) };
    expect(await failureOf(server.client.create(cronTabs(), aCronTab("a", spec)))).toContain(
      `spec: Invalid value: "object": 'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: ${rule}`,
    );
  });
});

describe("a CustomResourceDefinition", () => {
  const integer = { type: "integer" } as const;
  const names: JSONSchemaProps = { type: "array", items: { type: "string" } };

  test.each<[string, JSONSchemaProps, readonly string[]]>([
    [
      "a rule about a field that is not there",
      anObject({}, { rule: "self.replicas > 1" }),
      [
        `${AT}.x-kubernetes-validations[0].rule: Invalid value: {"Rule":"self.replicas \\u003e 1","Message":"","MessageExpression":"","Reason":null,"FieldPath":"","OptionalOldSelf":null}: compilation failed: ERROR: <input>:1:5: undefined field 'replicas'\n | self.replicas > 1\n | ....^`,
      ],
    ],
    [
      "a rule that gives no truth",
      anObject({ replicas: integer }, { rule: "self.replicas" }),
      [
        `${AT}.x-kubernetes-validations[0].rule: Invalid value: {"Rule":"self.replicas","Message":"","MessageExpression":"","Reason":null,"FieldPath":"","OptionalOldSelf":null}: cel expression must evaluate to a bool`,
      ],
    ],
    [
      "a rule that could cost too much",
      anObject({ names }, { rule: "self.names.all(x, self.names.all(y, x == y))" }),
      [
        `${AT}.x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x ${HINT}`,
        `${AT}.x-kubernetes-validations[0].rule: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema`,
        `spec.validation.openAPIV3Schema: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x ${HINT}`,
      ],
    ],
    [
      "a rule about the change of what has nothing to compare it with",
      {
        type: "object",
        properties: {
          names: {
            ...names,
            items: {
              type: "string",
              maxLength: 5,
              "x-kubernetes-validations": [{ rule: "self == oldSelf" }],
            },
          },
        },
      },
      [
        `${AT}.properties[names].items.x-kubernetes-validations[0].rule: Invalid value: "self == oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within ${AT}.properties[names]`,
      ],
    ],
    [
      "a default that breaks a rule",
      {
        type: "object",
        properties: {
          size: { type: "integer", default: 1, "x-kubernetes-validations": [{ rule: "self > 1" }] },
        },
      },
      [`${AT}.properties[size].default: Invalid value: 1: failed rule: self > 1`],
    ],
    [
      "a default of another type",
      { type: "object", properties: { size: { type: "integer", default: "x" } } },
      [`${AT}.properties[size].default: Invalid value: "string":  in body must be of type integer: "string"`],
    ],
    [
      "a default with a field that it does not know",
      { type: "object", properties: { a: { type: "object", default: { b: 1 } } } },
      [`${AT}.properties[a].default: Invalid value: {"b":1}: must not have unknown fields`],
    ],
    [
      "a pattern that is none",
      { type: "object", properties: { a: { type: "string", pattern: "(" } } },
      [
        `${AT}.properties[a].pattern: Invalid value: "(": must be a valid regular expression, but isn't: error parsing regexp: missing closing ): \`(\``,
      ],
    ],
  ])("cannot have %s", async (_name, spec, want) => {
    const { status } = await statusErrorOf(server.client.create(KIND, aDefinition({ spec })));
    const causes = (status.details?.causes ?? []).map(
      ({ field = "", message = "" }) => `${field}: ${message}`,
    );
    expect(causes).toEqual([...want]);
    expect(status).toMatchObject({ code: 422, reason: "Invalid" });
  });
});
