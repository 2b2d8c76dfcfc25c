import type { Pod } from "#api/generated/core-v1.ts";
import { ConfigError } from "./config-error.ts";

/** The kernel's limits: a host name has 63 characters, a node name 64. */
const MAX_HOSTNAME = 63;
const MAX_NODENAME = 64;

export interface PodHostname {
  readonly hostname: string;
  /** `subdomain.namespace.svc.cluster.local`, or empty. */
  readonly domain: string;
  /** What `hostname` prints in the pod. */
  readonly kernelName: string;
}

/** The names of a pod (`GeneratePodHostNameAndDomain`). Throws a ConfigError when they are too long. */
export function podHostname({ metadata, spec }: Pod, clusterDomain: string): PodHostname {
  const { hostnameOverride, hostname: own = "", subdomain = "", setHostnameAsFQDN = false } = spec;
  if (hostnameOverride !== undefined) {
    const hostname = truncated(hostnameOverride);
    return { hostname, domain: "", kernelName: hostname };
  }
  const hostname = truncated(own === "" ? metadata.name : own);
  const domain = subdomain === "" ? "" : `${subdomain}.${metadata.namespace ?? ""}.svc.${clusterDomain}`;
  if (domain === "" || !setHostnameAsFQDN) return { hostname, domain, kernelName: hostname };
  const fqdn = `${hostname}.${domain}`;
  if (fqdn.length > MAX_NODENAME) {
    const limits = `${String(MAX_NODENAME)} characters is the max, ${String(fqdn.length)} characters requested`;
    throw new ConfigError(
      `failed to construct FQDN from pod hostname and cluster domain, FQDN ${fqdn} is too long (${limits})`,
    );
  }
  return { hostname, domain, kernelName: fqdn };
}

function truncated(name: string): string {
  return name.length <= MAX_HOSTNAME ? name : name.slice(0, MAX_HOSTNAME).replace(/[-.]+$/, "");
}
