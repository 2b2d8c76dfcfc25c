import { describe, expect, test } from "bun:test";
import type { DeviceRequest, ResourceClaim } from "#api/generated/resource-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { QualifiedResource } from "#apimachinery/status-error.ts";
import { aConfigMap, aPersistentVolumeClaim, aPod, aResourceQuota, aService } from "#testing/objects.ts";
import type { Pod, PodSpec, ScopedResourceSelectorRequirement } from "../../../generated/core-v1.ts";
import { describeAmounts } from "./amounts.ts";
import { isInScopes, quotaEvaluatorOf, usageWithin } from "./quota-evaluators.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const core = (resource: string): QualifiedResource => ({ group: "", resource });

function usageOf(resource: QualifiedResource, object: KubeObject): string {
  const evaluator = quotaEvaluatorOf(resource);
  return evaluator === undefined ? "not bounded" : describeAmounts(evaluator.usageOf(object, NOW));
}

const container = (resources: object, name = "c"): PodSpec["containers"][number] => ({
  name,
  image: "i",
  resources,
});
const requests = { cpu: "500m", memory: "1Gi", "hugepages-2Mi": "4Mi", "example.com/gpu": "2" };
const limits = { cpu: "1", "ephemeral-storage": "1Gi", "hugepages-2Mi": "4Mi" };
const used = aPod("a", { spec: { containers: [container({ requests, limits })] } });
const deleted = { deletionTimestamp: "2025-12-31T23:59:00Z" };

function aClaim(...requests: readonly Omit<DeviceRequest, "name">[]): KubeObject {
  const claim: Omit<ResourceClaim, "metadata"> = {
    apiVersion: "resource.k8s.io/v1",
    kind: "ResourceClaim",
    spec: { devices: { requests: requests.map((each, index) => ({ name: String(index), ...each })) } },
  };
  return { ...claim, metadata: { name: "c", uid: "c" } };
}

describe("what objects use", () => {
  test.each<[string, QualifiedResource, KubeObject, string]>([
    [
      "a pod with requests and limits",
      core("pods"),
      used,
      "count/pods=1,cpu=500m,ephemeral-storage=1Gi,hugepages-2Mi=4Mi,limits.cpu=1,limits.ephemeral-storage=1Gi,memory=1Gi,pods=1,requests.cpu=500m,requests.ephemeral-storage=1Gi,requests.example.com/gpu=2,requests.hugepages-2Mi=4Mi,requests.memory=1Gi",
    ],
    [
      "a pod that has ended",
      core("pods"),
      { ...used, status: { phase: "Failed" } } as KubeObject,
      "count/pods=1",
    ],
    [
      "a pod that should be gone",
      core("pods"),
      { ...used, metadata: { ...used.metadata, ...deleted, deletionGracePeriodSeconds: 30 } } as KubeObject,
      "count/pods=1",
    ],
    [
      "a pod that is going",
      core("pods"),
      aPod("b", { deletionTimestamp: "2025-12-31T23:59:59Z", deletionGracePeriodSeconds: 30 } as object),
      "count/pods=1,pods=1",
    ],
    [
      "a load balancer",
      core("services"),
      aService("s", { spec: { type: "LoadBalancer", ports: [{ port: 1 }, { port: 2 }] } } as object),
      "count/services=1,services=1,services.loadbalancers=1,services.nodeports=2",
    ],
    [
      "a load balancer without node ports",
      core("services"),
      aService("s", {
        spec: {
          type: "LoadBalancer",
          allocateLoadBalancerNodePorts: false,
          ports: [{ port: 1 }, { port: 2, nodePort: 30_000 }],
        },
      } as object),
      "count/services=1,services=1,services.loadbalancers=1,services.nodeports=1",
    ],
    [
      "a claim of a class",
      core("persistentvolumeclaims"),
      aPersistentVolumeClaim("c", {
        spec: { storageClassName: "gold", resources: { requests: { storage: "1500m" } } },
      } as object),
      "count/persistentvolumeclaims=1,gold.storageclass.storage.k8s.io/persistentvolumeclaims=1,gold.storageclass.storage.k8s.io/requests.storage=2,persistentvolumeclaims=1,requests.storage=2",
    ],
    [
      "a claim whose volume has grown further",
      core("persistentvolumeclaims"),
      {
        ...aPersistentVolumeClaim("c", {
          spec: { resources: { requests: { storage: "1Gi" } } },
        } as object),
        status: { allocatedResources: { storage: "2Gi" } },
      } as KubeObject,
      "count/persistentvolumeclaims=1,persistentvolumeclaims=1,requests.storage=2Gi",
    ],
    [
      "a claim of devices",
      { group: "resource.k8s.io", resource: "resourceclaims" },
      aClaim(
        { exactly: { deviceClassName: "gold", allocationMode: "ExactCount", count: 2 } },
        { exactly: { deviceClassName: "iron", allocationMode: "All" } },
        {
          firstAvailable: [
            { name: "a", deviceClassName: "gold", allocationMode: "ExactCount", count: 1 },
            { name: "b", deviceClassName: "gold", allocationMode: "ExactCount", count: 3 },
            { name: "c", deviceClassName: "iron", allocationMode: "ExactCount", count: 1 },
          ],
        },
      ),
      "count/resourceclaims.resource.k8s.io=1,gold.deviceclass.resource.k8s.io/devices=5,iron.deviceclass.resource.k8s.io/devices=33",
    ],
    ["what has a name of its own", core("configmaps"), aConfigMap("m"), "configmaps=1,count/configmaps=1"],
    [
      "anything else",
      { group: "example.com", resource: "widgets" },
      aConfigMap("w"),
      "count/widgets.example.com=1",
    ],
    ["an event", core("events"), aConfigMap("e"), "not bounded"],
  ])("%s", (_, resource, object, usage) => {
    expect(usageOf(resource, object)).toBe(usage);
  });
});

describe("scopes", () => {
  const scoped = (scope: string): ScopedResourceSelectorRequirement => {
    const [scopeName, operator = "Exists", ...values] = scope.split(" ");
    return { scopeName, operator, ...(values.length > 0 && { values }) } as ScopedResourceSelectorRequirement;
  };
  const isIn = (resource: string, scope: string, object: KubeObject): boolean => {
    const quota = aResourceQuota("q", { spec: { scopeSelector: { matchExpressions: [scoped(scope)] } } });
    const evaluator = quotaEvaluatorOf(core(resource));
    return evaluator !== undefined && isInScopes(quota, object, evaluator);
  };
  const term = { topologyKey: "zone", namespaceSelector: {} };
  const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };

  test.each<[string, Partial<PodSpec>, boolean]>([
    ["Terminating", { activeDeadlineSeconds: 0 }, true],
    ["Terminating", {}, false],
    ["NotTerminating", {}, true],
    ["BestEffort", {}, true],
    ["BestEffort", { containers: [container({ requests })] }, false],
    ["NotBestEffort", { containers: [container({ requests })] }, true],
    ["PriorityClass", { priorityClassName: "high" }, true],
    ["PriorityClass", {}, false],
    ["PriorityClass In high", { priorityClassName: "high" }, true],
    ["PriorityClass In low", { priorityClassName: "high" }, false],
    ["PriorityClass In high", {}, false],
    ["PriorityClass NotIn high", {}, true],
    ["PriorityClass DoesNotExist", {}, true],
    ["PriorityClass DoesNotExist", { priorityClassName: "high" }, false],
    ["CrossNamespacePodAffinity", { affinity }, true],
    ["CrossNamespacePodAffinity", {}, false],
    ["VolumeAttributesClass", {}, false],
  ])("%s of a pod with %j", (scope, spec, expected) => {
    expect(isIn("pods", scope, aPod("a", { spec }))).toBe(expected);
  });

  test.each<[string, object, boolean]>([
    ["VolumeAttributesClass In fast", { spec: { volumeAttributesClassName: "fast" } }, true],
    [
      "VolumeAttributesClass In fast",
      { spec: {}, status: { modifyVolumeStatus: { targetVolumeAttributesClassName: "fast" } } },
      true,
    ],
    ["VolumeAttributesClass", { spec: {} }, false],
    ["VolumeAttributesClass NotIn fast", { spec: {} }, true],
    ["BestEffort", { spec: {} }, false],
  ])("%s of a claim with %j", (scope, claim, expected) => {
    expect(isIn("persistentvolumeclaims", scope, { ...aPersistentVolumeClaim("c"), ...claim })).toBe(
      expected,
    );
  });

  test("do not go with what has none", () => {
    expect(isIn("services", "NotTerminating", aService("s"))).toBe(false);
  });
});

describe("what a pod must state", () => {
  const omissionOf = (spec: Partial<PodSpec>, ...names: readonly string[]): string =>
    quotaEvaluatorOf(core("pods"))?.omission?.(aPod("a", { spec }), names) ?? "";

  test.each<[Partial<PodSpec>, string[], string]>([
    [{ containers: [container({}, "b"), container({}, "a")] }, ["cpu"], "must specify cpu for: a,b"],
    [
      { containers: [container({ requests: { cpu: "1" } }, "a")], initContainers: [container({}, "i")] },
      ["requests.cpu", "limits.memory", "pods"],
      "must specify limits.memory for: a,i; requests.cpu for: i",
    ],
    [{ containers: [container({})] }, ["pods", "ephemeral-storage", "requests.example.com/gpu"], ""],
    [{ containers: [container({})], resources: { requests: { cpu: "1" } } }, ["memory"], ""],
  ])("%j for %j", (spec, names, omission) => {
    expect(omissionOf(spec, ...names)).toBe(omission);
  });
});

test("usage within a quota is that of what it bounds, and zero where there is nothing", () => {
  const quota = aResourceQuota("q", { spec: { hard: { pods: "5", memory: "1Gi", secrets: "3" } } });
  const pods = quotaEvaluatorOf(core("pods"));
  if (pods === undefined) throw new TypeError("Pods are bounded");
  expect(describeAmounts(usageWithin(quota, [used, used], pods, NOW))).toBe("memory=2Gi,pods=2");
  expect(describeAmounts(usageWithin(quota, [], pods, NOW))).toBe("memory=0,pods=0");
});

describe("a pod that is being resized uses what it has or is to get, whichever is more", () => {
  type Amounts = Readonly<Record<string, string>>;
  interface Resize {
    readonly wants: Amounts;
    readonly has?: Amounts;
    readonly allocated?: Amounts;
    readonly reason?: string;
    readonly isSidecar?: boolean;
  }

  function podWith({ wants, has, allocated, reason = "", isSidecar = false }: Resize): Pod {
    const main = container({ requests: wants, limits: wants });
    const status = {
      name: "c",
      ...(has && { resources: { requests: has, limits: has } }),
      ...(allocated && { allocatedResources: allocated }),
    };
    const pod = isSidecar
      ? aPod("a", {
          spec: { containers: [container({}, "m")], initContainers: [{ ...main, restartPolicy: "Always" }] },
        })
      : aPod("a", { spec: { containers: [main] } });
    const conditions = reason === "" ? [] : [{ type: "PodResizePending", status: "True", reason }];
    return {
      ...pod,
      status: { conditions, [isSidecar ? "initContainerStatuses" : "containerStatuses"]: [status] },
    } as Pod;
  }

  test.each<[string, Resize, string]>([
    ["before its node says anything", { wants: { cpu: "1" } }, "1 1"],
    ["up", { wants: { cpu: "2" }, has: { cpu: "1" }, allocated: { cpu: "1" } }, "2 2"],
    ["down", { wants: { cpu: "1" }, has: { cpu: "2" }, allocated: { cpu: "1" } }, "2 2"],
    ["down, as is decided", { wants: { cpu: "1" }, has: { cpu: "1" }, allocated: { cpu: "3" } }, "3 1"],
    [
      "up later",
      { wants: { cpu: "5" }, has: { cpu: "1" }, allocated: { cpu: "1" }, reason: "Deferred" },
      "5 5",
    ],
    [
      "up and never gets there",
      { wants: { cpu: "50" }, has: { cpu: "1" }, allocated: { cpu: "2" }, reason: "Infeasible" },
      "2 1",
    ],
    ["beside the others", { wants: { cpu: "1" }, has: { cpu: "2" }, isSidecar: true }, "2 2"],
  ])("%s", (_, resize, want) => {
    const usage = quotaEvaluatorOf(core("pods"))?.usageOf(podWith(resize), NOW);
    const amounts = ["requests.cpu", "limits.cpu"].map((name) =>
      String((usage?.get(name)?.nanos ?? 0n) / 1_000_000_000n),
    );
    expect(amounts.join(" ")).toBe(want);
  });

  test("as a whole", () => {
    const pod = aPod("a", { spec: { containers: [container({})], resources: { requests: { cpu: "1" } } } });
    const resized = {
      ...pod,
      status: { resources: { requests: { cpu: "2" } }, allocatedResources: { cpu: "3" } },
    };
    expect(usageOf(core("pods"), resized as KubeObject)).toBe("count/pods=1,cpu=3,pods=1,requests.cpu=3");
  });
});
