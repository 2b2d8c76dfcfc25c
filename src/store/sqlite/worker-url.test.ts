import { expect, test } from "bun:test";
import { workerUrl } from "./worker-url.ts";

test.each([
  {
    name: "from source, beside the module",
    moduleUrl: "file:///opt/kubelith/src/store/sqlite/worker-client.ts",
    want: "file:///opt/kubelith/src/store/sqlite/worker.ts",
  },
  {
    name: "in an executable, below the root of its entry points",
    moduleUrl: "file:///$bunfs/root/kubelith",
    want: "file:///$bunfs/root/store/sqlite/worker.ts",
  },
])("workerUrl finds the worker $name", ({ moduleUrl, want }) => {
  expect(workerUrl(moduleUrl).href).toBe(want);
});
