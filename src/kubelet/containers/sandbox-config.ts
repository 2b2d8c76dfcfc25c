import { isSidecar } from "#api/core/v1/pod-resources.ts";
import type { Container, Pod } from "#api/generated/core-v1.ts";
import type { SandboxConfig } from "#container/runtime.ts";
import type { HostPort } from "#network/pod-network.ts";
import { podCgroup } from "./pod-cgroup.ts";

/** What a pod's sandbox is made of. */
export function sandboxConfig(pod: Pod, attempt: number, hostname: string): SandboxConfig {
  const { metadata, spec } = pod;
  const { name, namespace = "", uid, labels = {}, annotations = {} } = metadata;
  const sysctls = (spec.securityContext?.sysctls ?? []).map(({ name: key, value }) => {
    // The runtime wants dots between the parts of the name.
    return [key.replaceAll("/", "."), value] as const;
  });
  return {
    pod: { name, namespace, uid },
    attempt,
    hostname,
    cgroupParent: podCgroup(pod),
    network: spec.hostNetwork === true ? "node" : "pod",
    pid: pidMode(pod),
    ipc: spec.hostIPC === true ? "node" : "pod",
    sysctls: Object.fromEntries(sysctls),
    labels,
    annotations,
  };
}

export function pidMode({ spec }: Pod): SandboxConfig["pid"] {
  if (spec.hostPID === true) return "node";
  return spec.shareProcessNamespace === true ? "pod" : "container";
}

/** The ports of the host that lead to the pod. Sidecars have ports like main containers. */
export function hostPorts({ spec }: Pod): readonly HostPort[] {
  if (spec.hostNetwork === true) return [];
  const containers: readonly Container[] = [
    ...spec.containers,
    ...(spec.initContainers ?? []).filter(isSidecar),
  ];
  return containers.flatMap(({ ports = [] }) =>
    ports
      .filter(({ hostPort = 0 }) => hostPort > 0)
      .map(({ hostIP = "", hostPort = 0, containerPort, protocol = "TCP" }) => ({
        hostIP,
        hostPort,
        containerPort,
        protocol,
      })),
  );
}
