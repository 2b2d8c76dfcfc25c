import { describe, expect, test } from "bun:test";
import { someWrite } from "#testing/kinds.ts";
import { aPod, type PodOptions } from "#testing/objects.ts";
import type { Pod, PodSpec, PodStatus } from "../../generated/core-v1.ts";
import { pod } from "./pod.ts";

function writtenWith(spec: Partial<PodSpec>): Pod {
  const containers = [{ name: "app", image: "app:1" }];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", uid: "u" },
    spec: { containers, ...spec },
  };
}

describe("pod.setDefaults", () => {
  test("completes a pod of one container", () => {
    const filled = pod.setDefaults?.(writtenWith({}));
    expect(filled?.spec).toEqual({
      containers: [
        {
          name: "app",
          image: "app:1",
          imagePullPolicy: "IfNotPresent",
          terminationMessagePath: "/dev/termination-log",
          terminationMessagePolicy: "File",
        },
      ],
      dnsPolicy: "ClusterFirst",
      enableServiceLinks: true,
      restartPolicy: "Always",
      schedulerName: "default-scheduler",
      securityContext: {},
      terminationGracePeriodSeconds: 30,
    });
    expect(filled && pod.setDefaults?.(filled)).toBe(filled);
  });

  test("asks for as much as may be used", () => {
    const resources = { limits: { cpu: "1", memory: "1Gi" }, requests: { cpu: "100m" } };
    const filled = pod.setDefaults?.(
      writtenWith({
        containers: [{ name: "app", image: "app:1", resources }],
        initContainers: [{ name: "init", image: "app:1", resources: { limits: { cpu: "1n" } } }],
        resources: { limits: { cpu: "2" } },
      }),
    );
    expect(filled?.spec.containers[0]?.resources?.requests).toEqual({ cpu: "100m", memory: "1Gi" });
    expect(filled?.spec.initContainers?.[0]?.resources).toEqual({
      limits: { cpu: "1m" },
      requests: { cpu: "1m" },
    });
    expect(filled?.spec.resources).toEqual({
      limits: { cpu: "2" },
      requests: { cpu: "100m", memory: "1Gi" },
    });
  });

  test("uses the ports of the host on its network", () => {
    const ports = [{ containerPort: 80 }, { containerPort: 81, hostPort: 8081 }];
    const containers = [{ name: "app", image: "app:1", ports }];
    const filled = pod.setDefaults?.(writtenWith({ hostNetwork: true, containers }));
    expect(filled?.spec.containers[0]?.ports).toEqual([
      { containerPort: 80, hostPort: 80, protocol: "TCP" },
      { containerPort: 81, hostPort: 8081, protocol: "TCP" },
    ]);
  });

  test("knows fields by their old names", () => {
    const accountOf = (spec: Partial<PodSpec>) => {
      const filled = pod.setDefaults?.(writtenWith(spec)).spec;
      return [filled?.serviceAccountName, filled?.serviceAccount];
    };
    expect(accountOf({ serviceAccount: "a" })).toEqual(["a", "a"]);
    expect(accountOf({ serviceAccountName: "b", serviceAccount: "a" })).toEqual(["b", "b"]);
    const addressesOf = (status: PodStatus) => {
      const filled = pod.setDefaults?.(aPod("web", { status })).status;
      return [filled?.podIP, filled?.podIPs];
    };
    expect(addressesOf({ podIPs: [{ ip: "1.1.1.1" }] })).toEqual(["1.1.1.1", [{ ip: "1.1.1.1" }]]);
    expect(addressesOf({ podIP: "1.1.1.1" })).toEqual(["1.1.1.1", [{ ip: "1.1.1.1" }]]);
    expect(addressesOf({ podIP: "1.1.1.1", podIPs: [{ ip: "2.2.2.2" }] })).toEqual([
      "1.1.1.1",
      [{ ip: "1.1.1.1" }],
    ]);
  });

  test("gives a pod that asks for less than no time a second", () => {
    const filled = pod.setDefaults?.(writtenWith({ terminationGracePeriodSeconds: -1 }));
    expect(filled?.spec.terminationGracePeriodSeconds).toBe(1);
  });

  test("rounds what the kubelet reports", () => {
    const status = {
      allocatedResources: { cpu: "1u" },
      containerStatuses: [
        {
          name: "a",
          image: "a",
          imageID: "",
          ready: true,
          restartCount: 0,
          resources: { limits: { cpu: "1n" } },
        },
      ],
    };
    expect(pod.setDefaults?.(aPod("web", { status })).status).toMatchObject({
      allocatedResources: { cpu: "1m" },
      containerStatuses: [{ resources: { limits: { cpu: "1m" } } }],
    });
  });
});

describe("a new pod", () => {
  const create = (options: PodOptions) => pod.prepareForCreate?.(aPod("web", options), someWrite);

  test("is pending and has a class", () => {
    expect(create({ status: { phase: "Running", podIP: "1.2.3.4" } })?.status).toEqual({
      phase: "Pending",
      qosClass: "BestEffort",
    });
  });

  test("says that gates keep it from being scheduled", () => {
    expect(create({ spec: { schedulingGates: [{ name: "a" }] } })?.status?.conditions).toEqual([
      {
        type: "PodScheduled",
        status: "False",
        lastProbeTime: null,
        lastTransitionTime: "2026-01-31T10:00:00Z",
        reason: "SchedulingGated",
        message: "Scheduling is blocked due to non-empty scheduling gates",
      },
    ]);
  });

  test("has its own labels in selectors that ask for them", () => {
    const labelSelector = { matchLabels: { app: "web" } };
    const term = {
      topologyKey: "zone",
      labelSelector,
      matchLabelKeys: ["version", "absent"],
      mismatchLabelKeys: ["tenant"],
    };
    const created = create({
      labels: { version: "1", tenant: "a" },
      spec: {
        affinity: {
          podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] },
          podAntiAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: term }],
          },
        },
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: "zone",
            whenUnsatisfiable: "DoNotSchedule",
            labelSelector,
            matchLabelKeys: ["version"],
          },
        ],
      },
    });
    const version = { key: "version", operator: "In", values: ["1"] };
    const tenant = { key: "tenant", operator: "NotIn", values: ["a"] };
    const merged = { labelSelector: { ...labelSelector, matchExpressions: [version, tenant] } };
    expect(created?.spec.affinity?.podAffinity).toMatchObject({
      requiredDuringSchedulingIgnoredDuringExecution: [merged],
    });
    expect(created?.spec.affinity?.podAntiAffinity).toMatchObject({
      preferredDuringSchedulingIgnoredDuringExecution: [{ podAffinityTerm: merged }],
    });
    expect(created?.spec.topologySpreadConstraints?.[0]?.labelSelector?.matchExpressions).toEqual([version]);
  });

  test("has AppArmor profiles from old annotations, unless they say what the pod says", () => {
    const annotations = {
      "container.apparmor.security.beta.kubernetes.io/app": "localhost/mine",
      "container.apparmor.security.beta.kubernetes.io/side": "runtime/default",
    };
    const created = create({
      annotations,
      spec: {
        containers: [
          { name: "app", image: "app:1" },
          { name: "side", image: "app:1" },
        ],
        securityContext: { appArmorProfile: { type: "RuntimeDefault" } },
      },
    });
    expect(created?.spec.containers.map(({ securityContext }) => securityContext)).toEqual([
      { appArmorProfile: { type: "Localhost", localhostProfile: "mine" } },
      undefined,
    ]);
  });

  test("has no fields of features that are off", () => {
    const created = create({ spec: { schedulingGroup: { podGroupName: "a" } } });
    expect(created?.spec).not.toHaveProperty("schedulingGroup");
  });
});

describe("a status update", () => {
  const previous = aPod("web", {
    ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid: "r" }],
    status: {
      observedGeneration: 2,
      conditions: [
        { type: "Ready", status: "True", observedGeneration: 2 },
        { type: "Ready", status: "False", observedGeneration: 1 },
      ],
    },
  });
  const { ownerReferences: _, ...metadata } = previous.metadata;
  const next: Pod = {
    ...previous,
    metadata,
    status: {
      phase: "Running",
      conditions: [
        { type: "Ready", status: "False" },
        { type: "Ready", status: "True", observedGeneration: 3 },
        { type: "Ready", status: "True" },
      ],
    },
  };

  test("keeps what its writer does not decide", () => {
    const updated = pod.prepareForStatusUpdate?.(next, previous, someWrite);
    expect(updated?.metadata.ownerReferences).toEqual(previous.metadata.ownerReferences);
    expect(updated?.status).toEqual({
      phase: "Running",
      qosClass: "BestEffort",
      observedGeneration: 2,
      conditions: [
        { type: "Ready", status: "False", observedGeneration: 2 },
        { type: "Ready", status: "True", observedGeneration: 3 },
        { type: "Ready", status: "True" },
      ],
    });
  });
});

describe("pod.gracePeriodSeconds", () => {
  test.each<{ options: PodOptions; requested?: number; want: number }>([
    { options: {}, want: 0 },
    { options: {}, requested: 10, want: 0 },
    { options: { spec: { nodeName: "node-1" } }, want: 30 },
    { options: { spec: { nodeName: "node-1" } }, requested: 5, want: 5 },
    { options: { spec: { nodeName: "node-1" } }, requested: 0, want: 0 },
    { options: { spec: { nodeName: "node-1" } }, requested: -1, want: 1 },
    { options: { spec: { nodeName: "node-1" }, status: { phase: "Succeeded" } }, want: 0 },
    { options: { spec: { nodeName: "node-1" }, status: { phase: "Failed" } }, requested: 5, want: 0 },
  ])("of $options when $requested is asked for", ({ options, requested, want }) => {
    expect(pod.gracePeriodSeconds?.(aPod("web", options), requested)).toBe(want);
  });
});

describe("pod.warnings", () => {
  test("are for new pods alone", () => {
    const odd = aPod("web.1", { spec: { imagePullSecrets: [{}] } });
    expect(pod.warnings?.(odd, undefined)).toEqual([
      "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
      'spec.imagePullSecrets[0].name: invalid empty name ""',
    ]);
    expect(pod.warnings?.(odd, odd)).toEqual([]);
    expect(pod.warnings?.(aPod("web"), undefined)).toEqual([]);
  });

  test("are for the addresses in a status", () => {
    const status = { podIPs: [{ ip: "10.0.0.1" }, { ip: "FD00::1" }], hostIPs: [{ ip: "010.0.0.1" }] };
    expect(pod.statusWarnings?.(aPod("web", { status }))).toEqual([
      'status.podIPs[1].ip: IPv6 address "FD00::1" should be in RFC 5952 canonical format ("fd00::1")',
      'status.hostIPs[0].ip: non-standard IP address "010.0.0.1" is invalid: use "10.0.0.1"',
    ]);
  });
});

test("fields for selectors have values at any time", () => {
  const bound = aPod("web", {
    spec: { nodeName: "node-1", hostNetwork: true, serviceAccountName: "app" },
    status: { phase: "Running", podIPs: [{ ip: "10.0.0.1" }], nominatedNodeName: "node-1" },
  });
  const valuesOf = (object: Pod) =>
    Object.entries(pod.selectableFields ?? {}).map(([field, valueOf]) => [field, valueOf(object)]);
  expect(Object.fromEntries(valuesOf(bound))).toEqual({
    "spec.nodeName": "node-1",
    "spec.host": "node-1",
    "spec.restartPolicy": "Always",
    "spec.schedulerName": "default-scheduler",
    "spec.serviceAccountName": "app",
    "spec.hostNetwork": "true",
    "status.phase": "Running",
    "status.podIP": "10.0.0.1",
    "status.podIPs": "",
    "status.nominatedNodeName": "node-1",
  });
  expect(Object.fromEntries(valuesOf(writtenWith({})))).toMatchObject({
    "spec.nodeName": "",
    "spec.hostNetwork": "false",
    "status.podIP": "",
  });
});

test("a generation is of the spec alone", () => {
  const previous = aPod("web");
  expect(pod.isNewGeneration?.(aPod("web", { labels: { a: "b" } }), previous)).toBe(false);
  expect(pod.isNewGeneration?.(aPod("web", { spec: { nodeName: "node-1" } }), previous)).toBe(true);
});
