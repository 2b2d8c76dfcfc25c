import type { JsonObject } from "./network-list.ts";
import { INTERFACE_NAME } from "./sandbox-attachment.ts";

interface ResultIP {
  readonly address?: string;
  readonly interface?: number;
}

/** What a chain of plugins answers; versions before 0.3 know one address of each family. */
interface AddResult {
  readonly interfaces?: readonly { readonly name?: string; readonly sandbox?: string }[];
  readonly ips?: readonly ResultIP[];
  readonly ip4?: { readonly ip?: string };
  readonly ip6?: { readonly ip?: string };
}

/** The addresses of the pod's link, at most one of each family, the IPv4 address first. */
export function resultAddresses(result: JsonObject): readonly string[] {
  const { interfaces = [], ips = [], ip4, ip6 } = result as AddResult;
  const ofPod = ips.filter(({ interface: index }) => {
    const link = index === undefined ? undefined : interfaces[index];
    return link === undefined || (link.name === INTERFACE_NAME && (link.sandbox ?? "") !== "");
  });
  const all = [...ofPod.map(({ address }) => address), ip4?.ip, ip6?.ip].flatMap(
    (address) => address?.split("/")[0] ?? [],
  );
  const first = (isIPv6: boolean): readonly string[] =>
    all.filter((address) => address.includes(":") === isIPv6).slice(0, 1);
  return [...first(false), ...first(true)];
}
