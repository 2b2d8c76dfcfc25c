import type { Pod } from "#api/generated/core-v1.ts";
import type { AdmissionCheck } from "./rejection.ts";

/** What a pod may set without harm to others (`pkg/kubelet/sysctl/safe_sysctls.go`), and whose namespace has it. */
const SAFE: Readonly<Record<string, "IPC" | "Net">> = {
  "kernel.shm_rmid_forced": "IPC",
  "net.ipv4.ip_local_port_range": "Net",
  "net.ipv4.tcp_syncookies": "Net",
  "net.ipv4.ping_group_range": "Net",
  "net.ipv4.ip_unprivileged_port_start": "Net",
  "net.ipv4.ip_local_reserved_ports": "Net",
  "net.ipv4.tcp_keepalive_time": "Net",
  "net.ipv4.tcp_fin_timeout": "Net",
  "net.ipv4.tcp_keepalive_intvl": "Net",
  "net.ipv4.tcp_keepalive_probes": "Net",
  "net.ipv4.tcp_rmem": "Net",
  "net.ipv4.tcp_wmem": "Net",
};

/** Kernel settings that are not known to be harmless keep a pod from the node. */
export const checkSysctls: AdmissionCheck = ({ pod }) => {
  const forbidden = (pod.spec.securityContext?.sysctls ?? [])
    .map(({ name }) => complaintAbout(name.replaceAll("/", "."), pod))
    .find((complaint) => complaint !== undefined);
  return forbidden === undefined
    ? undefined
    : { reason: "SysctlForbidden", message: `forbidden sysctl: ${forbidden}` };
};

function complaintAbout(name: string, { spec }: Pod): string | undefined {
  const namespace = Object.hasOwn(SAFE, name) ? SAFE[name] : undefined;
  const quoted = JSON.stringify(name);
  if (namespace === undefined) return `${quoted} not allowlisted`;
  const isHosts = namespace === "IPC" ? spec.hostIPC === true : spec.hostNetwork === true;
  return isHosts ? `${quoted} not allowed with host ${namespace} enabled` : undefined;
}
