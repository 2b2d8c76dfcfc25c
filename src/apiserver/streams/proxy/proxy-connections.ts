import type { Duplex } from "node:stream";
import type { RequestTarget } from "#apimachinery/request.ts";
import { StatusError, serviceUnavailable, unclassified } from "#apimachinery/status-error.ts";
import type { Clock } from "#base/clock.ts";
import { Answer } from "#https/answer.ts";
import type { Exchange } from "#https/exchange.ts";
import { type Dialer, dialTarget } from "../../backends/dialer.ts";
import { forwardedBody } from "../../backends/forwarded-body.ts";
import { forwardedHeaders, forwardedUpgradeHeaders } from "../../backends/proxy-headers.ts";
import type { BackendResponse } from "../../backends/send-request.ts";
import type { ConnectHandler } from "../../front/resource-handler.ts";
import { kubeletAddress } from "../kubelet-address.ts";
import { type KubeletConnector, KubeletUnreachable } from "../kubelet-connector.ts";
import { answerUpgrade } from "../upgrade-answer.ts";
import { dialAddress } from "./dial-address.ts";
import { forwardRequest } from "./forward-request.ts";
import { proxiedAnswer } from "./proxied-answer.ts";
import { type ProxiedObjects, type ProxyLocation, proxyLocation } from "./proxy-location.ts";
import { cleanPath } from "./rewrite-url.ts";

export interface ProxyConnectionsDependencies {
  readonly objects: ProxiedObjects;
  readonly kubelets: KubeletConnector;
  /** Reaches pods, and ports of nodes. */
  readonly dialer: Dialer;
  readonly clock: Clock;
  /** A number from 0 up to 1. */
  readonly random: () => number;
}

/**
 * Answers `nodes/proxy`, `pods/proxy` and `services/proxy`, once they are authorized, by passing the request on, an
 * upgrade included.
 */
export function proxyConnections(dependencies: ProxyConnectionsDependencies): ConnectHandler {
  const { objects, random } = dependencies;
  return async (exchange, { signal }, { info: { target } }) => {
    const url = splitProxyUrl(exchange.url, target);
    const location = proxyLocation(target, objects, random);
    const { upgrade, method, headers, peer } = exchange;
    const host = exchange.header("host") ?? exchange.header(":authority") ?? "";
    const asked = { headers, clientAddress: peer.address, host };
    if (upgrade !== undefined) {
      const request = { method, path: url.path + url.query, headers: forwardedUpgradeHeaders(asked) };
      return await answerUpgrade(upgrade, await dial(location, signal, dependencies), request, signal);
    }
    // Links of a page are relative to the last slash (kubernetes issue 4958).
    if (url.path === "" && (method === "GET" || method === "HEAD"))
      return new Answer(301, { location: `${url.prefix}/${url.query}` });
    const request = {
      method,
      path: (url.path || "/") + url.query,
      headers: forwardedHeaders(asked, url.prefix + url.path),
    };
    const response = await forward(await dial(location, signal, dependencies), request, exchange);
    return proxiedAnswer(response, { prefix: url.prefix, backend: hostOf(location), host });
  };
}

interface ProxyUrl {
  /** Path of the proxy itself. */
  readonly prefix: string;
  /** Empty, or with the slash it begins with. */
  readonly path: string;
  /** Empty, or with the question mark. */
  readonly query: string;
}

/** Parts the URL without decoding it: what is behind the proxy may tell `%2F` from a slash. */
function splitProxyUrl(url: string, { namespace }: RequestTarget): ProxyUrl {
  const mark = url.indexOf("?");
  const [whole, query] = mark < 0 ? [url, ""] : [url.slice(0, mark), url.slice(mark)];
  // `/api/v1/namespaces/a/pods/b/proxy` or `/api/v1/nodes/a/proxy`
  const count = namespace === undefined ? 5 : 7;
  const segments = whole.split("/");
  const prefix = segments.slice(0, count + 1).join("/");
  return { prefix, path: cleanPath(whole.slice(prefix.length)), query };
}

/** How links of a page would name where it comes from. */
function hostOf(location: ProxyLocation): string {
  if (location.to === "address") return dialTarget(location.host, location.port);
  const kubelet = kubeletAddress(location.node);
  return kubelet === undefined ? "" : dialTarget(kubelet.host, kubelet.port);
}

async function dial(
  location: ProxyLocation,
  signal: AbortSignal,
  { kubelets, dialer, clock }: ProxyConnectionsDependencies,
): Promise<Duplex> {
  try {
    if (location.to === "address") return await dialAddress(location, { dialer, signal, clock });
    return await kubelets.connect(location.node, "http/1.1", signal);
  } catch (error) {
    if (error instanceof StatusError) throw error;
    if (error instanceof KubeletUnreachable) throw unclassified(`error dialing backend: ${error.message}`);
    throw unreachable(error);
  }
}

async function forward(
  connection: Duplex,
  request: Omit<Parameters<typeof forwardRequest>[1], "body">,
  exchange: Exchange,
): Promise<BackendResponse> {
  const { body, framing } = forwardedBody(exchange);
  const headers = { ...request.headers, ...framing };
  try {
    return await forwardRequest(connection, { ...request, headers, body }, exchange.signal);
  } catch (error) {
    throw unreachable(error);
  }
}

function unreachable(error: unknown): Error {
  const why = error instanceof Error ? error.message : String(error);
  return serviceUnavailable(`error trying to reach service: ${why}`, { cause: error });
}
