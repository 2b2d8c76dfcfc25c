import { closeSync, openSync } from "node:fs";
import { findIptables } from "#network/iptables/host-iptables.ts";
import type { Iptables } from "#network/iptables/iptables.ts";
import { inNetworkNamespace } from "#network/netlink/namespace.ts";
import { RouteSocket } from "#network/netlink/route/route-socket.ts";
import { type AddressFamily, IPV4 } from "#network/nft/address-family.ts";

/** Names of namespaces made by this process; they are global on the machine. */
let made = 0;

/** The command line tools that only tests use. */
export function run(...command: readonly string[]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync([...command]);
  if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stderr.toString().trim()}`);
  return stdout.toString();
}

/** A network namespace of its own, with loopback and no route to anywhere. */
export class TestNamespace implements Disposable {
  readonly name: string;

  constructor(purpose: string) {
    made += 1;
    this.name = `kt-${String(process.pid)}-${String(made)}-${purpose}`;
    run("ip", "netns", "add", this.name);
    run("ip", "-n", this.name, "link", "set", "lo", "up");
  }

  get path(): string {
    return `/run/netns/${this.name}`;
  }

  /** Runs a tool inside. */
  run(...command: readonly string[]): string {
    return run("ip", "netns", "exec", this.name, ...command);
  }

  /** Connects to another namespace by a veth pair, with an address (`10.9.0.1/24`) at each end. */
  link(
    name: string,
    address: string,
    peer: { readonly in: TestNamespace; readonly name: string; readonly address: string },
  ): void {
    using here = new RouteSocket({ namespace: this.path });
    using there = new RouteSocket({ namespace: peer.in.path });
    const namespaceFd = openSync(peer.in.path, "r");
    here.createVeth({ name, up: true, peer: { name: peer.name, namespaceFd } });
    closeSync(namespaceFd);
    here.addAddress({ link: here.link(name)?.index ?? 0, address });
    const link = there.link(peer.name)?.index ?? 0;
    there.changeLink(link, { up: true });
    there.addAddress({ link, address: peer.address });
  }

  /** Sends everything for a destination to a gateway. */
  route(destination: string, gateway: string): void {
    using routes = new RouteSocket({ namespace: this.path });
    routes.setRoute({ type: "unicast", destination, gateway });
  }

  inside<T>(action: () => T extends PromiseLike<unknown> ? never : T): T {
    return inNetworkNamespace(this.path, action);
  }

  [Symbol.dispose](): void {
    run("ip", "netns", "delete", this.name);
  }
}

/** The iptables commands of this machine for a namespace. */
export function iptablesIn({ path }: TestNamespace, family: AddressFamily = IPV4): Iptables {
  const found = findIptables(family, { namespace: path });
  if (found === undefined) throw new Error("There are no iptables commands: apt-get install iptables");
  return found;
}
