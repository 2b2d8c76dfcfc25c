import { afterAll, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { sh } from "./docker-host.ts";

const SCRIPT = join(import.meta.dir, "../../scripts/quickstart");
const HOST = "kubelith-quickstart";
const DATA = "/var/lib/kubelith-quickstart";

afterAll(() => sh(SCRIPT, "--test-host", "--down"));

test("from nothing to an answering application, twice, and back to nothing", async () => {
  expect(await sh(SCRIPT, "--test-host")).toContain("answers: Hello from Kubelith");
  const second = await sh(SCRIPT, "--test-host");
  expect(second).toContain("The server runs already");
  expect(second).toContain("deployment.apps/hello unchanged");
  expect(second).toContain("answers: Hello from Kubelith");

  expect(await sh(SCRIPT, "--test-host", "--down")).toContain("Removed the cluster and its data");
  const left = [DATA, `/run/${HOST}`, `/run/netns/${HOST}`, `/var/log/${HOST}.log`].filter(existsSync);
  expect(left).toEqual([]);
});

test("going down when nothing is there is no mistake", async () => {
  expect(await sh(SCRIPT, "--test-host", "--down")).toContain("Removed");
});

test("a cluster that it did not make is left alone", async () => {
  await mkdir(DATA);
  try {
    await expect(sh(SCRIPT, "--test-host", "--down")).rejects.toThrow("did not make");
    expect(existsSync(DATA)).toBe(true);
  } finally {
    await rm(DATA, { recursive: true });
  }
});
