import { describe, expect, test } from "bun:test";
import type { CustomResourceDefinitionVersion, JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import type { Resource } from "#api/resource.ts";
import { CRON_TAB_V1, cronTabs } from "#testing/cron-tabs.ts";
import { aStruct } from "#testing/schema.ts";
import { ServedResource } from "../../registry/served-resource.ts";
import { customComponents } from "./custom-component.ts";
import type { OpenApiVersion } from "./publish-schema.ts";

const resource: Resource = { ...cronTabs(), listKind: "CronTabs" };
const NAME = "com.example.stable.v1.CronTab";

function componentsOf(
  openAPIV3Schema: JSONSchemaProps,
  version: OpenApiVersion,
  more: Partial<CustomResourceDefinitionVersion> = {},
) {
  const served = new ServedResource(
    {
      resource,
      load: () => ({ kind: { resource }, schema: aStruct("CronTab", {}) }),
      readVersion: () => ({ ...CRON_TAB_V1, schema: { openAPIV3Schema }, ...more }),
    },
    { builtIn: false },
  );
  return customComponents(served, {}, version);
}

function specOf(spec: JSONSchemaProps, version: OpenApiVersion): unknown {
  const component = componentsOf({ type: "object", properties: { spec } }, version)[NAME];
  return (component?.["properties"] as Record<string, unknown> | undefined)?.["spec"];
}

describe("customComponents", () => {
  test("describes the kind and its list", () => {
    const components = componentsOf({ type: "object" }, "v3");
    expect(Object.keys(components)).toEqual([NAME, "com.example.stable.v1.CronTabs"]);
    expect(components[NAME]).toMatchObject({
      properties: {
        metadata: {
          allOf: [{ $ref: "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta" }],
        },
      },
      "x-kubernetes-group-version-kind": [{ group: "stable.example.com", version: "v1", kind: "CronTab" }],
    });
  });

  test("says by which fields objects can be selected", () => {
    const selectableFields = [{ jsonPath: ".spec.color" }];
    const components = componentsOf({ type: "object" }, "v2", { selectableFields });
    for (const name of [NAME, "com.example.stable.v1.CronTabs"]) {
      const fields = components[name]?.["x-kubernetes-selectable-fields"];
      expect(fields).toEqual([{ fieldPath: "spec.color" }]);
    }
  });

  const open: JSONSchemaProps = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const embeddedOf = (version: OpenApiVersion, schema: JSONSchemaProps = {}) =>
    specOf({ type: "object", "x-kubernetes-embedded-resource": true, ...schema }, version);

  test("adds type and metadata to embedded objects", () => {
    const required = ["spec", "kind", "apiVersion"];
    expect(embeddedOf("v3", { required: ["spec"] })).toMatchObject({
      required,
      properties: { kind: { type: "string" }, metadata: {} },
    });
    expect(embeddedOf("v2", { required: ["spec"] })).toMatchObject({ required });
    expect(embeddedOf("v3", open)).toHaveProperty("properties");
    expect(embeddedOf("v2", open)).not.toHaveProperty("properties");
  });

  test("has no fields of an object of any shape in v2", () => {
    expect(componentsOf(open, "v2")[NAME]).not.toHaveProperty("properties");
    expect(componentsOf(open, "v3")[NAME]).toHaveProperty("properties");
  });
});
