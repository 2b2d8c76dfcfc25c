import { StartupError } from "#base/startup-error.ts";
import { requestServer, serverUrlIn } from "../ask-server.ts";
import type { ServerConfig } from "../config.ts";
import { checkApi } from "./api-checks.ts";
import { checkFiles } from "./file-checks.ts";
import { type Finding, warned } from "./finding.ts";
import { checkKubelet, checkTls } from "./network-checks.ts";

const ROOT = 0;
const KUBELET_PORT = 10250;

/** Checks the files of this host, and the server that its administrator's kubeconfig leads to. */
export async function checkSecurity(config: ServerConfig, owner = ROOT): Promise<readonly Finding[]> {
  const [files, server, kubelet] = await Promise.all([
    checkFiles(config, owner),
    checkServer(config.writeKubeconfig),
    config.disableAgent ? undefined : checkKubelet(kubeletUrl(config)),
  ]);
  return [...files, ...server, ...(kubelet === undefined ? [] : [kubelet])];
}

async function checkServer(kubeconfig: string): Promise<readonly Finding[]> {
  try {
    const api = await checkApi((request) => requestServer(kubeconfig, request));
    return [...api, ...(await checkTls(await serverUrlIn(kubeconfig)))];
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    const unseen = { point: "1.2", subject: "what the API server allows", remedy: "start the server" };
    return [warned(unseen, error.message)];
  }
}

function kubeletUrl({ nodeIp }: Pick<ServerConfig, "nodeIp">): string {
  return `https://${nodeIp.includes(":") ? `[${nodeIp}]` : nodeIp}:${String(KUBELET_PORT)}`;
}
