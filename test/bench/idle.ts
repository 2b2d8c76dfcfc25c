import { KubelithProcess } from "./load/kubelith-process.ts";
import { type ProcessUsage, usageOf } from "./load/process-usage.ts";
import { TestHost } from "./load/test-host.ts";
import { type BenchResult, printResult } from "./result.ts";

const QUIET_SECONDS = 300;
/** Until the node is ready and the first controllers have done their work. */
const SETTLE_SECONDS = 30;
const MEGABYTE = 1e6;
/** Its CPU time is what a wake-up costs here: a virtual machine that sleeps may take milliseconds for one. */
const TIMER_PROGRAM = "setInterval(() => {}, 1000)";

/** What does a server with a node need when nothing happens? KUBELITH_BENCH_QUIET_SECONDS shortens the wait. */
export async function run(): Promise<BenchResult> {
  const seconds = Number(process.env["KUBELITH_BENCH_QUIET_SECONDS"] ?? QUIET_SECONDS);
  await using host = await TestHost.up({ name: "benidle" });
  await using server = new KubelithProcess(host);
  await using timer = Bun.spawn([process.execPath, "--eval", TIMER_PROGRAM]);
  await server.access();
  await Bun.sleep(SETTLE_SECONDS * 1000);
  const [quiet, timerQuiet] = await Promise.all([rest(server.pid, seconds), rest(timer.pid, seconds)]);
  return {
    name: "idle",
    measurements: [
      { name: "RSS", value: quiet.rssBytes / MEGABYTE, unit: "MB", target: { atMost: 150 } },
      { name: "CPU", value: quiet.cpuPercent, unit: "% of a core", target: { atMost: 1 } },
      { name: "CPU of a program with one timer a second", value: timerQuiet.cpuPercent, unit: "% of a core" },
      { name: "written to the disk", value: quiet.writtenPerMinute / 1000, unit: "kB/min" },
    ],
    notes: [
      `The compiled server with its node and no pods, over ${String(seconds)} quiet seconds; RSS at their end. Written is what the kernel sent to the disk for the process.`,
    ],
  };
}

interface Rest {
  readonly rssBytes: number;
  readonly cpuPercent: number;
  readonly writtenPerMinute: number;
}

async function rest(pid: number, seconds: number): Promise<Rest> {
  const start = performance.now();
  const before = await usageOf(pid);
  await Bun.sleep(seconds * 1000);
  const after = await usageOf(pid);
  const perSecond = (counter: keyof ProcessUsage): number =>
    (after[counter] - before[counter]) / ((performance.now() - start) / 1000);
  return {
    rssBytes: after.rssBytes,
    cpuPercent: perSecond("cpuSeconds") * 100,
    writtenPerMinute: perSecond("writtenBytes") * 60,
  };
}

if (import.meta.main) printResult(await run());
