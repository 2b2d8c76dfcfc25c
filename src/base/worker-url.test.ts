import { expect, test } from "bun:test";
import { workerUrl } from "./worker-url.ts";

test("workerUrl finds a worker among the sources", () => {
  const want = new URL("../store/sqlite/worker.ts", import.meta.url).href;
  expect(workerUrl("store/sqlite/worker.ts", "/opt/kubelith/src/main.ts").href).toBe(want);
});

test("workerUrl finds a worker in an executable, below the root of its entry points", () => {
  const want = "file:///$bunfs/root/store/sqlite/worker.ts";
  expect(workerUrl("store/sqlite/worker.ts", "/$bunfs/root/kubelith").href).toBe(want);
});
