import { afterAll, beforeAll, expect, test } from "bun:test";
import { BUSYBOX, KubelithHost } from "./kubelith-host.ts";

let host: KubelithHost;
beforeAll(async () => {
  host = await KubelithHost.start({ name: "work" });
});
afterAll(() => host?.[Symbol.asyncDispose]());

test("a pod runs", async () => {
  await host.kubectl.run("run", "one", `--image=${BUSYBOX}`, "--", "sleep", "100000");
  await host.kubectl.run("wait", "--for=condition=Ready", "pod/one", "--timeout=30s");
  expect(await host.kubectl.run("exec", "one", "--", "echo", "hello")).toBe("hello\n");
});
