import { afterAll, beforeAll, expect, test } from "bun:test";
import { AgentHost } from "./agent-host.ts";
import { BUSYBOX, KubelithHost } from "./kubelith-host.ts";

let server: KubelithHost;
let agent: AgentHost;
beforeAll(async () => {
  server = await KubelithHost.start({ name: "joinsrv" });
  agent = await AgentHost.start({ name: "joinagt", server });
});
afterAll(async () => {
  await agent?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

function sleeper(name: string, nodeName: string) {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: {
      nodeName,
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: "main",
          image: BUSYBOX,
          imagePullPolicy: "Never",
          command: ["sh", "-c", "echo hello; sleep 3600"],
        },
      ],
    },
  };
}

test("a host that shows the server's token runs pods, and answers logs and exec", async () => {
  await server.apply([sleeper("there", agent.name)]);
  await server.kubectl.run("wait", "--for=condition=Ready", "pod/there", "--timeout=60s");
  expect(await server.kubectl.run("logs", "there")).toBe("hello\n");
  expect(await server.kubectl.run("exec", "there", "--", "hostname")).toBe("there\n");
});
