/** What running pods on a host needs to know; a server has it as part of its own configuration. */
export interface AgentConfig {
  readonly dataDir: string;
  readonly nodeName: string;
  readonly nodeIp: string;
  readonly clusterCidr: string;
  readonly serviceCidr: string;
  readonly clusterDns: string;
  readonly clusterDomain: string;
  readonly containerRuntimeEndpoint: string;
}
