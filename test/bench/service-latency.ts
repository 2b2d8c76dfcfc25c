import { anEndpointSlice, aService } from "#testing/service-objects.ts";
import { TestNode } from "../e2e/network-node.ts";
import { askTcp, serveTcp } from "../e2e/network-traffic.ts";
import { type BenchResult, type Measurement, printResult } from "./result.ts";
import { type ProxyMode, ServiceRules, serviceNumber } from "./service-workload.ts";
import { median, quantile } from "./statistics.ts";

/** The way of upstream's chains is only looked at for comparison. */
const SIZES = { nftables: [1, 1_000, 10_000, 30_000], iptables: [1, 1_000, 10_000] };
const CONNECTIONS = 1_000;

/** The Service that is asked for comes after all others. */
const ADDRESS = "10.43.255.1";

/** How long does a pod wait for the answer of a Service over a new connection, with 1 to 30,000 Services? */
export async function run(): Promise<BenchResult> {
  return {
    name: "service-latency",
    measurements: [...(await measure("nftables")), ...(await measure("iptables"))],
    notes: [
      `${CONNECTIONS.toLocaleString("en-US")} new TCP connections of a pod for each number of Services, each with one question and its answer, in turns with the others; client and server are one process.`,
    ],
  };
}

async function measure(mode: ProxyMode): Promise<readonly Measurement[]> {
  await using stack = new AsyncDisposableStack();
  const asked: { readonly size: number; readonly ask: () => Promise<string>; readonly times: number[] }[] =
    [];
  for (const size of SIZES[mode]) asked.push({ size, ask: await prepare(size, mode, stack), times: [] });
  // The first ones are slow: code is compiled, neighbours are found.
  for (let round = -50; round < CONNECTIONS; round += 1) {
    for (const { ask, times } of asked) {
      const start = performance.now();
      const answer = await ask();
      if (!answer.startsWith("pod")) throw new Error(`The Service answered "${answer}"`);
      if (round >= 0) times.push((performance.now() - start) * 1000);
    }
  }
  const [few, many] = [asked[0], asked.at(-1)];
  return [
    ...asked.flatMap(({ size, times }) =>
      [0.5, 0.9, 0.99].map((share) => ({
        name: `${mode}, ${size.toLocaleString("en-US")} Services: p${String(share * 100)}`,
        value: quantile(times, share),
        unit: "µs",
      })),
    ),
    {
      name: `${mode}: p50 with ${many?.size.toLocaleString("en-US") ?? ""} Services to that with 1`,
      value: median(many?.times ?? []) / median(few?.times ?? []),
      unit: "times",
      ...(mode === "nftables" && { target: { atMost: 1.2 } }),
    },
  ];
}

/** A node with so many Services, and how a pod of it asks the last one. */
async function prepare(
  size: number,
  mode: ProxyMode,
  stack: AsyncDisposableStack,
): Promise<() => Promise<string>> {
  const node = stack.use(await TestNode.create());
  const [client, server] = [await node.addPod(), await node.addPod()];
  stack.use(serveTcp(server.namespace, 8080, "pod"));
  const others = Array.from({ length: size - 1 }, (_, index) => serviceNumber(index));
  const slice = anEndpointSlice("last", [server.address]);
  // The oldest stands behind all others.
  const creationTimestamp = "2025-01-01T00:00:00Z";
  await stack
    .use(new ServiceRules(node.host, mode))
    .write([...others, { service: aService("last", ADDRESS, { creationTimestamp }), slice }]);
  return () => askTcp(client.namespace, ADDRESS, 80);
}

if (import.meta.main) printResult(await run());
