import { inNetworkNamespace } from "../netlink/namespace.ts";
import type { AddressFamily } from "../nft/address-family.ts";
import type { Iptables } from "./iptables.ts";
import { IptablesError } from "./iptables-error.ts";

/** Others that hold the lock of iptables are waited for this long, as kube-proxy does. */
const WAIT_SECONDS = "5";

/** Services are often started with a search path that has only folders of commands for everybody. */
const ADMINISTRATOR_FOLDERS = ":/usr/sbin:/sbin";

export interface FindIptablesOptions {
  /** Folders with a colon between; by default those of the environment, and the usual ones. */
  readonly searchPath?: string;
  /** Path of the network namespace that is meant; the own one by default. */
  readonly namespace?: string;
}

/** The commands of the host that speak for this family; undefined where one is missing. */
export function findIptables(
  { name }: AddressFamily,
  {
    searchPath = `${process.env["PATH"] ?? ""}${ADMINISTRATOR_FOLDERS}`,
    namespace,
  }: FindIptablesOptions = {},
): Iptables | undefined {
  const prefix = name === "IPv6" ? "ip6tables" : "iptables";
  const find = (command: string): string | null => Bun.which(command, { PATH: searchPath });
  const [save, restore] = [find(`${prefix}-save`), find(`${prefix}-restore`)];
  return save === null || restore === null ? undefined : new HostIptables({ save, restore }, namespace);
}

/** Runs the commands of the host. */
class HostIptables implements Iptables {
  readonly #commands: { readonly save: string; readonly restore: string };
  readonly #namespace: string | undefined;

  constructor(commands: { readonly save: string; readonly restore: string }, namespace: string | undefined) {
    this.#commands = commands;
    this.#namespace = namespace;
  }

  save(): Promise<string> {
    return this.#run([this.#commands.save]);
  }

  async restore(text: string): Promise<void> {
    await this.#run([this.#commands.restore, "-w", WAIT_SECONDS, "--noflush", "--counters"], text);
  }

  async #run(command: readonly string[], input = ""): Promise<string> {
    // A process is born into the namespace of the thread that makes it.
    const child = inNetworkNamespace(this.#namespace, () =>
      Bun.spawn([...command], { stdin: Buffer.from(input), stdout: "pipe", stderr: "pipe" }),
    );
    const [code, output, complaint] = await Promise.all([
      child.exited,
      child.stdout.text(),
      child.stderr.text(),
    ]);
    if (code !== 0) throw IptablesError.failed(command[0] ?? "", complaint);
    return output;
  }
}
