import type { TestNamespace } from "../e2e/network-lab.ts";

/** Gbit/s of one TCP connection of iperf3. */
export async function throughput(
  client: TestNamespace,
  server: TestNamespace,
  { address, seconds }: { readonly address: string; readonly seconds: number },
): Promise<number> {
  const inside = ({ name }: TestNamespace): readonly string[] => ["ip", "netns", "exec", name, "iperf3"];
  const listener = Bun.spawn([...inside(server), "-s", "-1", "--forceflush"], { stdout: "pipe" });
  // It says that it listens, and only then may a client come.
  await listener.stdout.getReader().read();
  const report = client.run("iperf3", "-c", address, "-t", String(seconds), "-J");
  await listener.exited;
  const { end } = JSON.parse(report) as { end: { sum_received: { bits_per_second: number } } };
  return end.sum_received.bits_per_second / 1e9;
}
