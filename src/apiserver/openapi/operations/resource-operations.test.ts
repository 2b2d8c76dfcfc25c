import { describe, expect, test } from "bun:test";
import { modelName } from "#api/model-name.ts";
import { type KindRef, resourceOf } from "#api/resource.ts";
import { BuiltInSchemas } from "#api/schemas.ts";
import type { Operation } from "./operation.ts";
import { identityOf } from "./operation-identity.ts";
import { OptionParameters } from "./option-parameters.ts";
import { resourceOperations } from "./resource-operations.ts";

const schemas = new BuiltInSchemas();
const parameters = new OptionParameters(schemas, {});
const operationsOf = (kind: KindRef): readonly Operation[] =>
  resourceOperations(resourceOf(kind), {
    nameOf: (each) => schemas.nameOf(each.group, each.version, each.kind) ?? modelName(each),
    parameters,
  });

function operation(kind: KindRef, id: string): Operation {
  const found = operationsOf(kind).find((each) => identityOf(each).id === id);
  if (found === undefined) throw new RangeError(`No operation "${id}"`);
  return found;
}

const queryOf = ({ parameters: all }: Operation): readonly string[] =>
  all.filter((each) => each.in === "query").map(({ name }) => name);

describe("resourceOperations", () => {
  test("a namespaced resource has paths for all, for a namespace, for one object and for each subresource", () => {
    const methods = [...Map.groupBy(operationsOf("Deployment"), ({ path }) => path)].map(
      ([path, members]) => [path.replace("/apis/apps/v1", ""), members.map(({ method }) => method).join(" ")],
    );
    expect(Object.fromEntries(methods)).toEqual({
      "/deployments": "get",
      "/watch/deployments": "get",
      "/namespaces/{namespace}/deployments": "get post delete",
      "/watch/namespaces/{namespace}/deployments": "get",
      "/namespaces/{namespace}/deployments/{name}": "get put patch delete",
      "/watch/namespaces/{namespace}/deployments/{name}": "get",
      "/namespaces/{namespace}/deployments/{name}/scale": "get put patch",
      "/namespaces/{namespace}/deployments/{name}/status": "get put patch",
    });
  });

  test("a resource of the cluster has one path for its objects, and a proxy whatever is behind it", () => {
    expect([...new Set(operationsOf("Node").map(({ path }) => path))]).toEqual([
      "/api/v1/nodes",
      "/api/v1/watch/nodes",
      "/api/v1/nodes/{name}",
      "/api/v1/watch/nodes/{name}",
      "/api/v1/nodes/{name}/proxy",
      "/api/v1/nodes/{name}/proxy/{path}",
      "/api/v1/nodes/{name}/status",
    ]);
  });

  test("offers only the verbs of the resource", () => {
    expect(operationsOf("TokenReview").map(({ method }) => method)).toEqual(["post"]);
    expect(operationsOf("ComponentStatus").map(({ path }) => path)).toEqual([
      "/api/v1/componentstatuses",
      "/api/v1/componentstatuses/{name}",
    ]);
  });

  test.each([
    ["Deployment", "listAppsV1DeploymentForAllNamespaces", "list or watch objects of kind Deployment"],
    ["ComponentStatus", "listCoreV1ComponentStatus", "list objects of kind ComponentStatus"],
    ["Deployment", "readAppsV1NamespacedDeployment", "read the specified Deployment"],
    ["Deployment", "readAppsV1NamespacedDeploymentScale", "read scale of the specified Deployment"],
    ["Deployment", "deleteAppsV1CollectionNamespacedDeployment", "delete collection of Deployment"],
    [
      "Deployment",
      "patchAppsV1NamespacedDeploymentStatus",
      "partially update status of the specified Deployment",
    ],
    ["Ingress", "createNetworkingV1NamespacedIngress", "create an Ingress"],
    ["Endpoints", "createCoreV1NamespacedEndpoints", "create Endpoints"],
    ["Pod", "createCoreV1NamespacedPodEviction", "create eviction of a Pod"],
    ["Pod", "connectCoreV1PostNamespacedPodExec", "connect POST requests to exec of Pod"],
    ["Node", "connectCoreV1OptionsNodeProxyWithPath", "connect OPTIONS requests to proxy of Node"],
    ["Role", "readRbacAuthorizationV1NamespacedRole", "read the specified Role"],
  ] as const)("of %s, %s does: %s", (kind, id, description) => {
    expect(operation(kind, id).description).toBe(description);
  });

  test.each([
    ["Deployment", "readAppsV1NamespacedDeploymentScale", "autoscaling/v1 Scale"],
    ["Pod", "createCoreV1NamespacedPodEviction", "policy/v1 Eviction"],
    ["Pod", "connectCoreV1GetNamespacedPodExec", "/v1 PodExecOptions"],
    ["Pod", "readCoreV1NamespacedPodLog", "/v1 Pod"],
  ] as const)("of %s, %s is about %s", (name, id, about) => {
    const { kind } = operation(name, id);
    expect(`${kind?.group ?? ""}/${kind?.version ?? ""} ${kind?.kind ?? ""}`).toBe(about);
  });

  // kubectl looks here whether a server validates fields, and whether it can apply.
  test("says that writes can be tried out and how fields are validated", () => {
    const patch = operation("Deployment", "patchAppsV1NamespacedDeployment");
    expect(queryOf(patch)).toEqual(["pretty", "dryRun", "fieldManager", "fieldValidation", "force"]);
    expect(patch.consumes).toContain("application/apply-patch+yaml");
  });

  test("takes options from the query that are single values", () => {
    const { parameters: all } = operation("Pod", "deleteCoreV1NamespacedPod");
    const types = all.map(({ name, in: place, type }) => `${place} ${name} ${type}`);
    expect(types).toEqual([
      "query pretty string",
      "query dryRun string",
      "query gracePeriodSeconds integer",
      "query ignoreStoreReadErrorWithClusterBreakingPotential boolean",
      "query orphanDependents boolean",
      "query propagationPolicy string",
      "path namespace string",
      "path name string",
    ]);
    expect(queryOf(operation("Pod", "readCoreV1NamespacedPodLog"))).not.toContain("sinceTime");
  });

  test("deletes collections by what lists are selected by, but does not watch that", () => {
    const names = queryOf(operation("Pod", "deleteCoreV1CollectionNamespacedPod"));
    expect(names).toEqual(expect.arrayContaining(["labelSelector", "gracePeriodSeconds"]));
    expect(names).not.toContain("watch");
  });

  test.each([
    ["Pod", "deleteCoreV1NamespacedPod", "io.k8s.api.core.v1.Pod"],
    ["ConfigMap", "deleteCoreV1NamespacedConfigMap", "io.k8s.apimachinery.pkg.apis.meta.v1.Status"],
    ["Namespace", "deleteCoreV1Namespace", "io.k8s.apimachinery.pkg.apis.meta.v1.Status"],
    ["Pod", "watchCoreV1NamespacedPodList", "io.k8s.apimachinery.pkg.apis.meta.v1.WatchEvent"],
    ["Pod", "listCoreV1NamespacedPod", "io.k8s.api.core.v1.PodList"],
    ["Pod", "readCoreV1NamespacedPodLog", "string"],
  ] as const)("of %s, %s answers %s", (kind, id, type) => {
    expect(operation(kind, id).answers[0]?.type).toBe(type);
  });
});
