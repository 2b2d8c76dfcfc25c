import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Container, PodSpec } from "#api/generated/core-v1.ts";
import type { ContainerSecurity, LinuxResources } from "#container/runtime.ts";
import { aNode, NODE_IP, type TestNode } from "./test-node.ts";

let node: TestNode;
beforeAll(async () => {
  node = await aNode();
  node.runtime.images.add("as-user:1", { id: "sha256:user", user: "1001:50" });
  node.runtime.images.add("as-name:1", { id: "sha256:name", user: "app" });
});
afterAll(() => node[Symbol.asyncDispose]());

let pods = 0;

async function podOf(container: Partial<Container>, spec: Partial<PodSpec> = {}): Promise<string> {
  const name = `pod-${String((pods += 1))}`;
  await node.createPod(name, { ...spec, containers: [{ name: "app", image: "app:1", ...container }] });
  return name;
}

describe("resources become limits of the kernel", () => {
  interface Case {
    readonly name: string;
    readonly resources: NonNullable<Container["resources"]>;
    readonly limits: LinuxResources;
    readonly qosClass: string;
    readonly cgroup: string;
  }
  const MI = 2 ** 20;
  const cases: readonly Case[] = [
    {
      name: "nothing asked for",
      resources: {},
      limits: { cpuShares: 2, oomScoreAdj: 1000 },
      qosClass: "BestEffort",
      cgroup: "/kubepods/besteffort/pod",
    },
    {
      name: "requests",
      resources: { requests: { cpu: "500m", memory: "1Gi" } },
      limits: { cpuShares: 512, oomScoreAdj: 875 },
      qosClass: "Burstable",
      cgroup: "/kubepods/burstable/pod",
    },
    {
      name: "requests below limits",
      resources: { requests: { cpu: "100m" }, limits: { cpu: "250m", memory: "64Mi" } },
      limits: {
        cpuShares: 102,
        cpuPeriodUs: 100_000,
        cpuQuotaUs: 25_000,
        memoryLimitBytes: 64 * MI,
        oomScoreAdj: 993,
      },
      qosClass: "Burstable",
      cgroup: "/kubepods/burstable/pod",
    },
    {
      name: "limits alone",
      resources: { limits: { cpu: "1", memory: "128Mi" } },
      limits: {
        cpuShares: 1024,
        cpuPeriodUs: 100_000,
        cpuQuotaUs: 100_000,
        memoryLimitBytes: 128 * MI,
        oomScoreAdj: -997,
      },
      qosClass: "Guaranteed",
      cgroup: "/kubepods/pod",
    },
    {
      name: "less CPU than the kernel can count",
      resources: { limits: { cpu: "1m" } },
      limits: { cpuShares: 2, cpuPeriodUs: 100_000, cpuQuotaUs: 1000, oomScoreAdj: 999 },
      qosClass: "Burstable",
      cgroup: "/kubepods/burstable/pod",
    },
  ];

  test.each(cases)("$name", async ({ resources, limits, qosClass, cgroup }) => {
    const name = await podOf({ resources });
    expect((await node.configOf(name)).resources).toEqual(limits);
    const { metadata, status } = await node.pod(name);
    expect(status?.qosClass).toBe(qosClass as never);
    const sandbox = node.runtime.sandboxConfigOf(node.kubelet.sandboxOf(metadata.uid) ?? "");
    expect(sandbox.cgroupParent).toBe(`${cgroup}${metadata.uid}`);
  });
});

describe("security context", () => {
  interface Case {
    readonly name: string;
    readonly container?: Partial<Container>;
    readonly spec?: Partial<PodSpec>;
    readonly security: Partial<ContainerSecurity>;
  }
  const cases: readonly Case[] = [
    {
      name: "none: the image's user, unconfined, default capabilities",
      security: {
        privileged: false,
        readOnlyRootFilesystem: false,
        noNewPrivileges: false,
        supplementalGroups: [],
        addCapabilities: [],
        dropCapabilities: [],
        seccomp: "unconfined",
        maskedPaths: true,
      },
    },
    {
      name: "user and groups of the pod",
      spec: {
        securityContext: { runAsUser: 1000, runAsGroup: 3000, fsGroup: 2000, supplementalGroups: [55] },
      },
      security: { runAsUser: 1000, runAsGroup: 3000, supplementalGroups: [2000, 55] },
    },
    {
      name: "the container's word before the pod's",
      spec: { securityContext: { runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } } },
      container: { securityContext: { runAsUser: 7 } },
      security: { runAsUser: 7, seccomp: "runtimeDefault" },
    },
    {
      name: "a group alone keeps the image's user",
      container: { image: "as-user:1", securityContext: { runAsGroup: 9 } },
      security: { runAsUserName: "1001", runAsGroup: 9 },
    },
    {
      name: "everything a restricted container states",
      container: {
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
        },
      },
      security: {
        noNewPrivileges: true,
        readOnlyRootFilesystem: true,
        dropCapabilities: ["ALL"],
        addCapabilities: ["NET_BIND_SERVICE"],
      },
    },
    {
      name: "privileged",
      container: { securityContext: { privileged: true } },
      security: { privileged: true },
    },
    {
      name: "a numeric user of the image passes for non-root",
      container: { image: "as-user:1", securityContext: { runAsNonRoot: true } },
      security: {},
    },
  ];

  test.each(cases)("$name", async ({ container = {}, spec = {}, security }) => {
    const name = await podOf(container, spec);
    expect((await node.configOf(name)).security).toMatchObject(security);
  });

  interface Refusal {
    readonly name: string;
    readonly container: Partial<Container>;
    readonly why: string;
  }
  const refusals: readonly Refusal[] = [
    {
      name: "an image that runs as root",
      container: { securityContext: { runAsNonRoot: true } },
      why: "container has runAsNonRoot and image will run as root",
    },
    {
      name: "user 0",
      container: { securityContext: { runAsNonRoot: true, runAsUser: 0 } },
      why: "container's runAsUser breaks non-root policy",
    },
    {
      name: "a user by name",
      container: { image: "as-name:1", securityContext: { runAsNonRoot: true } },
      why: "container has runAsNonRoot and image has non-numeric user (app), cannot verify user is non-root",
    },
  ];

  test.each(refusals)("$name does not run where root is forbidden", async ({ container, why }) => {
    const name = await podOf(container);
    const { uid } = (await node.pod(name)).metadata;
    const message = `${why} (pod: "${name}_default(${uid})", container: app)`;
    await node.statusOf(name, ({ containerStatuses = [] }) => {
      expect(containerStatuses[0]?.state).toEqual({
        waiting: { reason: "CreateContainerConfigError", message },
      });
    });
  });
});

describe("the pod's surroundings", () => {
  test("ports of the host lead to the pod", async () => {
    const ports = [
      { containerPort: 80, hostPort: 8080 },
      { containerPort: 53, hostPort: 5353, protocol: "UDP", hostIP: "127.0.0.1" },
      { containerPort: 81 },
    ] as const;
    const name = await podOf({ ports });
    await node.configOf(name);
    const { uid } = (await node.pod(name)).metadata;
    expect(node.network.attachments.get(uid)?.hostPorts).toEqual([
      { hostIP: "", hostPort: 8080, containerPort: 80, protocol: "TCP" },
      { hostIP: "127.0.0.1", hostPort: 5353, containerPort: 53, protocol: "UDP" },
    ]);
  });

  test("a pod on the host's network has its addresses and none of its own", async () => {
    const name = await podOf({}, { hostNetwork: true, hostPID: true, hostIPC: true });
    await node.configOf(name);
    const { metadata, status } = await node.pod(name);
    expect(status).toMatchObject({ podIP: NODE_IP, podIPs: [{ ip: NODE_IP }], hostIP: NODE_IP });
    expect(node.network.attachments.has(metadata.uid)).toBeFalse();
    const sandbox = node.runtime.sandboxConfigOf(node.kubelet.sandboxOf(metadata.uid) ?? "");
    expect(sandbox).toMatchObject({ network: "node", pid: "node", ipc: "node" });
  });

  test("containers find names, resolvers and hosts of the pod", async () => {
    const spec = {
      hostname: "first",
      subdomain: "group",
      hostAliases: [{ ip: "10.1.2.3", hostnames: ["a.test", "b.test"] }],
      dnsConfig: { options: [{ name: "timeout", value: "1" }] },
      securityContext: { sysctls: [{ name: "net/ipv4/tcp_syncookies", value: "1" }] },
    };
    const name = await podOf({}, spec);
    const { mounts } = await node.configOf(name);
    const pathOf = (path: string) =>
      mounts.find(({ containerPath }) => containerPath === path)?.hostPath ?? "";
    const { metadata, status } = await node.pod(name);
    const domain = "first.group.default.svc.cluster.local";
    const hosts = await Bun.file(pathOf("/etc/hosts")).text();
    expect(hosts).toStartWith("# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n");
    expect(hosts).toEndWith(
      `${String(status?.podIP)}\t${domain}\tfirst\n\n# Entries added by HostAliases.\n10.1.2.3\ta.test\tb.test\n`,
    );
    const resolver = await Bun.file(pathOf("/etc/resolv.conf")).text();
    expect(resolver).toMatch(/^search default\.svc\.cluster\.local svc\.cluster\.local cluster\.local/);
    expect(resolver).toEndWith("nameserver 10.96.0.10\noptions ndots:5 timeout:1\n");
    const sandbox = node.runtime.sandboxConfigOf(node.kubelet.sandboxOf(metadata.uid) ?? "");
    expect(sandbox).toMatchObject({ hostname: "first", sysctls: { "net.ipv4.tcp_syncookies": "1" } });
  });
});
