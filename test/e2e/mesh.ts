/** A pod on each host of a cluster, and what they have to say to each other. */
import type { DockerHost } from "./docker-host.ts";
import type { KubelithHost } from "./kubelith-host.ts";
import { aPod, aService, WEB_PORT, webServer } from "./manifests.ts";

/** A host that runs pods; the mesh's pod on it has the name of its node. */
interface MeshHost {
  readonly name: string;
  readonly docker: DockerHost;
}

/** Asks for all targets in turn until it is told to stop, and for a name that nobody has asked for before. */
const TRAFFIC = `
until [ -e /tmp/targets ]; do sleep 0.1; done
round=0
until [ -e /tmp/stop ]; do
  round=$((round + 1))
  for target in $(cat /tmp/targets); do
    timeout 40 wget -q -O /dev/null "http://$target/" || echo "failed at $(date): $target"
  done
  name="10-0-$((round / 250))-$((round % 250)).default.pod.cluster.local"
  timeout 40 nslookup -timeout=30 -retry=30 -type=a "$name" >/dev/null || echo "failed at $(date): $name"
  echo "round $round"
done
exec sleep 100000`;

export class Mesh {
  readonly #server: KubelithHost;
  readonly #hosts: readonly MeshHost[];

  private constructor(server: KubelithHost, hosts: readonly MeshHost[]) {
    this.#server = server;
    this.#hosts = hosts;
  }

  /** Each pod has a Service, and all have the headless Service `mesh`. */
  static async start(server: KubelithHost, hosts: readonly MeshHost[]): Promise<Mesh> {
    const ports = [{ name: "http", port: WEB_PORT }];
    await server.apply([
      aService("mesh", { clusterIP: "None", selector: { mesh: "all" }, ports }),
      ...hosts.flatMap(({ name }) => [aService(serviceOf(name), { selector: { app: name } }), meshPod(name)]),
    ]);
    await server.kubectl.run("wait", "--for=condition=Ready", "pod", "-l", "mesh=all", "--timeout=120s");
    return new Mesh(server, hosts);
  }

  get names(): readonly string[] {
    return this.#hosts.map(({ name }) => name);
  }

  /** Addresses and names of a pod, and of its Service. */
  async targetsOf(name: string): Promise<readonly string[]> {
    const podIP = await this.#server.jsonpath("pod", name, "{.status.podIP}");
    const service = serviceOf(name);
    const clusterIP = await this.#server.jsonpath("service", service, "{.spec.clusterIP}");
    const port = String(WEB_PORT);
    return [
      `${podIP}:${port}`,
      clusterIP,
      service,
      `${service}.default.svc.cluster.local`,
      `${name}.mesh:${port}`,
      `${name}.mesh.default.svc.cluster.local:${port}`,
    ];
  }

  /** What a pod hears from the targets, a line each. */
  async answersTo(name: string, targets: readonly string[]): Promise<readonly string[]> {
    const each = `timeout 15 wget -q -O - "http://$target/" || echo "no answer from $target"`;
    return await this.lines(name, `for target in ${targets.join(" ")}; do ${each}; done`);
  }

  /** What a script prints in a pod. */
  async lines(name: string, script: string): Promise<readonly string[]> {
    const text = await this.#server.kubectl.run("exec", name, "-c", "main", "--", "sh", "-c", script);
    return text.trimEnd().split("\n");
  }

  /** Has every pod ask for all of them again and again. */
  async startTraffic(): Promise<void> {
    const targets = (await Promise.all(this.names.map((name) => this.targetsOf(name)))).flat().join("\n");
    await this.#inEach("cat >/tmp/targets.new && mv /tmp/targets.new /tmp/targets", targets);
  }

  /** Waits until the pods have come to the end of their targets once more, also while no server answers. */
  async trafficGoesOn(names = this.names): Promise<void> {
    const asking = this.#hosts.filter(({ name }) => names.includes(name));
    const before = await Promise.all(asking.map(roundsOf));
    await this.#server.eventually(async () => {
      const now = await Promise.all(asking.map(roundsOf));
      const behind = asking.filter((_, index) => (now[index] ?? 0) < (before[index] ?? 0) + 1);
      if (behind.length > 0)
        throw new Error(`The traffic does not go on in ${behind.map(({ name }) => name).join(", ")}`);
    });
  }

  /** What failed, and when. */
  async stopTraffic(): Promise<readonly string[]> {
    await this.#inEach("touch /tmp/stop");
    const logs = await Promise.all(this.#hosts.map(logOf));
    return logs.flatMap((log, index) =>
      log.filter((line) => line.startsWith("failed")).map((line) => `${this.names[index] ?? ""} ${line}`),
    );
  }

  async #inEach(script: string, input = ""): Promise<void> {
    await Promise.all(
      this.names.map((name) =>
        this.#server.kubectl.pipe(input, "exec", "-i", name, "-c", "traffic", "--", "sh", "-c", script),
      ),
    );
  }
}

/** Unlike the pod's own name, which it has in a file. */
const serviceOf = (name: string): string => `to-${name}`;

/** As patient as glibc can be, since the server may take its time on a busy machine. */
const RESOLVER = [{ name: "attempts", value: "5" }];

function meshPod(name: string): object {
  const pod = aPod(name, {
    labels: { app: name, mesh: "all" },
    container: webServer,
    spec: { nodeName: name, hostname: name, subdomain: "mesh", dnsConfig: { options: RESOLVER } },
  });
  const [main] = pod.spec.containers;
  const traffic = {
    ...main,
    name: "traffic",
    command: ["sh", "-c", TRAFFIC],
    ports: [],
    readinessProbe: null,
  };
  return { ...pod, spec: { ...pod.spec, containers: [main, traffic] } };
}

async function logOf({ name, docker }: MeshHost): Promise<readonly string[]> {
  const id = await docker.docker("ps", "-q", "--filter", `name=k8s_traffic_${name}_`);
  return (await docker.docker("logs", id)).split("\n");
}

async function roundsOf(host: MeshHost): Promise<number> {
  return (await logOf(host)).filter((line) => line.startsWith("round")).length;
}
