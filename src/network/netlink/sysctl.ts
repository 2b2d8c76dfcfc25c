import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { inNetworkNamespace } from "./namespace.ts";

interface SysctlOptions {
  /** Path of a network namespace; the own one by default. */
  readonly namespace?: string | undefined;
}

/** The value of a kernel setting, or undefined where this kernel does not have it. */
export function readSysctl(path: readonly string[], { namespace }: SysctlOptions = {}): string | undefined {
  return inNetworkNamespace(namespace, () => {
    const file = fileOf(path);
    return existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
  });
}

/**
 * Changes a kernel setting, named by its path parts (`["net", "ipv4", "ip_forward"]`) because interface names
 * may contain dots. A setting that has the value already is not written; false where this kernel does not have it.
 */
export function writeSysctl(
  path: readonly string[],
  value: string,
  { namespace }: SysctlOptions = {},
): boolean {
  return inNetworkNamespace(namespace, () => {
    const file = fileOf(path);
    if (!existsSync(file)) return false;
    if (readFileSync(file, "utf8").trim() !== value) writeFileSync(file, value);
    return true;
  });
}

/**
 * Has a link believe none of its neighbours that it is a router, or knows a better way: they are pods and other nodes, and
 * over IPv6 one alone would get what goes elsewhere, also where the cluster has no IPv6 (CVE-2020-10749).
 */
export function refuseRouters(link: string, options: SysctlOptions = {}): void {
  for (const name of ["accept_ra", "accept_redirects"])
    writeSysctl(["net", "ipv6", "conf", link, name], "0", options);
}

function fileOf(path: readonly string[]): string {
  return ["/proc/sys", ...path].join("/");
}
