import type { OverlayBackend } from "#network/overlay/node-facts.ts";
import type { TestNamespace } from "../e2e/network-lab.ts";
import { TestOverlay } from "../e2e/overlay-lab.ts";
import { type BenchResult, type Measurement, printResult } from "./result.ts";

const SECONDS = 3;

/** How fast are pods of different hosts, next to the bare path between the hosts? */
export async function run(): Promise<BenchResult> {
  return {
    name: "overlay",
    measurements: [...(await measureBackend("host-gw")), ...(await measureBackend("vxlan"))],
    notes: [
      `One TCP connection of iperf3 from Debian for ${String(SECONDS)} s; hosts are namespaces of this machine, joined by veth pairs and a bridge, whose kernel does all the work of both ends.`,
    ],
  };
}

async function measureBackend(backend: OverlayBackend): Promise<readonly Measurement[]> {
  await using cluster = new TestOverlay({ backend });
  const [a, b] = await cluster.addHosts(2);
  if (a === undefined || b === undefined) throw new RangeError("No hosts");
  const [from, to] = [await a.addPod(), await b.addPod()];
  const hosts = await throughput(a.namespace, b.namespace, b.address);
  const pods = await throughput(from.namespace, to.namespace, to.address);
  return [
    { name: `${backend}: between hosts`, value: hosts, unit: "Gbit/s" },
    { name: `${backend}: between pods of both`, value: pods, unit: "Gbit/s" },
    { name: `${backend}: of the hosts' throughput`, value: (100 * pods) / hosts, unit: "%" },
  ];
}

async function throughput(client: TestNamespace, server: TestNamespace, address: string): Promise<number> {
  const inside = ({ name }: TestNamespace): readonly string[] => ["ip", "netns", "exec", name, "iperf3"];
  const listener = Bun.spawn([...inside(server), "-s", "-1", "--forceflush"], { stdout: "pipe" });
  // It says that it listens, and only then may a client come.
  await listener.stdout.getReader().read();
  const report = client.run("iperf3", "-c", address, "-t", String(SECONDS), "-J");
  await listener.exited;
  const { end } = JSON.parse(report) as { end: { sum_received: { bits_per_second: number } } };
  return end.sum_received.bits_per_second / 1e9;
}

if (import.meta.main) printResult(await run());
