import { exists, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const SCRIPT = join(import.meta.dir, "../../scripts/test-host");

/** Runs a command to its end and returns what it printed. */
export async function sh(...command: readonly string[]): Promise<string> {
  const process = Bun.spawn([...command], { stdout: "pipe", stderr: "pipe" });
  const [code, output, errors] = await Promise.all([
    process.exited,
    new Response(process.stdout).text(),
    new Response(process.stderr).text(),
  ]);
  if (code !== 0) throw new Error(`${command.join(" ")} failed: ${errors.trim()}`);
  return output.trim();
}

/** A network namespace with its own Docker Engine; see `scripts/test-host`. */
export class DockerHost implements AsyncDisposable {
  readonly name: string;
  readonly socket: string;

  private constructor(name: string, socket: string) {
    this.name = name;
    this.socket = socket;
  }

  static async start(name: string): Promise<DockerHost> {
    await sh(SCRIPT, "up", name);
    return new DockerHost(name, await sh(SCRIPT, "socket", name));
  }

  get endpoint(): string {
    return `unix://${this.socket}`;
  }

  /** Path of the host's network namespace. */
  get namespace(): string {
    return `/run/netns/${this.name}`;
  }

  /** Gives the host an IPv6 address besides the one that it has, and returns it. */
  async addIPv6(address: string): Promise<string> {
    const added = `fd99::${address.split(".").at(-1) ?? ""}`;
    await sh("ip", "-n", this.name, "address", "replace", `${added}/64`, "dev", "eth0", "nodad");
    return added;
  }

  /** Gives the host another address, as a new lease does. */
  async changeAddress(before: string, after: string): Promise<void> {
    await this.removeAddress(before);
    await this.addAddress(after);
  }

  async removeAddress(address: string): Promise<void> {
    await sh("ip", "-n", this.name, "address", "delete", `${address}/24`, "dev", "eth0");
  }

  async addAddress(address: string): Promise<void> {
    await sh("ip", "-n", this.name, "address", "add", `${address}/24`, "dev", "eth0");
  }

  docker(...command: readonly string[]): Promise<string> {
    return sh("docker", "-H", this.endpoint, ...command);
  }

  /** Makes an image of nothing but Debian's static busybox, its commands linked in `/bin`. */
  async importBusybox(reference: string, ...changes: readonly string[]): Promise<void> {
    const root = await mkdtemp(join(tmpdir(), "busybox-"));
    try {
      await sh("mkdir", "-p", `${root}/bin`, `${root}/tmp`, `${root}/etc`);
      await sh("cp", "/bin/busybox", `${root}/bin/busybox`);
      // Its own --install would link to where busybox lies on this machine.
      const applets = (await sh("/bin/busybox", "--list")).split("\n").filter((name) => name !== "busybox");
      await Promise.all(applets.map((name) => symlink("busybox", `${root}/bin/${name}`)));
      await Bun.write(`${root}/etc/passwd`, "root:x:0:0:root:/:/bin/sh\nweb:x:1234:1234::/:/bin/sh\n");
      await sh("tar", "-C", root, "-cf", `${root}.tar`, ".");
      const options = changes.flatMap((change) => ["--change", change]);
      await this.docker("import", ...options, `${root}.tar`, reference);
    } finally {
      await rm(root, { recursive: true });
      await rm(`${root}.tar`, { force: true });
    }
  }

  /** Ends the engine, and with it its containers; a kill leaves it no time for that. */
  async stopEngine(signal: "TERM" | "KILL" = "TERM"): Promise<void> {
    const pid = await this.#enginePid();
    await sh("kill", `-${signal}`, pid);
    // Not a child of this process: its end can only be seen.
    while (await exists(`/proc/${pid}`)) await Bun.sleep(100);
  }

  async startEngine(): Promise<void> {
    await sh(SCRIPT, "up", this.name);
  }

  async #enginePid(): Promise<string> {
    return (await readFile(join(dirname(this.socket), "docker.pid"), "utf8")).trim();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await sh(SCRIPT, "down", this.name);
  }
}
