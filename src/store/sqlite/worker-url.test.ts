import { expect, test } from "bun:test";
import { workerUrl } from "./worker-url.ts";

test.each([
  {
    name: "from source, beside the module",
    mainPath: "/opt/kubelith/src/main.ts",
    want: "file:///opt/kubelith/src/store/sqlite/worker.ts",
  },
  {
    name: "in an executable, below the root of its entry points",
    mainPath: "/$bunfs/root/kubelith",
    want: "file:///$bunfs/root/store/sqlite/worker.ts",
  },
])("workerUrl finds the worker $name", ({ mainPath, want }) => {
  const moduleUrl = "file:///opt/kubelith/src/store/sqlite/worker-client.ts";
  expect(workerUrl(mainPath, moduleUrl).href).toBe(want);
});
