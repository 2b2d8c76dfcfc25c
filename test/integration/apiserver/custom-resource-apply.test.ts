import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import type { PatchOptions } from "#apimachinery/request.ts";
import { aCronTabDefinition, CRON_TAB_V1, cronTabs } from "#testing/cron-tabs.ts";
import { failureOf } from "./failure.ts";
import { owners } from "./owners.ts";
import { startServer, type TestServer } from "./server.ts";

const KIND = "CustomResourceDefinition";
const A = { namespace: "default", name: "a" } as const;

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server[Symbol.asyncDispose]());

/** Installs the definition, or changes its schema. */
async function install(spec: JSONSchemaProps): Promise<void> {
  const status: JSONSchemaProps = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const schema = { openAPIV3Schema: { type: "object", properties: { spec, status } } };
  const definition = aCronTabDefinition([{ ...CRON_TAB_V1, schema, subresources: { status: {} } }]);
  const { name = "" } = definition.metadata;
  const present = await server.client.get(KIND, { name }).catch(() => undefined);
  await (present === undefined
    ? server.client.create(KIND, definition)
    : server.client.update(KIND, { ...present, spec: definition.spec }));
  // It is served a few turns later.
  for (let turn = 0; turn < 40; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function apply(
  fieldManager: string,
  fields: object,
  options: PatchOptions & { subresource?: string } = {},
) {
  const { subresource, ...rest } = options;
  const { object } = await server.sendForObject(
    { kind: cronTabs(), ...A, ...(subresource !== undefined && { subresource }) },
    {
      verb: "patch",
      patchType: "apply",
      patch: { apiVersion: "stable.example.com/v1", kind: "CronTab", metadata: { name: "a" }, ...fields },
      options: { fieldManager, ...rest },
    },
  );
  const { spec, status } = object as unknown as { spec: unknown; status: unknown };
  const managers = owners(object.metadata.managedFields).map((text) =>
    text.replace(" stable.example.com/v1", ""),
  );
  return { spec, status, managers };
}

const jobs = (listType: "atomic" | "map"): JSONSchemaProps => ({
  type: "object",
  properties: {
    jobs: {
      type: "array",
      items: {
        type: "object",
        required: ["name"],
        properties: { name: { type: "string" }, command: { type: "string" } },
      },
      "x-kubernetes-list-type": listType,
      ...(listType === "map" && { "x-kubernetes-list-map-keys": ["name"] }),
    },
  },
});

const A_JOB = { name: "a", command: "x" };
const B_JOB = { name: "b", command: "y" };

describe("a list of a custom resource", () => {
  test("is one value where the definition does not say more", async () => {
    await install(jobs("atomic"));
    await apply("one", { spec: { jobs: [A_JOB] } });
    expect(await failureOf(apply("two", { spec: { jobs: [B_JOB] } }))).toBe(
      '409 Conflict: Apply failed with 1 conflict: conflict with "one": .spec.jobs',
    );
    const { spec, managers } = await apply("two", { spec: { jobs: [B_JOB] } }, { force: true });
    expect(spec).toEqual({ jobs: [B_JOB] });
    expect(managers).toEqual(["two Apply f:spec.f:jobs"]);
  });

  test("is shared by appliers where its elements have keys", async () => {
    await install(jobs("map"));
    await apply("one", { spec: { jobs: [A_JOB] } });
    const { spec, managers } = await apply("two", { spec: { jobs: [B_JOB] } });
    expect(spec).toEqual({ jobs: [A_JOB, B_JOB] });
    expect(managers).toEqual(
      ["one", "two"].map((manager, index) => {
        const element = `f:spec.f:jobs.k:{"name":"${index === 0 ? "a" : "b"}"}`;
        return `${manager} Apply ${element}.. ${element}.f:command ${element}.f:name`;
      }),
    );
  });

  test("is taken apart when it becomes granular, and put together when it becomes atomic", async () => {
    await install(jobs("atomic"));
    await apply("one", { spec: { jobs: [A_JOB] } });
    await install(jobs("map"));
    const granular = await apply("two", { spec: { jobs: [B_JOB] } });
    expect(granular.spec).toEqual({ jobs: [A_JOB, B_JOB] });
    await install(jobs("atomic"));
    expect(await failureOf(apply("one", { spec: { jobs: [A_JOB] } }))).toContain(
      'conflict with "two": .spec.jobs',
    );
    const { spec, managers } = await apply("one", { spec: { jobs: [A_JOB] } }, { force: true });
    expect(spec).toEqual({ jobs: [A_JOB] });
    expect(managers).toEqual(["one Apply f:spec.f:jobs"]);
  });
});

describe("fields of a custom resource that are not declared", () => {
  test("are shared by appliers where they are preserved", async () => {
    await install({ type: "object", "x-kubernetes-preserve-unknown-fields": true });
    await apply("one", { spec: { free: { a: 1, list: [1] } } });
    const { spec, managers } = await apply("two", { spec: { free: { b: { c: 2 } } } });
    expect(spec).toEqual({ free: { a: 1, list: [1], b: { c: 2 } } });
    expect(managers).toEqual([
      "one Apply f:spec.f:free.. f:spec.f:free.f:a f:spec.f:free.f:list",
      "two Apply f:spec.f:free.. f:spec.f:free.f:b.. f:spec.f:free.f:b.f:c",
    ]);
  });

  test("are refused, or pruned where nothing is declared", async () => {
    await install({ type: "object", properties: { size: { "x-kubernetes-int-or-string": true } } });
    expect(await failureOf(apply("one", { spec: { other: 1 } }))).toBe(
      "500 Unknown: failed to create typed patch object (/a; stable.example.com/v1, Kind=CronTab): .spec.other: field not declared in schema",
    );
    expect((await apply("one", { spec: { size: "50%" } })).spec).toEqual({ size: "50%" });
    await install({ type: "object" });
    const { spec, managers } = await apply("one", { spec: { other: 1 } });
    expect(spec).toEqual({});
    expect(managers).toEqual(["one Apply f:spec.f:other"]);
  });
});

test("the status of a custom resource is owned apart from the rest", async () => {
  await install({ type: "object", "x-kubernetes-preserve-unknown-fields": true });
  await apply("one", { spec: { a: 1 }, status: { ignored: true } });
  const metadata = { name: "a", labels: { not: "owned" } };
  const reported = { metadata, spec: { b: 1 }, status: { ready: true } };
  const { spec, status, managers } = await apply("two", reported, { subresource: "status" });
  expect([spec, status]).toEqual([{ a: 1 }, { ready: true }]);
  expect(managers).toEqual(["one Apply f:spec.f:a", "two Apply status f:status.f:ready"]);
});
