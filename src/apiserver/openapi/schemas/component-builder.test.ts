import { describe, expect, test } from "bun:test";
import { BuiltInSchemas } from "#api/schemas.ts";
import { ComponentBuilder } from "./component-builder.ts";
import type { SchemaDocument } from "./schema-document.ts";

const CORE = "io.k8s.api.core.v1";
const META = "io.k8s.apimachinery.pkg.apis.meta.v1";

const builder = new ComponentBuilder(new BuiltInSchemas(), {
  descriptions: {
    [`${CORE}.ConfigMap`]: {
      "": "ConfigMap holds data.",
      data: "Data of the map.",
      metadata: "Its metadata.",
    },
    [`${META}.TypeMeta`]: { kind: "Kind of the object." },
  },
  groupVersions: [
    { group: "", version: "v1" },
    { group: "apps", version: "v1" },
  ],
});

function component(name: string): SchemaDocument {
  return builder.build([name])[name] ?? {};
}

function property(type: string, field: string): SchemaDocument {
  const { properties } = component(type);
  return (properties as Record<string, SchemaDocument>)[field] ?? {};
}

describe("ComponentBuilder", () => {
  test("describes a kind", () => {
    expect(component(`${CORE}.ConfigMap`)).toEqual({
      description: "ConfigMap holds data.",
      type: "object",
      properties: {
        apiVersion: { type: "string" },
        binaryData: { type: "object", additionalProperties: { type: "string", format: "byte" } },
        data: {
          type: "object",
          additionalProperties: { type: "string", default: "" },
          description: "Data of the map.",
        },
        immutable: { type: "boolean" },
        kind: { type: "string", description: "Kind of the object." },
        metadata: {
          description: "Its metadata.",
          default: {},
          allOf: [{ $ref: `#/components/schemas/${META}.ObjectMeta` }],
        },
      },
      "x-kubernetes-group-version-kind": [{ group: "", kind: "ConfigMap", version: "v1" }],
    });
  });

  test("follows references, in alphabetical order", () => {
    expect(Object.keys(builder.build([`${CORE}.ConfigMapList`]))).toEqual([
      `${CORE}.ConfigMap`,
      `${CORE}.ConfigMapList`,
      `${META}.FieldsV1`,
      `${META}.ListMeta`,
      `${META}.ManagedFieldsEntry`,
      `${META}.ObjectMeta`,
      `${META}.OwnerReference`,
      `${META}.ShardInfo`,
      `${META}.Time`,
    ]);
  });

  const fields: { type: string; field: string; schema: SchemaDocument }[] = [
    {
      type: `${CORE}.ContainerPort`,
      field: "containerPort",
      schema: { type: "integer", format: "int32", default: 0 },
    },
    {
      type: `${CORE}.ContainerPort`,
      field: "protocol",
      schema: { type: "string", default: "TCP", enum: ["SCTP", "TCP", "UDP"] },
    },
    {
      type: `${META}.ObjectMeta`,
      field: "finalizers",
      schema: {
        type: "array",
        items: { type: "string", default: "" },
        "x-kubernetes-list-type": "set",
        "x-kubernetes-patch-strategy": "merge",
      },
    },
    {
      type: `${CORE}.Container`,
      field: "ports",
      schema: {
        type: "array",
        items: { default: {}, allOf: [{ $ref: `#/components/schemas/${CORE}.ContainerPort` }] },
        "x-kubernetes-list-map-keys": ["containerPort", "protocol"],
        "x-kubernetes-list-type": "map",
        "x-kubernetes-patch-merge-key": "containerPort",
        "x-kubernetes-patch-strategy": "merge",
      },
    },
    {
      type: `${META}.LabelSelector`,
      field: "matchLabels",
      schema: { type: "object", additionalProperties: { type: "string" } },
    },
    {
      type: `${CORE}.ResourceRequirements`,
      field: "limits",
      schema: {
        type: "object",
        additionalProperties: { $ref: "#/components/schemas/io.k8s.apimachinery.pkg.api.resource.Quantity" },
      },
    },
  ];
  test.each(fields)("describes $field of $type", ({ type, field, schema }) => {
    expect(property(type, field)).toMatchObject(schema);
  });

  // As kubernetes `zz_generated.openapi.go` has them.
  test.each([
    [`${META}.APIResource`, "verbs", { type: "array", items: { type: "string", default: "" } }],
    [`${META}.ObjectMeta`, "creationTimestamp", { $ref: `#/components/schemas/${META}.Time` }],
    [
      `${META}.WatchEvent`,
      "object",
      { $ref: "#/components/schemas/io.k8s.apimachinery.pkg.runtime.RawExtension" },
    ],
    [
      "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps",
      "enum",
      {
        type: "array",
        items: {
          $ref: "#/components/schemas/io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON",
        },
        "x-kubernetes-list-type": "atomic",
      },
    ],
    [
      "io.k8s.api.authorization.v1.SubjectAccessReviewSpec",
      "extra",
      {
        type: "object",
        additionalProperties: { type: "array", items: { type: "string", default: "" } },
      },
    ],
  ])("has no default for what may be absent: %s %s", (type, field, schema) => {
    expect(property(type, field)).toEqual(schema);
  });

  test("lists what is required in the order of the declaration", () => {
    expect(component(`${META}.OwnerReference`)["required"]).toEqual(["apiVersion", "kind", "name", "uid"]);
    expect(component(`${CORE}.EnvVar`)["required"]).toEqual(["name"]);
    expect(component("io.k8s.api.admissionregistration.v1.MatchCondition")["required"]).toEqual([
      "name",
      "expression",
    ]);
  });

  test("tells what must be there", () => {
    expect(component(`${CORE}.ContainerPort`)["required"]).toEqual(["containerPort"]);
    expect(component(`${CORE}.ConfigMap`)).not.toHaveProperty("required");
  });

  test("takes the fields of inlined types for those of the type", () => {
    const { properties } = component(`${CORE}.Probe`);
    expect(Object.keys(properties as object)).toContain("httpGet");
  });

  test("lets maps be replaced as a whole", () => {
    expect(component(`${META}.LabelSelector`)).toMatchObject({ "x-kubernetes-map-type": "atomic" });
  });

  test("names the forms that a scalar may have", () => {
    expect(component("io.k8s.apimachinery.pkg.util.intstr.IntOrString")).toEqual({
      format: "int-or-string",
      oneOf: [{ type: "integer" }, { type: "string" }],
    });
  });

  test("lists the options of requests under all group versions", () => {
    expect(component(`${META}.DeleteOptions`)["x-kubernetes-group-version-kind"]).toEqual([
      { group: "", kind: "DeleteOptions", version: "v1" },
      { group: "apps", kind: "DeleteOptions", version: "v1" },
    ]);
  });
});
