import { mkdir, writeFile } from "node:fs/promises";
import type { Pod } from "#api/generated/core-v1.ts";
import type { SandboxStatus } from "#container/runtime.ts";
import { podBandwidth } from "../containers/pod-bandwidth.ts";
import { podCgroup } from "../containers/pod-cgroup.ts";
import { formatResolvConf, type PodDns, podDns } from "../containers/pod-dns.ts";
import { podHostname } from "../containers/pod-hostname.ts";
import { hostPorts, sandboxConfig } from "../containers/sandbox-config.ts";
import type { PodServices } from "./pod-services.ts";

/** Makes a sandbox for the pod and connects it; returns the pod's addresses. What failed half-way is removed. */
export async function createSandbox(
  pod: Pod,
  attempt: number,
  services: PodServices,
): Promise<readonly string[]> {
  const { runtime, node, cgroups } = services;
  const { kernelName } = podHostname(pod, node.clusterDomain);
  await writePodFiles(pod, services);
  await cgroups.ensure(pod);
  const sandboxId = await runtime.runSandbox(sandboxConfig(pod, attempt, kernelName));
  if (pod.spec.hostNetwork === true) return [];
  try {
    const sandboxes = await runtime.listSandboxes({ podUid: pod.metadata.uid });
    const sandbox = sandboxes.find(({ id }) => id === sandboxId);
    if (sandbox === undefined) throw new Error(`sandbox "${sandboxId}" is gone`);
    return await attachNetwork(pod, sandbox, services);
  } catch (error) {
    await runtime.removeSandbox(sandboxId);
    throw error;
  }
}

/** Connects the pod's network namespace; a pod that is connected keeps its addresses. Annotations count as they were at the sandbox's start. */
export async function attachNetwork(
  pod: Pod,
  { id, pid, annotations }: SandboxStatus,
  services: PodServices,
): Promise<readonly string[]> {
  const { uid, namespace = "", name } = pod.metadata;
  const bandwidth = podBandwidth(annotations);
  const { config } = await readPodDns(pod, services);
  const { ips } = await services.podNetwork.attach({
    podUid: uid,
    podNamespace: namespace,
    podName: name,
    sandboxId: id,
    networkNamespace: `/proc/${String(pid)}/ns/net`,
    hostPorts: hostPorts(pod),
    ...(bandwidth !== undefined && { bandwidth }),
    facts: { annotations, dns: config, cgroupPath: podCgroup(pod) },
  });
  return ips;
}

/** The files that all containers of the pod find in `/etc`. */
async function writePodFiles(pod: Pod, services: PodServices): Promise<void> {
  const { directories, events } = services;
  const { uid } = pod.metadata;
  await mkdir(directories.pod(uid), { recursive: true, mode: 0o750 });
  const dns = await readPodDns(pod, services);
  for (const event of dns.events) events.record(pod, event);
  await writeFile(directories.resolvConf(uid), formatResolvConf(dns.config), { mode: 0o644 });
}

async function readPodDns(pod: Pod, { node }: PodServices): Promise<PodDns> {
  const { clusterDNS, clusterDomain } = node;
  return podDns(pod, { clusterDNS, clusterDomain, host: await node.readResolvConf() });
}
