import { describe, expect, test } from "bun:test";
import { resourceOf } from "#api/resource.ts";
import { BuiltInSchemas } from "#api/schemas.ts";
import { pathsOf, type TypeNames, typesOf } from "./paths.ts";

const schemas = new BuiltInSchemas();
const typeNames: TypeNames = ({ group, version, kind }) => schemas.nameOf(group, version, kind);
const document = (kind: Parameters<typeof resourceOf>[0]) => pathsOf([resourceOf(kind)], typeNames);

interface Operation {
  readonly operationId: string;
  readonly "x-kubernetes-action": string;
  readonly "x-kubernetes-group-version-kind": unknown;
  readonly parameters: readonly { readonly name: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, unknown>> };
}

function operation(kind: Parameters<typeof resourceOf>[0], path: string, method: string): Operation {
  return document(kind)[path]?.[method] as Operation;
}

describe("pathsOf", () => {
  test("a namespaced resource has a path for all, for a namespace, for one object and for each subresource", () => {
    const methods = Object.entries(document("Deployment")).map(([path, item]) => {
      return [path, Object.keys(item).filter((key) => key !== "parameters")];
    });
    expect(Object.fromEntries(methods)).toEqual({
      "/apis/apps/v1/deployments": ["get"],
      "/apis/apps/v1/namespaces/{namespace}/deployments": ["get", "post", "delete"],
      "/apis/apps/v1/namespaces/{namespace}/deployments/{name}": ["get", "put", "patch", "delete"],
      "/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale": ["get", "put", "patch"],
      "/apis/apps/v1/namespaces/{namespace}/deployments/{name}/status": ["get", "put", "patch"],
    });
  });

  test("a resource of the cluster has one path for its objects", () => {
    expect(Object.keys(document("Node"))).toEqual([
      "/api/v1/nodes",
      "/api/v1/nodes/{name}",
      "/api/v1/nodes/{name}/proxy",
      "/api/v1/nodes/{name}/status",
    ]);
  });

  test("offers only the verbs of the resource", () => {
    const paths = document("TokenReview");
    const methods = Object.values(paths).flatMap((item) => Object.keys(item));
    expect(methods).toEqual(["parameters", "post"]);
  });

  const path = "/apis/apps/v1/namespaces/{namespace}/deployments/{name}";
  const ids: { path: string; method: string; id: string; action: string }[] = [
    {
      path: "/apis/apps/v1/deployments",
      method: "get",
      id: "listAppsV1DeploymentForAllNamespaces",
      action: "list",
    },
    { path, method: "get", id: "readAppsV1NamespacedDeployment", action: "get" },
    { path, method: "patch", id: "patchAppsV1NamespacedDeployment", action: "patch" },
    {
      path: path.replace("/{name}", ""),
      method: "delete",
      id: "deleteAppsV1CollectionNamespacedDeployment",
      action: "deletecollection",
    },
    { path: `${path}/status`, method: "put", id: "replaceAppsV1NamespacedDeploymentStatus", action: "put" },
  ];
  test.each(ids)("$method $path is $id", ({ path: at, method, id, action }) => {
    expect(operation("Deployment", at, method)).toMatchObject({
      operationId: id,
      "x-kubernetes-action": action,
      "x-kubernetes-group-version-kind": { group: "apps", version: "v1", kind: "Deployment" },
    });
  });

  test("the scale of a resource is a kind of another group", () => {
    expect(operation("Deployment", `${path}/scale`, "get")).toMatchObject({
      "x-kubernetes-group-version-kind": { group: "autoscaling", version: "v1", kind: "Scale" },
    });
  });

  // kubectl looks here whether a server validates fields, and whether it can apply.
  test("says that writes can be tried out and how fields are validated", () => {
    const { parameters, requestBody } = operation("Deployment", path, "patch");
    expect(parameters.map(({ name }) => name)).toEqual([
      "dryRun",
      "fieldManager",
      "fieldValidation",
      "force",
    ]);
    expect(Object.keys(requestBody?.content ?? {})).toContain("application/apply-patch+yaml");
  });

  test("refers to the kinds, their lists and the options", () => {
    expect(typesOf([resourceOf("ConfigMap")], typeNames)).toEqual([
      "io.k8s.api.core.v1.ConfigMap",
      "io.k8s.api.core.v1.ConfigMapList",
      "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions",
      "io.k8s.apimachinery.pkg.apis.meta.v1.Patch",
      "io.k8s.apimachinery.pkg.apis.meta.v1.Status",
    ]);
  });
});

test("custom resources cannot be patched by strategy", () => {
  const resource = { ...resourceOf("Deployment"), group: "example.com" };
  const paths = pathsOf([resource], () => undefined, { areCustom: true });
  const item = paths["/apis/example.com/v1/namespaces/{namespace}/deployments/{name}"];
  const { requestBody } = (item ?? {})["patch"] as Operation;
  expect(Object.keys(requestBody?.content ?? {})).not.toContain("application/strategic-merge-patch+json");
});
