import { describe, expect, test } from "bun:test";
import type { Container, Node, Pod, PodSpec, Service, Toleration } from "#api/generated/core-v1.ts";
import type { AdmissionPlugin } from "#apiserver/admission/admission-plugin.ts";
import { admit, anAdmissionEnvironment, anAdmissionRequest } from "#testing/admission.ts";
import { aNode, aPod, aService } from "#testing/objects.ts";
import { alwaysDenyPlugin } from "./always-deny.ts";
import { alwaysPullImagesPlugin } from "./always-pull-images.ts";
import { denyServiceExternalIPsPlugin } from "./deny-service-external-ips.ts";
import { extendedResourceTolerationPlugin } from "./extended-resource-toleration.ts";
import { limitPodHardAntiAffinityTopologyPlugin } from "./limit-pod-hard-anti-affinity-topology.ts";
import { nodeDeclaredFeatureValidatorPlugin } from "./node-declared-feature-validator.ts";
import { podResizeValidatorPlugin } from "./pod-resize-validator.ts";

/** The pod as it is admitted, or the refusal's message. */
function admitPod(
  plugin: AdmissionPlugin,
  spec: Partial<PodSpec>,
  previous?: Partial<PodSpec>,
  nodes: readonly Node[] = [],
): Promise<Pod | string> {
  const target = previous === undefined ? "CREATE pods default/a" : "UPDATE pods default/a";
  const request = anAdmissionRequest(target, {
    object: aPod("a", { spec }),
    ...(previous && { oldObject: aPod("a", { spec: previous }) }),
  });
  return admit<Pod>(plugin, request, anAdmissionEnvironment(nodes));
}

const refused = (why: string): string => `pods "a" is forbidden: ${why}`;
const container = (name: string, more: Partial<Container> = {}): Container => ({
  name,
  image: name,
  ...more,
});

describe("AlwaysPullImages", () => {
  const spec: Partial<PodSpec> = {
    initContainers: [container("i", { imagePullPolicy: "Never" })],
    containers: [container("a", { imagePullPolicy: "IfNotPresent" }), container("b")],
    volumes: [
      { name: "v", image: { reference: "r", pullPolicy: "Never" } },
      { name: "w", emptyDir: {} },
    ],
  };
  const policiesOf = (pod: Pod | string): readonly unknown[] => {
    if (typeof pod === "string") return [pod];
    const { containers, initContainers = [], volumes = [] } = pod.spec;
    return [
      ...[...initContainers, ...containers].map(({ imagePullPolicy }) => imagePullPolicy),
      ...volumes.map(({ image }) => image?.pullPolicy),
    ];
  };

  test("has every image of a new pod pulled", async () => {
    const pod = await admitPod(alwaysPullImagesPlugin, spec);
    expect(policiesOf(pod)).toEqual(["Always", "Always", "Always", "Always", undefined]);
  });

  test("has them pulled when a pod gets another image, and not otherwise", async () => {
    const other = { ...spec, containers: [container("c"), container("b")] };
    expect(policiesOf(await admitPod(alwaysPullImagesPlugin, spec, spec))).toEqual(
      policiesOf(aPod("a", { spec })),
    );
    expect(policiesOf(await admitPod(alwaysPullImagesPlugin, other, spec))).toContain("Always");
  });

  test("refuses what somebody else has changed", async () => {
    const { validate } = alwaysPullImagesPlugin;
    const request = anAdmissionRequest("CREATE pods default/a", { object: aPod("a", { spec }) });
    const refusal = await validate?.(request, anAdmissionEnvironment());
    const problem = (path: string, value: string): string =>
      refused(`spec.${path}.imagePullPolicy: Unsupported value: "${value}": supported values: "Always"`);
    expect(refusal?.status.code).toBe(500);
    expect(refusal?.message).toBe(
      `[${[problem("initContainers[0]", "Never"), problem("containers[0]", "IfNotPresent")].join(", ")}]`,
    );
  });
});

describe("ExtendedResourceToleration", () => {
  const gpu: Toleration = { key: "example.com/gpu", operator: "Exists", effect: "NoSchedule" };
  const fpga: Toleration = { ...gpu, key: "example.com/fpga" };
  const requests = (...names: readonly string[]) => ({
    resources: { requests: Object.fromEntries(names.map((name) => [name, "1"])) },
  });

  test.each<[string, Partial<PodSpec>, readonly Toleration[] | undefined]>([
    ["nothing", { containers: [container("a")] }, undefined],
    ["cpu", { containers: [container("a", requests("cpu", "hugepages-2Mi"))] }, undefined],
    ["one", { containers: [container("a", requests("example.com/gpu", "memory"))] }, [gpu]],
    [
      "two in several containers",
      {
        containers: [
          container("a", requests("example.com/gpu")),
          container("b", requests("example.com/gpu")),
        ],
        initContainers: [container("i", requests("example.com/fpga"))],
      },
      [fpga, gpu],
    ],
    [
      "what is tolerated already",
      { containers: [container("a", requests("example.com/gpu"))], tolerations: [gpu] },
      [gpu],
    ],
    [
      "what is tolerated for other reasons",
      {
        containers: [container("a", requests("example.com/gpu"))],
        tolerations: [{ key: "example.com/gpu", operator: "Equal", value: "x", effect: "NoSchedule" }],
      },
      [{ key: "example.com/gpu", operator: "Equal", value: "x", effect: "NoSchedule" }, gpu],
    ],
  ])("%s is requested", async (_, spec, want) => {
    const pod = await admitPod(extendedResourceTolerationPlugin, spec);
    expect(typeof pod === "string" ? pod : pod.spec.tolerations).toEqual(want as never);
  });
});

describe("LimitPodHardAntiAffinityTopology", () => {
  const away = (...keys: readonly string[]): Partial<PodSpec> => ({
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: keys.map((topologyKey) => ({ topologyKey })),
      },
    },
  });
  const denied = (key: string): string =>
    refused(
      `affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey ${key} but only key kubernetes.io/hostname is allowed`,
    );

  test.each<[Partial<PodSpec>, string]>([
    [{}, "admitted"],
    [away("kubernetes.io/hostname"), "admitted"],
    [away("zone"), denied("zone")],
    [away("kubernetes.io/hostname", ""), denied("")],
  ])("%j", async (spec, want) => {
    const pod = await admitPod(limitPodHardAntiAffinityTopologyPlugin, spec);
    expect(typeof pod === "string" ? pod : "admitted").toBe(want);
  });
});

describe("a pod that is there", () => {
  const node = aNode("n1", {
    labels: { "kubernetes.io/os": "linux" },
    status: {
      allocatable: { cpu: "2", memory: "1Gi" },
      declaredFeatures: ["InPlacePodVerticalScalingInitContainers"],
    },
  });
  const windows = aNode("n1", {
    labels: { "kubernetes.io/os": "windows" },
    status: { allocatable: { cpu: "8", memory: "8Gi" } },
  });
  const using = (cpu: string, memory: string, more: Partial<PodSpec> = {}): Partial<PodSpec> => ({
    nodeName: "n1",
    containers: [container("a", { resources: { requests: { cpu, memory } } })],
    ...more,
  });
  const small = using("1", "1Mi");
  const resized = async (
    plugin: AdmissionPlugin,
    next: Partial<PodSpec>,
    previous = small,
    nodes = [node],
  ) => {
    const request = anAdmissionRequest("UPDATE pods/resize default/a", {
      object: aPod("a", { spec: next }),
      oldObject: aPod("a", { spec: previous }),
    });
    const outcome = await admit(plugin, request, anAdmissionEnvironment(nodes));
    return typeof outcome === "string" ? outcome : "admitted";
  };

  test.each<[string, Partial<PodSpec>, string, readonly Node[]]>([
    ["fits", using("2", "1Gi"), "admitted", [node]],
    [
      "is too large",
      using("2500m", "2Gi"),
      refused(
        "Node didn't have enough allocatable resources: cpu, requested: 2500, allocatable: 2000; memory, requested: 2147483648, allocatable: 1073741824",
      ),
      [node],
    ],
    ["stays as it is", small, "admitted", []],
    ["is on no node yet", using("9", "9Gi", { nodeName: "" }), "admitted", []],
    ["is on a node that is gone", using("2", "1Mi"), refused('node "n1" not found'), []],
    [
      "is on Windows",
      using("2", "1Mi"),
      refused('pod resize is only supported on linux nodes, node "n1" is "windows"'),
      [windows],
    ],
  ])("is resized when it %s", async (_, next, want, nodes) => {
    expect(await resized(podResizeValidatorPlugin, next, small, [...nodes])).toBe(want);
  });

  const initWith = (cpu: string, more: Partial<Container> = {}): Partial<PodSpec> => ({
    ...small,
    initContainers: [container("i", { resources: { requests: { cpu } }, ...more })],
  });
  const needs = (feature: string): string =>
    refused(`pod update requires features ${feature} which are not available on node "n1"`);

  test.each<[string, Partial<PodSpec>, Partial<PodSpec>, readonly Node[], string]>([
    ["its containers", using("2", "1Gi"), small, [windows], "admitted"],
    [
      "what it has as a whole",
      { ...small, resources: { requests: { cpu: "2" } } },
      small,
      [node],
      needs("InPlacePodLevelResourcesVerticalScaling"),
    ],
    ["an init container", initWith("2"), initWith("1"), [node], "admitted"],
    [
      "an init container where the node cannot",
      initWith("2"),
      initWith("1"),
      [windows],
      needs("InPlacePodVerticalScalingInitContainers"),
    ],
    [
      "a sidecar",
      initWith("2", { restartPolicy: "Always" }),
      initWith("1", { restartPolicy: "Always" }),
      [windows],
      "admitted",
    ],
    ["both without a node", initWith("2"), initWith("1"), [], refused('node "n1" not found')],
  ])("changes %s", async (_, next, previous, nodes, want) => {
    expect(await resized(nodeDeclaredFeatureValidatorPlugin, next, previous, [...nodes])).toBe(want);
  });
});

describe("DenyServiceExternalIPs", () => {
  const service = (...externalIPs: readonly string[]): Service =>
    aService("s", {
      spec: { ports: [{ port: 80 }], ...(externalIPs.length > 0 && { externalIPs }) },
    } as object);
  const denied = 'services "s" is forbidden: Use of external IPs is denied by admission control';

  test.each<[string, Service, Service | undefined, string]>([
    ["none", service(), undefined, "admitted"],
    ["one in a new Service", service("1.2.3.4"), undefined, denied],
    ["the same", service("1.2.3.4"), service("1.2.3.4"), "admitted"],
    ["fewer", service("1.2.3.4"), service("5.6.7.8", "1.2.3.4"), "admitted"],
    ["another", service("1.2.3.4"), service("5.6.7.8"), denied],
    ["more", service("1.2.3.4", "5.6.7.8"), service("5.6.7.8"), denied],
  ])("%s", async (_, object, oldObject, want) => {
    const target = oldObject === undefined ? "CREATE services default/s" : "UPDATE services default/s";
    const request = anAdmissionRequest(target, { object, ...(oldObject && { oldObject }) });
    const outcome = await admit(denyServiceExternalIPsPlugin, request, anAdmissionEnvironment());
    expect(typeof outcome === "string" ? outcome : "admitted").toBe(want);
  });
});

test("AlwaysDeny refuses everything", async () => {
  const denied = refused("admission control is denying all modifications");
  expect(await admitPod(alwaysDenyPlugin, {})).toBe(denied);
});
