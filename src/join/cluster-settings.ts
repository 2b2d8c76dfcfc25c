/** What all nodes of a cluster must agree on; agents are told by the server. */
export interface ClusterSettings {
  /** One range, or one of each family, which a comma joins; the primary one first. */
  readonly clusterCidr: string;
  readonly serviceCidr: string;
  readonly clusterDns: string;
  readonly clusterDomain: string;
  readonly networkBackend: "vxlan" | "host-gw" | "none" | "cni";
}

/** Listed once, so that what a server sends is complete and nothing else. */
const NAMES: readonly (keyof ClusterSettings)[] = [
  "clusterCidr",
  "serviceCidr",
  "clusterDns",
  "clusterDomain",
  "networkBackend",
];

/** The settings alone, of a configuration that has more, or of a document; throws a TypeError when one is missing. */
export function clusterSettingsOf(source: Partial<ClusterSettings>): ClusterSettings {
  const missing = NAMES.filter((name) => typeof source[name] !== "string");
  if (missing.length > 0) throw new TypeError(`Settings of the cluster are missing: ${missing.join(", ")}`);
  return Object.fromEntries(NAMES.map((name) => [name, source[name]])) as unknown as ClusterSettings;
}
