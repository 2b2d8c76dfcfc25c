import type { Duplex } from "node:stream";
import type { Node, Pod } from "#api/generated/core-v1.ts";
import { badRequest, notFound, unclassified } from "#apimachinery/status-error.ts";
import { Answer } from "#https/answer.ts";
import type { Exchange, RequestHeaders } from "#https/exchange.ts";
import { attributesOf } from "../authorization/authorize-request.ts";
import type { Authorizer } from "../authorization/authorizer.ts";
import type { ConnectHandler } from "../front/resource-handler.ts";
import type { RequestContext } from "../pipeline.ts";
import { kubeletAddress } from "./kubelet-address.ts";
import { type KubeletConnector, KubeletUnreachable } from "./kubelet-connector.ts";
import { logOptions } from "./log-options.ts";
import { type KubeletLocation, logLocation, portForwardLocation, streamLocation } from "./pod-location.ts";
import { streamFromKubelet } from "./pod-logs.ts";
import { requireCreate } from "./require-create.ts";
import { answerUpgrade } from "./upgrade-answer.ts";

/** Finds pods and nodes in their newest state; see `ClusterObjects`. */
export interface ConnectedObjects {
  get(kind: "Pod", name: { readonly namespace?: string; readonly name: string }): Pod | undefined;
  get(kind: "Node", name: { readonly name: string }): Node | undefined;
}

export interface PodConnectionsDependencies {
  readonly objects: ConnectedObjects;
  readonly kubelets: KubeletConnector;
  readonly authorizer: Authorizer;
}

/** Answers `pods/log`, `pods/exec`, `pods/attach` and `pods/portforward` from the pod's kubelet, once they are authorized. */
export function podConnections(dependencies: PodConnectionsDependencies): ConnectHandler {
  const { objects, authorizer } = dependencies;
  return async (exchange, context, { served, verb, info: { target } }) => {
    const { subresource = "", name = "", namespace } = target;
    if (subresource !== "log")
      await requireCreate(authorizer, attributesOf(context.user, target, verb), served.qualified);
    const pod = objects.get("Pod", { ...(namespace !== undefined && { namespace }), name });
    if (pod === undefined) throw notFound(served.qualified, name);
    return subresource === "log"
      ? await answerLogs(exchange, context, pod, dependencies)
      : await answerStream(exchange, context, locationOf(subresource, pod, exchange), dependencies);
  };
}

function locationOf(subresource: string, pod: Pod, { query }: Exchange): KubeletLocation {
  if (subresource === "portforward") return portForwardLocation(pod, query);
  return streamLocation(pod, subresource === "attach" ? "attach" : "exec", query);
}

async function answerLogs(
  { query }: Exchange,
  { signal }: RequestContext,
  pod: Pod,
  { objects, kubelets }: PodConnectionsDependencies,
): Promise<Answer> {
  const options = logOptions(query, pod.metadata.name);
  const location = logLocation(pod, options);
  if (location === undefined) return new Answer(204, {});
  const node = findNode(objects, location);
  try {
    const insecure = options.insecureSkipTLSVerifyBackend;
    const socket = await kubelets.connect(node, "h2", signal, { insecure });
    return await streamFromKubelet(socket, location.path, signal);
  } catch (error) {
    if (!(error instanceof KubeletUnreachable)) throw error;
    throw unclassified(`Get ${JSON.stringify(urlOf(node, location))}: ${error.message}`);
  }
}

async function answerStream(
  { method, headers, upgrade }: Exchange,
  { signal }: RequestContext,
  location: KubeletLocation,
  { objects, kubelets }: PodConnectionsDependencies,
): Promise<Answer> {
  if (upgrade === undefined) throw badRequest("Upgrade request required");
  const kubelet = await dial(kubelets, findNode(objects, location), signal);
  const request = { method, path: location.path, headers: streamHeaders(headers) };
  return await answerUpgrade(upgrade, kubelet, request, signal);
}

/** Headers of a single hop that an upgrade is about, and those of the protocols that kubectl speaks. */
const STREAM_HEADERS: readonly string[] = [
  "connection",
  "upgrade",
  "sec-websocket-key",
  "sec-websocket-version",
  "sec-websocket-protocol",
  "sec-websocket-extensions",
  "x-stream-protocol-version",
  "user-agent",
];

/** The host is of no meaning: the connection leads to one kubelet. */
function streamHeaders(headers: RequestHeaders): RequestHeaders {
  const passed = STREAM_HEADERS.map((name) => [name, headers[name]] as const);
  return { host: "kubelet", ...Object.fromEntries(passed) };
}

async function dial(kubelets: KubeletConnector, node: Node, signal: AbortSignal): Promise<Duplex> {
  try {
    return await kubelets.connect(node, "http/1.1", signal);
  } catch (error) {
    if (!(error instanceof KubeletUnreachable)) throw error;
    throw unclassified(`error dialing backend: ${error.message}`);
  }
}

function findNode(objects: ConnectedObjects, { nodeName }: KubeletLocation): Node {
  const node = objects.get("Node", { name: nodeName });
  if (node === undefined) throw notFound({ group: "", resource: "nodes" }, nodeName);
  return node;
}

function urlOf(node: Node, { path }: KubeletLocation): string {
  const { host, port } = kubeletAddress(node) ?? { host: node.metadata.name, port: 0 };
  return `https://${host}:${String(port)}${path}`;
}
