import { describe, expect, test } from "bun:test";
import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import type { Resource } from "#api/resource.ts";
import { cronTabs } from "#testing/cron-tabs.ts";
import { aStruct } from "#testing/schema.ts";
import { ServedResource } from "../registry/served-resource.ts";
import { customComponents, type OpenApiVersion } from "./custom-component.ts";

const resource: Resource = { ...cronTabs(), listKind: "CronTabs" };
const NAME = "com.example.stable.v1.CronTab";

function componentsOf(openAPIV3Schema: JSONSchemaProps, version: OpenApiVersion) {
  const served = new ServedResource(
    {
      resource,
      load: () => ({ kind: { resource }, schema: aStruct("CronTab", {}) }),
      readSchema: () => openAPIV3Schema,
    },
    { builtIn: false },
  );
  return customComponents([served], {}, version);
}

function specOf(spec: JSONSchemaProps, version: OpenApiVersion): unknown {
  const component = componentsOf({ type: "object", properties: { spec } }, version).get(NAME);
  return (component?.["properties"] as Record<string, unknown> | undefined)?.["spec"];
}

describe("customComponents", () => {
  test("describes the kind and its list", () => {
    const components = componentsOf({ type: "object" }, "v3");
    expect([...components.keys()]).toEqual([NAME, "com.example.stable.v1.CronTabs"]);
    expect(components.get(NAME)).toMatchObject({
      properties: {
        metadata: {
          allOf: [{ $ref: "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta" }],
        },
      },
      "x-kubernetes-group-version-kind": [{ group: "stable.example.com", version: "v1", kind: "CronTab" }],
    });
  });

  const open: JSONSchemaProps = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  test.each<[string, JSONSchemaProps, OpenApiVersion, object]>([
    [
      "all of a schema in v3",
      { type: "string", pattern: "a", default: "b" },
      "v3",
      { type: "string", pattern: "a", default: "b" },
    ],
    ["only what v2 knows", { type: "string", pattern: "a", default: "b" }, "v2", { type: "string" }],
    ["no type of what may be null in v2", { type: "string", nullable: true }, "v2", {}],
    [
      "nothing inside of what is open in v2",
      { ...open, properties: { a: { type: "string" } } },
      "v2",
      { "x-kubernetes-preserve-unknown-fields": true },
    ],
  ])("publishes %s", (_name, schema, version, want) => {
    expect(specOf(schema, version)).toEqual(want);
  });

  test("adds type and metadata to embedded objects", () => {
    expect(specOf({ type: "object", "x-kubernetes-embedded-resource": true }, "v3")).toMatchObject({
      required: ["kind", "apiVersion"],
      properties: { kind: { type: "string" }, metadata: {} },
    });
  });

  test("has no fields of an object of any shape in v2", () => {
    expect(componentsOf(open, "v2").get(NAME)).not.toHaveProperty("properties");
    expect(componentsOf(open, "v3").get(NAME)).toHaveProperty("properties");
  });
});
