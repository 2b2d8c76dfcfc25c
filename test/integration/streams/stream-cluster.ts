import type { Pod } from "#api/generated/core-v1.ts";
import { AUTHENTICATED_GROUP, NODES_GROUP } from "#apimachinery/user.ts";
import { systemClock } from "#base/clock.ts";
import { DEFAULT_ACCESS, kubeletAccess } from "#kubelet/server/kubelet-access.ts";
import { createKubeletServer, type KubeletServerOptions } from "#kubelet/server/kubelet-server.ts";
import type { NodePods } from "#kubelet/server/node-pods.ts";
import { HealthChecks } from "#observability/health.ts";
import { silentLogger } from "#observability/logger.ts";
import { Metrics } from "#observability/metrics.ts";
import { aNode, aPod, aServiceAccount } from "#testing/objects.ts";
import { aContainerConfig, aSandboxConfig, IMAGE } from "../../contract/container-runtime-programs.ts";
import { Kubectl } from "../front/kubectl.ts";
import { startTestServer, type TestServer } from "../front/server.ts";
import { ProcessRuntime } from "./process-runtime.ts";

const NODE = { name: "system:node:n1", groups: [NODES_GROUP, AUTHENTICATED_GROUP] };

/** An API server and a kubelet's server, joined by real connections, with a pod `web` that runs. */
export type StreamCluster = Awaited<ReturnType<typeof startStreamCluster>>;

export async function startStreamCluster({
  nodeAddress = "127.0.0.1",
  ...timeouts
}: Pick<KubeletServerOptions, "creationTimeoutMs" | "idleTimeoutMs"> & {
  /** What the node says that it can be reached at. */
  readonly nodeAddress?: string;
} = {}) {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await startTestServer());
  const runtime = new ProcessRuntime({ clock: systemClock });
  const pods: Pod[] = [];
  const kubelet = stack.use(serveKubelet(server, podsOf(pods), runtime, timeouts));
  const { port } = await kubelet.listen("127.0.0.1", 0);
  await server.client.create("ServiceAccount", aServiceAccount("default"));
  const node = await server.client.create("Node", aNode("n1"));
  const status = {
    addresses: [{ type: "InternalIP", address: nodeAddress }],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
  };
  await server.client.updateStatus("Node", { ...node, status });
  runtime.images.add(IMAGE, { id: "sha256:1" });
  const created = await server.client.create("Pod", aPod("web", { spec: { nodeName: "n1" } }));
  const pod = await server.client.updateStatus("Pod", { ...created, status: { phase: "Running" } });
  pods.push(pod);
  await start(runtime, pod);
  const disposal = stack.move();
  return {
    server,
    runtime,
    kubelet,
    kubeletPort: port,
    kubectl: (path: string): Kubectl =>
      new Kubectl(path, { kubeconfig: server.kubeconfig, home: server.directory }),
    [Symbol.asyncDispose]: () => disposal.disposeAsync(),
  };
}

function serveKubelet(
  { pki, extendedClient }: TestServer,
  pods: NodePods,
  runtime: ProcessRuntime,
  timeouts: Pick<KubeletServerOptions, "creationTimeoutMs" | "idleTimeoutMs">,
) {
  const { certificate = "", key = "" } = pki.credentials["serving-kubelet"] ?? {};
  return createKubeletServer(
    { nodeName: "n1", tls: { certificate, key, clientAuthority: pki.authorities["client-ca"] }, ...timeouts },
    {
      pods,
      runtime,
      ...kubeletAccess("n1", DEFAULT_ACCESS, { client: extendedClient(NODE), clock: systemClock }),
      health: new HealthChecks(),
      metrics: new Metrics(),
      clock: systemClock,
      logger: silentLogger,
    },
  );
}

function podsOf(pods: readonly Pod[]): NodePods {
  return {
    pods: () => pods,
    pod: (namespace, name) =>
      pods.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name),
    podStatus: () => undefined,
  };
}

async function start(runtime: ProcessRuntime, { metadata, spec }: Pod): Promise<void> {
  const { name, namespace = "", uid } = metadata;
  const config = aSandboxConfig({ pod: { name, namespace, uid } });
  const sandboxId = await runtime.runSandbox(config);
  for (const container of spec.containers) {
    const options = { name: container.name, command: ["forever"] };
    const id = await runtime.createContainer(sandboxId, aContainerConfig(config, options, options));
    await runtime.startContainer(id);
  }
}
