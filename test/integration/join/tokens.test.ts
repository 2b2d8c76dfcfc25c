/** Bootstrap tokens from the command that makes them to the host that shows them. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { runCli } from "../../../src/cli/cli.ts";
import { startTestControlPlane, type TestControlPlane } from "../../conformance/control-plane.ts";
import { until } from "../until.ts";
import { joiningHost } from "./joining-host.ts";

let plane: TestControlPlane;
beforeAll(async () => {
  plane = await startTestControlPlane({ agentToken: "for-agents-alone" });
});
afterAll(() => plane?.[Symbol.asyncDispose]());

async function kubelith(...argv: readonly string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const machine = { hostname: "box", address: undefined };
  const { signal } = new AbortController();
  const code = await runCli(argv, {
    env: {},
    stdin: new PassThrough(),
    stdout,
    stderr,
    colorDepth: 1,
    machine,
    signal,
  });
  const textOf = (stream: PassThrough): string => String(stream.read() ?? "");
  return { code, stdout: textOf(stdout), stderr: textOf(stderr) };
}

const token = async (...argv: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await kubelith("token", ...argv, `--kubeconfig=${plane.kubeconfig}`);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return stdout;
};

test("a host joins with a token that was made for it, and not once that is deleted", async () => {
  const text = (await token("create", "--description=for the shed", "--ttl=1h")).trim();
  expect(text).toMatch(/^K10[0-9a-f]{64}::[a-z0-9]{6}\.[a-z0-9]{16}$/);
  const [id = ""] = text.split("::")[1]?.split(".") ?? [];
  expect(await token("list")).toMatch(
    new RegExp(
      `^TOKEN +TTL +EXPIRES +USAGES +DESCRIPTION +EXTRA GROUPS\n${id} +(60|59)m\\w* +\\S+Z +authentication,signing +for the shed +system:bootstrappers:kubelith:default-node-token\n$`,
    ),
  );
  const host = joiningHost(plane, { nodeName: "shed", text });
  expect((await host.begin(new AbortController().signal)).nodeName).toBe("shed");
  expect(await token("delete", id)).toBe(`bootstrap token "${id}" deleted\n`);
  const late = joiningHost(plane, { nodeName: "late", text });
  await expect(late.begin(new AbortController().signal)).rejects.toThrow(
    "the token is wrong, or has expired",
  );
});

test("a host with a token for something else is told so", async () => {
  const text = (await token("create", "qqqqqq.0123456789abcdef", "--usages=signing", "--ttl=0")).trim();
  const host = joiningHost(plane, { nodeName: "signer", text });
  await expect(host.begin(new AbortController().signal)).rejects.toThrow(
    'Cannot join the cluster: the token "qqqqqq" is not for joining; create another with kubelith token create on the server',
  );
  expect(await token("list")).toContain("<forever>");
});

test("a token that has expired is removed", async () => {
  const id = (await token("create", "--ttl=1ms")).split("::")[1]?.split(".")[0] ?? "";
  await until(async () => !(await token("list")).includes(id));
});

test("another token of the server's own takes the place of the old one while it runs", async () => {
  const dataDir = join(plane.directory, "data");
  const file = Bun.file(join(dataDir, "server", "token"));
  const before = (await file.text()).trim();
  const { code, stdout } = await kubelith("token", "rotate", `--data-dir=${dataDir}`);
  expect(code).toBe(0);
  expect((await file.text()).trim()).toBe(stdout.trim());
  await expect(
    joiningHost(plane, { nodeName: "old", text: before }).begin(new AbortController().signal),
  ).rejects.toThrow("the token is wrong");
  const joined = await joiningHost(plane, { nodeName: "new", text: stdout.trim() }).begin(
    new AbortController().signal,
  );
  expect(joined.nodeName).toBe("new");
});

test("the name of a node is free again when the node has been deleted", async () => {
  const text = (await Bun.file(join(plane.directory, "data", "server", "token")).text()).trim();
  await joiningHost(plane, { nodeName: "moved", text }).begin(new AbortController().signal);
  await plane.client.create("Node", {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "moved" },
    spec: {},
  });
  const password = { namespace: "kube-system", name: "moved.node-password.kubelith" };
  await until(
    async () => (await plane.client.get("Secret", password)).metadata.ownerReferences?.[0]?.kind === "Node",
  );
  await plane.client.delete("Node", { name: "moved" });
  await until(async () => {
    const { items } = await plane.client.list("Secret", { namespace: "kube-system" });
    return !items.some(({ metadata }) => metadata.name === password.name);
  });
  expect(
    (await joiningHost(plane, { nodeName: "moved", text }).begin(new AbortController().signal)).nodeName,
  ).toBe("moved");
});

test("the token for agents lets them in, but is not the server's", async () => {
  const agents = joiningHost(plane, { nodeName: "small", text: "for-agents-alone" });
  expect((await agents.begin(new AbortController().signal)).nodeName).toBe("small");
  const servers = joiningHost(plane, { nodeName: "large", text: "server:for-agents-alone" });
  await expect(servers.begin(new AbortController().signal)).rejects.toThrow("the token is wrong");
});
