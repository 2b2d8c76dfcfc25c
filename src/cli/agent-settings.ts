import type { AgentProcessConfig } from "#agent/config.ts";
import { nodeSettings } from "./node-settings.ts";
import type { Settings } from "./setting.ts";
import { parsePath, parseServerUrl, parseToken } from "./setting-values.ts";

/** The settings of `kubelith agent`. What all nodes must agree on it hears from the server. */
export const agentSettings: Settings<AgentProcessConfig> = {
  server: {
    flag: "server",
    help: "URL of a server of the cluster",
    parse: parseServerUrl,
    fallback: "",
    fallbackHelp: "none",
  },
  token: {
    flag: "token",
    help: "token that lets this host join",
    parse: parseToken,
    fallback: "",
    fallbackHelp: "none",
  },
  tokenFile: {
    flag: "token-file",
    help: "file with that token",
    parse: parsePath,
    fallback: "",
    fallbackHelp: "none",
  },
  ...nodeSettings,
};
