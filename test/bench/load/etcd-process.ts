import { join } from "node:path";

const CLIENT = "http://127.0.0.1:23790";
const PEER = "http://127.0.0.1:23800";

/** Debian's etcd-server on loopback, with its data in the given directory. */
export class EtcdProcess implements AsyncDisposable {
  readonly url = CLIENT;
  readonly #child: Bun.Subprocess;

  private constructor(binary: string, directory: string) {
    this.#child = Bun.spawn(
      [
        binary,
        `--data-dir=${join(directory, "etcd")}`,
        "--log-level=error",
        `--listen-client-urls=${CLIENT}`,
        `--advertise-client-urls=${CLIENT}`,
        `--listen-peer-urls=${PEER}`,
        `--initial-advertise-peer-urls=${PEER}`,
        `--initial-cluster=default=${PEER}`,
      ],
      { stdout: "ignore", stderr: "ignore", env: { ...process.env, ETCD_UNSUPPORTED_ARCH: process.arch } },
    );
  }

  /** Undefined where etcd is not installed. */
  static async start(directory: string): Promise<EtcdProcess | undefined> {
    const binary = Bun.which("etcd");
    if (binary === null) return undefined;
    const etcd = new EtcdProcess(binary, directory);
    await etcd.#untilHealthy();
    return etcd;
  }

  get pid(): number {
    return this.#child.pid;
  }

  async #untilHealthy(): Promise<void> {
    for (let attempt = 0; attempt < 100; attempt += 1) {
      const response = await fetch(`${CLIENT}/health`).catch(() => undefined);
      if (response?.ok === true) return;
      await Bun.sleep(100);
    }
    await this[Symbol.asyncDispose]();
    throw new Error("Cannot use etcd: it did not become healthy in 10 s");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill();
    await this.#child.exited;
  }
}
