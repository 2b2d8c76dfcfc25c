import { expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { WorkerClient } from "#store/sqlite/worker-client.ts";
import { failureOf, temporaryDirectory } from "../contract/store-fixtures.ts";

const observer = { resized: () => undefined, untidy: () => undefined };

test.each([
  { name: "cannot be loaded", source: undefined },
  { name: "dies of an error", source: "self.onmessage = () => { throw new TypeError('broken'); };" },
])("a thread that $name fails what waits for it and what comes later", async ({ source }) => {
  await using home = await temporaryDirectory();
  const file = join(home.path, "worker.js");
  if (source !== undefined) await writeFile(file, source);
  const client = new WorkerClient(observer, pathToFileURL(file));
  expect(await failureOf(client.call("sweep", {}))).toEqual({ code: "storageFailed" });
  expect(await failureOf(client.call("sweep", {}))).toEqual({ code: "storageFailed" });
  client.terminate();
});

test("a terminated thread fails what waits for it", async () => {
  const client = new WorkerClient(observer);
  const waiting = failureOf(client.call("sweep", {}));
  client.terminate();
  expect(await waiting).toEqual({ code: "closed" });
});
