import { KernelNft } from "#network/netlink/nftables/kernel-nft.ts";
import { RouteSocket } from "#network/netlink/route/route-socket.ts";
import { writeSysctl } from "#network/netlink/sysctl.ts";

/**
 * The kernel binding as it runs inside a compiled executable: `network-compiled.test.ts` builds and runs this. It
 * works in the namespace that it is given, waits until somebody changes the table `t`, and prints what it saw.
 */
const namespace = process.argv[2];
const table = { family: "ip", name: "t" } as const;

using routes = new RouteSocket({ namespace });
using nft = new KernelNft({ namespace });
routes.createBridge("br0", { up: true });
writeSysctl(["net", "ipv4", "conf", "br0", "send_redirects"], "0", { namespace });
nft.apply({
  table,
  operations: [
    { type: "addTable" },
    { type: "addChain", chain: "c", hook: { type: "nat", hook: "prerouting", priority: -100 } },
  ],
});
const stop = new AbortController();
const changes = nft.watch(table, stop.signal)[Symbol.asyncIterator]();
const first = changes.next();
process.stdout.write("watching\n");
await first;
stop.abort();
process.stdout.write(
  `${JSON.stringify({ links: routes.links().map(({ name }) => name), chains: [...(nft.read(table)?.chains.keys() ?? [])] })}\n`,
);
