import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import type { TestHost } from "./test-host.ts";

const EXECUTABLE = join(import.meta.dir, "../../../dist/kubelith");

/** How a client reaches a server and says who it is. */
export interface ClientAccess {
  readonly url: string;
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
}

export interface KubelithOptions {
  /** Default: none, so that no kubelet runs. */
  readonly dockerSocket?: string;
}

/** The compiled server as a process on a test host. */
export class KubelithProcess implements AsyncDisposable {
  readonly #child: Bun.Subprocess;
  readonly #kubeconfig: string;
  readonly startedAt = performance.now();

  constructor(host: TestHost, { dockerSocket }: KubelithOptions = {}) {
    this.#kubeconfig = join(host.directory, "kubeconfig.yaml");
    const flags = {
      "data-dir": join(host.directory, "data"),
      "write-kubeconfig": this.#kubeconfig,
      "node-ip": host.address,
      "node-name": host.name,
      ...(dockerSocket !== undefined && { "container-runtime-endpoint": `unix://${dockerSocket}` }),
    };
    const options = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
    if (dockerSocket === undefined) options.push("--disable-agent");
    const log = Bun.file(join(host.directory, "kubelith.log"));
    const command = process.env["KUBELITH_BENCH_COMMAND"]?.split(" ") ?? [EXECUTABLE];
    this.#child = Bun.spawn(host.inside([...command, "server", ...options]), {
      stdout: log,
      stderr: log,
    });
  }

  /** `nsenter` replaces itself by the server, so its process is the server's. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Waits until the server has written its kubeconfig. */
  async access(): Promise<ClientAccess> {
    for (let attempt = 0; attempt < 4000; attempt += 1) {
      const text = await readFile(this.#kubeconfig, "utf8").catch(() => "");
      if (text !== "") return readAccess(text);
      if (this.#child.exitCode !== null) break;
      await Bun.sleep(5);
    }
    throw new Error(`Cannot use the server: it did not start, its log is beside "${this.#kubeconfig}"`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill();
    await this.#child.exited;
  }
}

interface Kubeconfig {
  readonly clusters: readonly {
    readonly cluster: { readonly server: string; readonly "certificate-authority-data": string };
  }[];
  readonly users: readonly {
    readonly user: { readonly "client-certificate-data": string; readonly "client-key-data": string };
  }[];
}

function readAccess(text: string): ClientAccess {
  const { clusters, users } = parse(text) as Kubeconfig;
  const [cluster, user] = [clusters[0]?.cluster, users[0]?.user];
  if (cluster === undefined || user === undefined) throw new SyntaxError("The kubeconfig is incomplete");
  const decode = (base64: string): string => Buffer.from(base64, "base64").toString();
  return {
    url: cluster.server,
    tls: {
      ca: decode(cluster["certificate-authority-data"]),
      cert: decode(user["client-certificate-data"]),
      key: decode(user["client-key-data"]),
    },
  };
}
