/** Everything a user can decide about `kubelith server`; made from flags, environment and config file by the CLI. */
export interface ServerConfig {
  readonly dataDir: string;
  readonly bindAddress: string;
  readonly httpsListenPort: number;
  /** Extra host names and addresses for the serving certificate. */
  readonly tlsSan: readonly string[];
  readonly clusterCidr: string;
  readonly serviceCidr: string;
  readonly serviceNodePortRange: PortRange;
  readonly clusterDns: string;
  readonly clusterDomain: string;
  readonly writeKubeconfig: string;
  /** Permission bits. */
  readonly writeKubeconfigMode: number;
  readonly disableAgent: boolean;
  readonly nodeName: string;
  readonly nodeIp: string;
  readonly containerRuntimeEndpoint: string;
  /** 0 logs what an operator wants to know, 4 and above everything. */
  readonly verbosity: number;
}

/** Both ends are included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}
