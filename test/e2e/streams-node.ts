/**
 * An API server and the HTTPS server of a kubelet over Docker, with pods that nobody looks after. Runs inside a test
 * host: `streams-node.ts <docker endpoint>`. Prints the path of a kubeconfig when all pods run, and ends with its input.
 */
import type { Pod, PodStatus } from "#api/generated/core-v1.ts";
import { systemClock } from "#base/clock.ts";
import { createDockerRuntime } from "#container/docker/docker-runtime.ts";
import type { ContainerRuntime, ContainerStatus } from "#container/runtime.ts";
import { clientCertificateAuthenticator } from "#https/client-certificate.ts";
import { apiServerAuthorizer } from "#kubelet/server/kubelet-authorizer.ts";
import { createKubeletServer } from "#kubelet/server/kubelet-server.ts";
import type { NodePods } from "#kubelet/server/node-pods.ts";
import { connectInNamespace } from "#kubelet/server/portforward/connect-in-namespace.ts";
import { createLogger } from "#observability/create-logger.ts";
import { HealthChecks } from "#observability/health.ts";
import { Metrics } from "#observability/metrics.ts";
import { aNode, aPod, aServiceAccount } from "#testing/objects.ts";
import { aContainerConfig, aSandboxConfig } from "../contract/container-runtime-programs.ts";
import { startTestServer, type TestServer } from "../integration/front/server.ts";
import { IMAGE, PODS, type StreamPod } from "./streams-pods.ts";

const NODE = "n1";
const logger = createLogger(
  { format: "text", level: "debug" },
  { clock: systemClock, write: (line) => process.stderr.write(line) },
);

class LonelyPods implements NodePods {
  readonly #pods = new Map<string, Pod>();

  add(pod: Pod): void {
    this.#pods.set(`${pod.metadata.namespace ?? ""}/${pod.metadata.name}`, pod);
  }

  pods(): readonly Pod[] {
    return [...this.#pods.values()];
  }

  pod(namespace: string, name: string): Pod | undefined {
    return this.#pods.get(`${namespace}/${name}`);
  }

  podStatus(): PodStatus | undefined {
    return undefined;
  }
}

async function main(endpoint: string): Promise<void> {
  await using server = await startTestServer();
  await using runtime = await createDockerRuntime({
    endpoint,
    architecture: process.arch,
    logger,
    connectInNamespace,
  });
  const pods = new LonelyPods();
  await using kubelet = createKubeletServer(
    {
      nodeName: NODE,
      tls: { ...server.pki.credentials["serving-kubelet"], clientAuthority: server.pki.authorities["client-ca"] } as never,
    },
    {
      pods,
      runtime,
      authenticator: clientCertificateAuthenticator({ clock: systemClock }),
      authorizer: apiServerAuthorizer,
      health: new HealthChecks(),
      metrics: new Metrics(),
      clock: systemClock,
      logger,
    },
  );
  const { port } = await kubelet.listen("127.0.0.1", 0);
  await addNode(server, port);
  await server.client.create("ServiceAccount", aServiceAccount("default"));
  for (const [name, options] of Object.entries(PODS)) pods.add(await addPod(server, runtime, name, options));
  process.stdout.write(`${JSON.stringify({ kubeconfig: server.kubeconfig, port })}\n`);
  for await (const _ of process.stdin);
}

async function addNode(server: TestServer, port: number): Promise<void> {
  const node = await server.client.create("Node", aNode(NODE));
  const addresses = [{ type: "InternalIP", address: "127.0.0.1" }];
  const daemonEndpoints = { kubeletEndpoint: { Port: port } };
  await server.client.updateStatus("Node", { ...node, status: { addresses, daemonEndpoints } });
}

async function addPod(
  server: TestServer,
  runtime: ContainerRuntime,
  name: string,
  { script, tty = false, stdin = false, runs = 1 }: StreamPod,
): Promise<Pod> {
  const container = { name: "app", image: IMAGE, tty, stdin };
  const pod = await server.client.create("Pod", aPod(name, { spec: { nodeName: NODE, containers: [container] } }));
  const identity = { name, namespace: "default", uid: pod.metadata.uid };
  const sandbox = aSandboxConfig({ pod: identity, hostname: name });
  const sandboxId = await runtime.runSandbox(sandbox);
  const statuses: ContainerStatus[] = [];
  for (let attempt = 0; attempt < runs; attempt += 1) {
    const command = ["/bin/busybox", "sh", "-c", script];
    const config = aContainerConfig(sandbox, { command }, { image: IMAGE, attempt, tty, stdin });
    const id = await runtime.createContainer(sandboxId, config);
    await runtime.startContainer(id);
    if (attempt < runs - 1) await exited(runtime, id);
    statuses.push(await runtime.containerStatus(id));
  }
  return server.client.updateStatus("Pod", { ...pod, status: statusOf(pod, statuses) });
}

async function exited(runtime: ContainerRuntime, id: string): Promise<void> {
  while ((await runtime.containerStatus(id)).state !== "exited") await Bun.sleep(20);
}

function statusOf(pod: Pod, statuses: readonly ContainerStatus[]): PodStatus {
  const [current, last] = statuses.toReversed();
  const common = { name: "app", image: IMAGE, imageID: "", ready: true, restartCount: 0 };
  const waiting = { ...common, ready: false, state: { waiting: { reason: "ContainerCreating" } } };
  if (current === undefined) return { ...pod.status, containerStatuses: [waiting] };
  const containerID = `docker://${current.id}`;
  const terminated = last && { exitCode: last.exitCode, containerID: `docker://${last.id}` };
  const running = { ...common, containerID, state: { running: {} }, ...(terminated && { lastState: { terminated } }) };
  return { ...pod.status, phase: "Running", containerStatuses: [running] };
}

await main(process.argv[2] ?? "");
process.exit(0);
