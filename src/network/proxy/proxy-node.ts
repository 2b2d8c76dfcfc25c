import type { AddressFamily } from "../nft/address-family.ts";

/** What the plan needs to know about the node whose rules it makes. */
export interface ProxyNode {
  readonly name: string;
  /** Its label `topology.kubernetes.io/zone`. */
  readonly zone?: string | undefined;
  readonly family: AddressFamily;
  /** Its internal addresses. */
  readonly addresses?: readonly string[];
  /** Ranges of pod addresses of this family; what comes from elsewhere is off-cluster traffic. */
  readonly clusterCIDRs: readonly string[];
  /** Ranges of cluster IPs of this family. */
  readonly serviceCIDRs: readonly string[];
  /** Ranges whose addresses answer node ports, or `primary` for the node's own; without any, all of the host's do. */
  readonly nodePortAddresses?: readonly string[];
  /** Whether clients of cluster IPs are hidden behind the node's address, pods as well. */
  readonly masqueradesAll?: boolean;
  /** The bit of packet marks that says so where rules need one. Default: 14. */
  readonly masqueradeBit?: number | undefined;
}
