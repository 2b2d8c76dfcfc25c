import { mkdir, writeFile } from "node:fs/promises";
import type { Pod } from "#api/generated/core-v1.ts";
import type { SandboxStatus } from "#container/runtime.ts";
import { podBandwidth } from "../containers/pod-bandwidth.ts";
import { formatResolvConf, podDns } from "../containers/pod-dns.ts";
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

/** Connects the pod's network namespace; a pod that is connected keeps its addresses. */
export async function attachNetwork(
  pod: Pod,
  { id, pid }: SandboxStatus,
  { podNetwork }: PodServices,
): Promise<readonly string[]> {
  const { uid, namespace = "", name } = pod.metadata;
  const bandwidth = podBandwidth(pod);
  const { ips } = await podNetwork.attach({
    podUid: uid,
    podNamespace: namespace,
    podName: name,
    sandboxId: id,
    networkNamespace: `/proc/${String(pid)}/ns/net`,
    hostPorts: hostPorts(pod),
    ...(bandwidth !== undefined && { bandwidth }),
  });
  return ips;
}

/** The files that all containers of the pod find in `/etc`. */
async function writePodFiles(pod: Pod, { directories, node, events }: PodServices): Promise<void> {
  const { uid } = pod.metadata;
  await mkdir(directories.pod(uid), { recursive: true, mode: 0o750 });
  const host = await node.readResolvConf();
  const { clusterDNS, clusterDomain } = node;
  const dns = podDns(pod, { clusterDNS, clusterDomain, host });
  for (const event of dns.events) events.record(pod, event);
  await writeFile(directories.resolvConf(uid), formatResolvConf(dns.config), { mode: 0o644 });
}
