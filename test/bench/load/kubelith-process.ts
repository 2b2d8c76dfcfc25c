import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import type { Target } from "./http2-client.ts";

const EXECUTABLE = join(import.meta.dir, "../../../dist/kubelith");

/** Where a server runs. */
export interface ServerHost {
  readonly name: string;
  readonly address: string;
  /** For the data of the server and its kubeconfig. */
  readonly directory: string;
  /** Without one the server runs no pods. */
  readonly dockerSocket?: string;
  /** The command line that runs `command` in the network of the host. */
  inside(command: readonly string[]): readonly string[];
}

/** The compiled server as a process on a test host. */
export class KubelithProcess implements AsyncDisposable {
  readonly kubeconfig: string;
  readonly #child: Bun.Subprocess;

  constructor(host: ServerHost) {
    this.kubeconfig = join(host.directory, "kubeconfig.yaml");
    const log = Bun.file(join(host.directory, "kubelith.log"));
    const command = host.inside([EXECUTABLE, "server", ...flagsOf(host, this.kubeconfig)]);
    this.#child = Bun.spawn([...command], { stdout: log, stderr: log });
  }

  /** `nsenter` replaces itself by the server, so its process is the server's. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Waits until the server has written its kubeconfig. */
  async access(): Promise<Required<Target>> {
    for (let attempt = 0; attempt < 4000; attempt += 1) {
      const text = await readFile(this.kubeconfig, "utf8").catch(() => "");
      if (text !== "") return readAccess(text);
      if (this.#child.exitCode !== null) break;
      await Bun.sleep(5);
    }
    throw new Error(`Cannot use the server: it did not start, its log is beside "${this.kubeconfig}"`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill();
    await this.#child.exited;
  }
}

function flagsOf({ name, address, directory, dockerSocket }: ServerHost, kubeconfig: string): string[] {
  return [
    `--data-dir=${join(directory, "data")}`,
    `--write-kubeconfig=${kubeconfig}`,
    `--node-name=${name}`,
    `--node-ip=${address}`,
    dockerSocket === undefined ? "--disable-agent" : `--container-runtime-endpoint=unix://${dockerSocket}`,
  ];
}

interface Kubeconfig {
  readonly clusters: readonly {
    readonly cluster: { readonly server: string; readonly "certificate-authority-data": string };
  }[];
  readonly users: readonly {
    readonly user: { readonly "client-certificate-data": string; readonly "client-key-data": string };
  }[];
}

function readAccess(text: string): Required<Target> {
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
