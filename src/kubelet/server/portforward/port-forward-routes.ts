import { createWebSocketStream } from "ws";
import { onAbort } from "#base/disposable.ts";
import type { ContainerRuntime } from "#container/runtime.ts";
import { Answer } from "#https/answer.ts";
import type { Exchange } from "#https/exchange.ts";
import { findPod, findReadySandbox, fullNameOf, type NodePods } from "../node-pods.ts";
import type { KubeletRoute, PathParameters } from "../route.ts";
import { ServingError } from "../serving-error.ts";
import { acceptSpdy, chooseStreamProtocol, negotiateStreamProtocol } from "../spdy/accept-spdy.ts";
import type { StreamSettings } from "../stream-settings.ts";
import { acceptWebSocket } from "../websocket/accept-websocket.ts";
import {
  isWebSocketRequest,
  negotiateProtocol,
  requestedProtocols,
} from "../websocket/websocket-protocol.ts";
import { type ForwardTarget, SpdyPortForward } from "./spdy-port-forward.ts";
import { PORT_PROTOCOLS, requestedPorts, webSocketPortForward } from "./websocket-port-forward.ts";

export interface PortForwardDependencies {
  readonly pods: NodePods;
  readonly runtime: Pick<ContainerRuntime, "listSandboxes" | "portForward">;
  readonly settings: StreamSettings;
}

const SPDY_PROTOCOLS = { "portforward.k8s.io": true };

/** SPDY inside the messages of a WebSocket (KEP-4006; apiserver `util/proxy/streamtunnel.go`). */
const TUNNEL_PREFIX = "SPDY/3.1+";
const TUNNEL_SUFFIX = ".k8s.io";

/** How a client wants its connections to be carried. */
type Carrier = (exchange: Exchange, target: ForwardTarget, settings: StreamSettings) => Promise<void>;

/** `/portForward`: connections to ports of a pod, over SPDY or WebSocket. */
export function portForwardRoutes({
  pods,
  runtime,
  settings,
}: PortForwardDependencies): readonly KubeletRoute[] {
  const answer: KubeletRoute["answer"] = async (exchange, parameters) => {
    const carry = carrierOf(exchange);
    const sandboxId = await findSandbox(parameters, pods, runtime);
    if (exchange.upgrade === undefined) throw new ServingError(500, "Upgrade request required");
    const connect: ForwardTarget["connect"] = (port) => runtime.portForward(sandboxId, port);
    await carry(exchange, { sandboxId, connect }, settings);
    return new Answer(101, {});
  };
  return ["{namespace}/{pod}", "{namespace}/{pod}/{uid}"].map((rest) => ({
    methods: ["GET", "POST"],
    path: `/portForward/${rest}`,
    answer,
  }));
}

function carrierOf(exchange: Exchange): Carrier {
  if (!isWebSocketRequest(exchange)) return carryOverSpdy;
  if (tunnelledProtocols(exchange).length > 0) return carryThroughTunnel;
  const ports = requestedPorts(exchange.query);
  return (...args) => carryOverChannels(ports, ...args);
}

async function findSandbox(
  { namespace = "", pod = "", uid }: PathParameters,
  pods: NodePods,
  runtime: Pick<ContainerRuntime, "listSandboxes">,
): Promise<string> {
  const found = findPod(pods, { namespace, pod });
  if (uid !== undefined && found.metadata.uid !== uid) throw new ServingError(404, "pod not found");
  const sandbox = await findReadySandbox(runtime, found);
  if (sandbox === undefined)
    throw new ServingError(500, `pod not found (${JSON.stringify(fullNameOf(found))})`);
  return sandbox.id;
}

const carryOverSpdy: Carrier = async (exchange, target, settings) => {
  const { name } = negotiateStreamProtocol(exchange, SPDY_PROTOCOLS);
  await serve(exchange, new SpdyPortForward(acceptSpdy(exchange, name), target, settings));
};

/** The protocols that the client can speak over SPDY inside a WebSocket. */
function tunnelledProtocols(exchange: Exchange): readonly string[] {
  return requestedProtocols(exchange)
    .filter((protocol) => protocol.startsWith(TUNNEL_PREFIX) && protocol.endsWith(TUNNEL_SUFFIX))
    .map((protocol) => protocol.slice(TUNNEL_PREFIX.length));
}

const carryThroughTunnel: Carrier = async (exchange, target, settings) => {
  const { name } = chooseStreamProtocol(tunnelledProtocols(exchange), SPDY_PROTOCOLS);
  const tunnel = createWebSocketStream(await acceptWebSocket(exchange, TUNNEL_PREFIX + name));
  await serve(exchange, new SpdyPortForward(tunnel, target, settings));
};

async function serve({ signal }: Exchange, session: SpdyPortForward): Promise<void> {
  using _ = onAbort(signal, () => void session[Symbol.asyncDispose]());
  await session.serve();
}

async function carryOverChannels(
  ports: readonly number[],
  exchange: Exchange,
  target: ForwardTarget,
  settings: StreamSettings,
): Promise<void> {
  const { name, protocol } = negotiateProtocol(exchange, PORT_PROTOCOLS);
  const socket = await acceptWebSocket(exchange, name);
  await webSocketPortForward(socket, { encoding: protocol, ports }, target, settings);
}
