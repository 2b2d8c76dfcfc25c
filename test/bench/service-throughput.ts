import { anEndpointSlice, aService } from "#testing/service-objects.ts";
import type { TestNamespace } from "../e2e/network-lab.ts";
import { TestNode, type TestPod } from "../e2e/network-node.ts";
import { TestOverlay } from "../e2e/overlay-lab.ts";
import { throughput } from "./iperf.ts";
import { type BenchResult, type Measurement, printResult } from "./result.ts";
import { ServiceRules } from "./service-workload.ts";
import { median } from "./statistics.ts";

const ROUNDS = 7;
const SECONDS = 1;
const ADDRESS = "10.43.0.1";

/** Ways to send, by name. */
type Paths = Readonly<
  Record<string, { readonly from: TestNamespace; readonly to: TestNamespace; readonly address: string }>
>;

/** How fast is a pod that is reached by its Service, next to the same pod without? */
export async function run(): Promise<BenchResult> {
  return {
    name: "service-throughput",
    measurements: [...(await onOneHost()), ...(await acrossHosts())],
    notes: [
      `One TCP connection of iperf3 from Debian for ${String(SECONDS)} s, ${String(ROUNDS)} times in turns. Throughputs are medians, shares are medians of those of each turn.`,
      "Hosts are namespaces of this machine, whose kernel does all the work of both ends; those of two are joined by veth pairs and a bridge, and have routes to each other's pods.",
    ],
  };
}

async function onOneHost(): Promise<readonly Measurement[]> {
  await using node = await TestNode.create();
  const [from, to] = [await node.addPod(), await node.addPod()];
  using rules = new ServiceRules(node.host);
  await rules.write([serviceOf(to)]);
  const ends = { from: from.namespace, to: to.namespace };
  return await measure("one host", {
    pod: { ...ends, address: to.address },
    Service: { ...ends, address: ADDRESS },
  });
}

async function acrossHosts(): Promise<readonly Measurement[]> {
  await using cluster = new TestOverlay({ backend: "host-gw" });
  const [a, b] = await cluster.addHosts(2);
  if (a === undefined || b === undefined) throw new RangeError("No hosts");
  const [from, to] = [await a.addPod(), await b.addPod()];
  using rules = new ServiceRules(a.namespace);
  await rules.write([serviceOf(to)]);
  const ends = { from: from.namespace, to: to.namespace };
  return await measure("two hosts", {
    "bare path": { from: a.namespace, to: b.namespace, address: b.address },
    pod: { ...ends, address: to.address },
    Service: { ...ends, address: ADDRESS },
  });
}

function serviceOf({ address }: TestPod): Parameters<ServiceRules["write"]>[0][number] {
  const port = 5201;
  return {
    service: aService("iperf", ADDRESS, { ports: [{ port }] }),
    slice: anEndpointSlice("iperf", [address], { ports: [{ name: "", port, protocol: "TCP" }] }),
  };
}

/** The last way is compared with the others, which are there for that. */
async function measure(place: string, paths: Paths): Promise<readonly Measurement[]> {
  const found = new Map<string, number[]>(Object.keys(paths).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, { from, to, address }] of Object.entries(paths)) {
      found.get(name)?.push(await throughput(from, to, { address, seconds: SECONDS }));
    }
  }
  const service = found.get("Service") ?? [];
  return [
    ...Array.from(found, ([name, values]) => ({
      name: `${place}: ${name}`,
      value: median(values),
      unit: "Gbit/s",
    })),
    ...Array.from(found)
      .filter(([name]) => name !== "Service")
      .map(([name, values]) => ({
        name: `${place}: Service to ${name}`,
        value: 100 * median(values.map((value, round) => (service[round] ?? Number.NaN) / value)),
        unit: "%",
        ...(name === "pod" && { target: { atLeast: 95 } }),
      })),
  ];
}

if (import.meta.main) printResult(await run());
