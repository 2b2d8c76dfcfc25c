import { serverSettings } from "./server-settings.ts";
import type { Settings } from "./setting.ts";
import { parseBootstrapGroup, parseOwnToken, parsePath, parseTtl, parseUsage } from "./setting-values.ts";

/** With what a command reaches the cluster. */
export interface ClusterAccessConfig {
  readonly kubeconfig: string;
}

export interface TokenCreateConfig extends ClusterAccessConfig {
  /** 0 for a token that never expires. */
  readonly ttlMs: number;
  readonly description: string;
  readonly usages: readonly string[];
  readonly groups: readonly string[];
}

export interface TokenRotateConfig {
  readonly dataDir: string;
  /** Empty for one that is made. */
  readonly newToken: string;
}

export const clusterAccessSettings: Settings<ClusterAccessConfig> = {
  kubeconfig: {
    flag: "kubeconfig",
    help: "who asks the cluster",
    parse: parsePath,
    fallback: "/etc/kubelith/kubelith.yaml",
  },
};

/** The defaults are those of kubeadm and k3s, but for the group's name. */
export const tokenCreateSettings: Settings<TokenCreateConfig> = {
  ttlMs: {
    flag: "ttl",
    help: "how long the token is good; 0 for ever",
    parse: parseTtl,
    fallback: 86_400_000,
    fallbackHelp: "24h0m0s",
  },
  description: {
    flag: "description",
    help: "what the token is for",
    parse: (text) => text,
    fallback: "",
    fallbackHelp: "none",
  },
  usages: {
    flag: "usages",
    help: "what it can be used for: authentication, signing",
    parse: parseUsage,
    repeatable: true,
    fallback: ["authentication", "signing"],
  },
  groups: {
    flag: "groups",
    help: "further groups of who shows it to the API",
    parse: parseBootstrapGroup,
    repeatable: true,
    fallback: ["system:bootstrappers:kubelith:default-node-token"],
  },
  ...clusterAccessSettings,
};

export const tokenRotateSettings: Settings<TokenRotateConfig> = {
  dataDir: serverSettings.dataDir,
  newToken: {
    flag: "new-token",
    help: "what it shall be",
    parse: parseOwnToken,
    fallback: "",
    fallbackHelp: "a random one",
  },
};
