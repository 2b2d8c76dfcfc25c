/** Whole numbers of 64 bits in custom resources, which Go keeps and JavaScript's numbers do not. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import { parseExactJson } from "#apimachinery/exact-json.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { aCronTab, aCronTabDefinition, CRON_TAB_V1, cronTabs } from "#testing/cron-tabs.ts";
import { settled } from "./conversion-fixture.ts";
import { failureOf } from "./failure.ts";
import { startServer, type TestServer } from "./server.ts";

const LARGEST = 2n ** 63n - 1n;

const integer: JSONSchemaProps = { type: "integer" };
const open: JSONSchemaProps = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
const spec: JSONSchemaProps = {
  ...open,
  properties: {
    count: integer,
    even: { type: "integer", multipleOf: 2 },
    small: { ...integer, format: "int32" },
    given: { ...integer, default: 5 },
    set: { type: "array", items: integer, "x-kubernetes-list-type": "set" },
    ruled: { ...integer, "x-kubernetes-validations": [{ rule: "self != 9007199254740993" }] },
  },
};

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
  const properties = { spec, status: open };
  const version = {
    ...CRON_TAB_V1,
    schema: { openAPIV3Schema: { type: "object", properties } },
    subresources: { scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" } },
    additionalPrinterColumns: [{ name: "Count", type: "integer", jsonPath: ".spec.count" }],
    selectableFields: [{ jsonPath: ".spec.count" }],
  };
  await server.client.create("CustomResourceDefinition", aCronTabDefinition([version]));
  await settled();
});
afterAll(() => server[Symbol.asyncDispose]());

const at = { namespace: "default", name: "a" };

/** As a client sends it, whose text has all digits. */
function create(fields: object) {
  const text = JSON.stringify({ ...aCronTab("a"), spec: fields });
  const object = parseExactJson(text) as KubeObject;
  return server.sendForObject({ kind: cronTabs(), namespace: "default" }, { verb: "create", object, text });
}

async function stored(): Promise<unknown> {
  return ((await server.client.get(cronTabs(), at)) as KubeObject & { readonly spec: unknown }).spec;
}

describe("a custom resource", () => {
  test("keeps all digits when it is written, patched and applied", async () => {
    await create({ count: LARGEST, other: [-LARGEST - 1n] });
    expect(await stored()).toMatchObject({ count: LARGEST, other: [-LARGEST - 1n] });
    const patch = { type: "merge", document: { spec: { replicas: 1 } } } as const;
    await server.client.patch(cronTabs(), at, patch);
    expect(await stored()).toMatchObject({ count: LARGEST, other: [-LARGEST - 1n], replicas: 1 });
    const { metadata: _, ...applied } = aCronTab("a");
    const document = { ...applied, metadata: { name: "a" }, spec: { set: [LARGEST, LARGEST - 1n] } };
    await server.client.patch(cronTabs(), at, { type: "apply", document }, { fieldManager: "m" });
    expect(await stored()).toMatchObject({ count: LARGEST, set: [LARGEST, LARGEST - 1n] });
    await server.client.delete(cronTabs(), at);
  });

  test.each<[object, string]>([
    [
      { even: LARGEST },
      "spec.even: Invalid value: 9223372036854775807: spec.even in body should be a multiple of 2",
    ],
    [
      { small: LARGEST },
      '<nil>: Invalid value: "": Checked value must be of type integer with format int32 in spec.small',
    ],
    [{ set: [LARGEST, LARGEST] }, "spec.set[1]: Duplicate value: 9223372036854775807"],
    [
      { ruled: 2n ** 53n + 1n },
      "spec.ruled: Invalid value: 9007199254740993: failed rule: self != 9007199254740993",
    ],
    [
      { replicas: LARGEST },
      ".spec.replicas: Invalid value: 9223372036854775807: should be less than or equal to 2147483647",
    ],
  ])("is refused for %p", async (fields, problem) => {
    expect(await failureOf(create(fields))).toBe(
      `422 Invalid: CronTab.stable.example.com "a" is invalid: ${problem}`,
    );
  });

  test("is selected by all digits", async () => {
    await create({ count: LARGEST });
    const select = async (count: bigint) => {
      const fieldSelector = `spec.count=${String(count)}`;
      return (await server.client.list(cronTabs(), { fieldSelector })).items.length;
    };
    expect([await select(LARGEST), await select(LARGEST - 1n)]).toEqual([1, 0]);
    await server.client.delete(cronTabs(), at);
  });

  test("is what was written, whatever it is", async () => {
    const number = fc
      .bigInt({ min: -(2n ** 63n), max: LARGEST })
      .map((value) => parseExactJson(String(value)));
    const value = fc.dictionary(
      fc.string(),
      fc.oneof(number, fc.array(number), fc.double({ noNaN: true, noDefaultInfinity: true })),
    );
    await fc.assert(
      fc.asyncProperty(value, async (other) => {
        const written: unknown = parseExactJson(JSON.stringify(other));
        await create({ count: 1, other });
        expect(await stored()).toEqual({ count: 1, given: 5, other: written });
        await server.client.delete(cronTabs(), at);
      }),
      { numRuns: 30 },
    );
  });
});
