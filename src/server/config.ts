import type { AgentConfig } from "#agent/config.ts";

/** Everything a user can decide about `kubelith server`; made from flags, environment and config file by the CLI. */
export interface ServerConfig extends AgentConfig {
  readonly bindAddress: string;
  readonly httpsListenPort: number;
  /** Extra host names and addresses for the serving certificate. */
  readonly tlsSan: readonly string[];
  readonly serviceNodePortRange: PortRange;
  readonly writeKubeconfig: string;
  /** Permission bits. */
  readonly writeKubeconfigMode: number;
  readonly disableAgent: boolean;
  /** 0 logs what an operator wants to know, 4 and above everything. */
  readonly verbosity: number;
}

/** Both ends are included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}
