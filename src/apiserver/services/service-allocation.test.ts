import { describe, expect, test } from "bun:test";
import { BuiltInSchemas } from "#api/schemas.ts";
import { type CIDR, parseCIDR } from "#base/cidr.ts";
import { silentLogger } from "#observability/logger.ts";
import { Metrics } from "#observability/metrics.ts";
import { createMemoryStore } from "#store/memory/memory-store.ts";
import type { Store } from "#store/store.ts";
import { StoreError } from "#store/store-error.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { createClusterState } from "../cluster-state.ts";
import { ServiceIPRange } from "./ip-range.ts";
import { NodePortRange } from "./port-range.ts";
import { ServiceAllocation } from "./service-allocation.ts";

const schemas = new BuiltInSchemas();

/** What is logged when following the Services first ends with this. */
async function logOf(error: Error): Promise<readonly string[]> {
  await using store = createMemoryStore();
  failFirstWatch(store, error);
  const lines: string[] = [];
  const logger = {
    ...silentLogger,
    error: (message: string) => lines.push(`error: ${message}`),
    warn: (message: string) => lines.push(`warn: ${message}`),
  };
  await using _allocation = new ServiceAllocation({
    ...createClusterState({ store, schemas }),
    ranges: {
      addresses: [new ServiceIPRange(parseCIDR("10.96.0.0/12") as CIDR)],
      nodePorts: new NodePortRange(30_000, 32_767),
    },
    clock: new FakeClock(),
    random: () => 0,
    logger,
    metrics: new Metrics(),
  });
  await new Promise<void>((resolve) => setImmediate(resolve));
  return lines;
}

function failFirstWatch(store: Store, error: Error): void {
  const watch = store.watch.bind(store);
  let isFirst = true;
  store.watch = (prefix, options) => {
    if (!prefix.includes("/services/") || !isFirst) return watch(prefix, options);
    isFirst = false;
    throw error;
  };
}

describe("ServiceAllocation", () => {
  test.each<readonly [string, Error, readonly string[]]>([
    [
      "reloads after a failure of the store",
      new StoreError({ code: "slowWatcher" }, "Watcher was too slow"),
      ["warn: Reloaded service allocations"],
    ],
    [
      "says that it has ended for another reason",
      new TypeError("bug"),
      ["error: Stopped following Services"],
    ],
    ["ends with the store in silence", new StoreError({ code: "closed" }, "Store is closed"), []],
  ])("%s", async (_name, error, want) => {
    expect(await logOf(error)).toEqual(want);
  });
});
