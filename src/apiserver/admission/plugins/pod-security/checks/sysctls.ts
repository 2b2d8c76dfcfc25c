import { defineCheck, type PodCheck } from "../check.ts";

const SINCE_0: readonly string[] = [
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.ping_group_range",
  "net.ipv4.ip_unprivileged_port_start",
];

const SINCE_27: readonly string[] = [...SINCE_0, "net.ipv4.ip_local_reserved_ports"];

const SINCE_29: readonly string[] = [
  ...SINCE_27,
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
];

const SINCE_32: readonly string[] = [...SINCE_29, "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"];

/** Parameters of the kernel that are a pod's own and cannot hurt others. */
export const sysctls = defineCheck({
  id: "sysctls",
  level: "baseline",
  versions: [
    { since: 0, check: allowSysctls(SINCE_0) },
    { since: 27, check: allowSysctls(SINCE_27) },
    { since: 29, check: allowSysctls(SINCE_29) },
    { since: 32, check: allowSysctls(SINCE_32) },
  ],
});

function allowSysctls(allowed: readonly string[]): PodCheck {
  return ({ spec }) => {
    const names = (spec.securityContext?.sysctls ?? [])
      .map(({ name }) => name)
      .filter((name) => !allowed.includes(name));
    return names.length === 0 ? undefined : { reason: "forbidden sysctls", detail: names.join(", ") };
  };
}
