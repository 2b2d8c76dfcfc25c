import { StartupError } from "#base/startup-error.ts";
import { requestServer, serverUrlIn } from "../ask-server.ts";
import type { ServerConfig } from "../config.ts";
import { API_POINTS, checkApi } from "./api-checks.ts";
import { readCluster } from "./cluster-view.ts";
import { checkConfig } from "./config-checks.ts";
import { checkFiles } from "./file-checks.ts";
import { comparePoints, type Finding, passed, warned } from "./finding.ts";
import { INAPPLICABLE } from "./inapplicable.ts";
import { checkNamespaces } from "./namespace-checks.ts";
import {
  API_TLS,
  checkKubelet,
  checkReadOnlyPort,
  checkTls,
  KUBELET_TLS,
  NODE_POINTS,
} from "./network-checks.ts";
import { checkPods } from "./pod-checks.ts";
import { checkRoles } from "./role-checks.ts";

const ROOT = 0;
const KUBELET_PORT = 10250;

/** What a host is checked by: the settings of its server, and the file that they are from. */
export type CheckedConfig = ServerConfig & { readonly configFile: string };

/**
 * Compares the files of this host, its settings, its kubelet, and the server that its administrator's kubeconfig leads to
 * with every point of the benchmark, in their order.
 */
export async function checkSecurity(config: CheckedConfig, owner = ROOT): Promise<readonly Finding[]> {
  const [files, settings, server, kubelet] = await Promise.all([
    checkFiles(config, owner),
    checkConfig(config),
    checkServer(config.writeKubeconfig),
    config.disableAgent ? NODE_POINTS.map(passed) : checkNode(config),
  ]);
  const all = [...INAPPLICABLE, ...files, ...settings, ...kubelet, ...server];
  return all.map((finding) => (config.disableAgent ? withoutPods(finding) : finding)).toSorted(comparePoints);
}

async function checkServer(kubeconfig: string): Promise<readonly Finding[]> {
  try {
    const url = await serverUrlIn(kubeconfig);
    const probe = (request: Parameters<typeof requestServer>[1]) => requestServer(kubeconfig, request);
    const [api, tls, view] = await Promise.all([checkApi(probe), checkTls(url), readCluster(probe)]);
    return [...api, ...tls, ...checkRoles(view), ...checkPods(view), ...checkNamespaces(view)];
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    const start = "start the server";
    const unseen = { point: "5", subject: "roles, pods and namespaces", remedy: start };
    return [...API_POINTS, ...API_TLS, unseen].map((point) =>
      warned({ ...point, remedy: start }, `not looked into: ${error.message}`),
    );
  }
}

async function checkNode({ nodeIp }: ServerConfig): Promise<readonly Finding[]> {
  const host = nodeIp.includes(":") ? `[${nodeIp}]` : nodeIp;
  const url = `https://${host}:${String(KUBELET_PORT)}`;
  const [kubelet, port, tls] = await Promise.all([
    checkKubelet(url),
    checkReadOnlyPort(nodeIp),
    checkTls(url, KUBELET_TLS),
  ]);
  return [kubelet, port, ...tls];
}

function withoutPods(finding: Finding): Finding {
  const { point, subject } = finding;
  if (!point.startsWith("4.2.")) return finding;
  return { point, subject, result: "not applicable", reason: "no pods run on this host" };
}
