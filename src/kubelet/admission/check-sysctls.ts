import type { Pod } from "#api/generated/core-v1.ts";
import type { AdmissionCheck } from "./rejection.ts";

type SysctlNamespace = "IPC" | "Net";

/** What a pod has for itself, or the beginnings of such names (`component-helpers/node/util/sysctl`). */
const OWN: Readonly<Record<string, SysctlNamespace>> = {
  "kernel.sem": "IPC",
  "kernel.shm": "IPC",
  "kernel.shmall": "IPC",
  "kernel.shmmax": "IPC",
  "kernel.shmmni": "IPC",
  "kernel.shm_rmid_forced": "IPC",
  "kernel.msg": "IPC",
  "kernel.msgmax": "IPC",
  "kernel.msgmnb": "IPC",
  "kernel.msgmni": "IPC",
};

/** Whose namespace has a kernel setting, or all that a pattern matches; undefined where that is not known. */
export function namespaceOfSysctl(pattern: string): SysctlNamespace | undefined {
  const name = dotted(pattern).replace(/\*$/, "");
  if (Object.hasOwn(OWN, name)) return OWN[name];
  if (name.startsWith("net.")) return "Net";
  return name.startsWith("fs.mqueue.") ? "IPC" : undefined;
}

/** What a pod may set without harm to others (`pkg/kubelet/sysctl/safe_sysctls.go`), and whose namespace has it. */
const SAFE: Readonly<Record<string, SysctlNamespace>> = {
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
export const checkSysctls: AdmissionCheck = ({ pod, settings: { allowedUnsafeSysctls } }) => {
  const forbidden = (pod.spec.securityContext?.sysctls ?? [])
    .map(({ name }) => complaintAbout(dotted(name), pod, allowedUnsafeSysctls))
    .find((complaint) => complaint !== undefined);
  return forbidden === undefined
    ? undefined
    : { reason: "SysctlForbidden", message: `forbidden sysctl: ${forbidden}` };
};

function complaintAbout(name: string, { spec }: Pod, allowed: readonly string[]): string | undefined {
  const pattern = allowed.find((each) => matches(each, name));
  const unsafe = pattern === undefined ? undefined : namespaceOfSysctl(pattern);
  const namespace = Object.hasOwn(SAFE, name) ? SAFE[name] : unsafe;
  const quoted = JSON.stringify(name);
  if (namespace === undefined) return `${quoted} not allowlisted`;
  const isHosts = namespace === "IPC" ? spec.hostIPC === true : spec.hostNetwork === true;
  return isHosts ? `${quoted} not allowed with host ${namespace} enabled` : undefined;
}

function matches(pattern: string, name: string): boolean {
  const own = dotted(pattern);
  return own.endsWith("*") ? name.startsWith(own.slice(0, -1)) : own === name;
}

function dotted(name: string): string {
  return name.replaceAll("/", ".");
}
