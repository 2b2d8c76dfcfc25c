import { KubelithProcess } from "./load/kubelith-process.ts";
import { usageOf } from "./load/process-usage.ts";
import { TestHost } from "./load/test-host.ts";
import { type BenchResult, printResult } from "./result.ts";

const QUIET_SECONDS = 300;
/** Until the node is ready and the first controllers have done their work. */
const SETTLE_SECONDS = 30;
const MEGABYTE = 1e6;

/** What does a server with a node need when nothing happens? KUBELITH_BENCH_QUIET_SECONDS shortens the wait. */
export async function run(): Promise<BenchResult> {
  const seconds = Number(process.env["KUBELITH_BENCH_QUIET_SECONDS"] ?? QUIET_SECONDS);
  await using host = await TestHost.up({ name: "benidle" });
  await using server = new KubelithProcess(host);
  await server.access();
  await Bun.sleep(SETTLE_SECONDS * 1000);
  const before = await usageOf(server.pid);
  const start = performance.now();
  await Bun.sleep(seconds * 1000);
  const after = await usageOf(server.pid);
  const elapsed = (performance.now() - start) / 1000;
  const cpuPercent = ((after.cpuSeconds - before.cpuSeconds) / elapsed) * 100;
  const writtenPerMinute = ((after.writtenBytes - before.writtenBytes) / elapsed) * 60;
  return {
    name: "idle",
    measurements: [
      { name: "RSS", value: after.rssBytes / MEGABYTE, unit: "MB", target: { atMost: 150 } },
      { name: "CPU", value: cpuPercent, unit: "% of a core", target: { atMost: 1 } },
      { name: "written to the disk", value: writtenPerMinute / 1000, unit: "kB/min" },
    ],
    notes: [
      `The compiled server with its node and no pods, over ${String(seconds)} quiet seconds; RSS at their end. Written is what the kernel sent to the disk for the process.`,
    ],
  };
}

if (import.meta.main) printResult(await run());
