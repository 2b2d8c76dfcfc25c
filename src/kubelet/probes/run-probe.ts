import type { Container, Probe } from "#api/generated/core-v1.ts";
import { expandVariables } from "../containers/expand-variables.ts";
import { containerPort, noSuchPort } from "./container-port.ts";
import { type ExecMeans, probeExec } from "./exec-probe.ts";
import { probeGrpc } from "./grpc-probe.ts";
import { probeHttp } from "./http-probe.ts";
import type { ProbeOutcome } from "./probe-outcome.ts";
import { probeTcp } from "./tcp-probe.ts";

export interface ProbeTarget {
  readonly containerId: string;
  readonly container: Container;
  readonly podIP: string;
}

/** `kube-probe/<major>.<minor>` of the API version. */
export const PROBE_USER_AGENT = "kube-probe/1.36";

/** Runs a probe once. Rejects when nothing was found out (`prober.go` runProbe). */
export async function runProbe(
  { exec, httpGet, tcpSocket, grpc, timeoutSeconds = 1 }: Probe,
  { containerId, container, podIP }: ProbeTarget,
  means: ExecMeans,
): Promise<ProbeOutcome> {
  const timeoutMs = timeoutSeconds * 1000;
  if (exec !== undefined) {
    const command = (exec.command ?? []).map((word) => expandVariables(word, staticVariables(container)));
    return await probeExec({ containerId, command }, timeoutMs, means);
  }
  if (httpGet !== undefined) {
    const port = requirePort(container, httpGet.port);
    return await probeHttp({ action: httpGet, port, podIP, userAgent: PROBE_USER_AGENT }, timeoutMs);
  }
  if (tcpSocket !== undefined) {
    const { host = "", port } = tcpSocket;
    return await probeTcp(host === "" ? podIP : host, requirePort(container, port), timeoutMs);
  }
  if (grpc !== undefined) {
    const { port, service = "" } = grpc;
    return await probeGrpc({ host: podIP, port, service, userAgent: PROBE_USER_AGENT }, timeoutMs);
  }
  throw new Error(`missing probe handler for container ${container.name}`);
}

function requirePort(container: Container, wanted: number | string): number {
  const port = containerPort(container, wanted);
  if (port === undefined) throw new Error(noSuchPort(wanted));
  return port;
}

/** Probes see only variables whose values are written in the pod. */
function staticVariables({ env = [] }: Container): ReadonlyMap<string, string> {
  return new Map(env.map(({ name, value = "" }) => [name, value]));
}
