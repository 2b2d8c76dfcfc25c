import { afterAll, beforeAll, expect, test } from "bun:test";
import { Kubectl, modernKubectls } from "../../integration/front/kubectl.ts";
import { startTestServer, type TestServer } from "../../integration/front/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** Where `kubectl proxy` says that it listens. */
async function addressIn(output: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of output) {
    text += Buffer.from(chunk).toString();
    const [, address] = /Starting to serve on (\S+)/.exec(text) ?? [];
    if (address !== undefined) return address;
  }
  throw new Error(`kubectl proxy has ended: ${text}`);
}

test.each(modernKubectls().slice(-1))(
  "a watch over a WebSocket goes through the proxy of %s",
  async (path) => {
    const kubectl = new Kubectl(path, { kubeconfig: server.kubeconfig, home: server.directory });
    const proxy = kubectl.start(["proxy", "--port=0"]);
    try {
      const address = await addressIn(proxy.stdout);
      const url = `ws://${address}/api/v1/namespaces?watch=true`;
      const socket = new WebSocket(url, { headers: { origin: `http://${address}` } });
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      socket.addEventListener("message", ({ data }) => resolve(String(data)));
      socket.addEventListener("close", ({ code }) => reject(new Error(`Closed with ${String(code)}`)));
      expect(JSON.parse(await promise)).toMatchObject({ type: "ADDED", object: { kind: "Namespace" } });
      socket.terminate();
    } finally {
      proxy.kill();
      await proxy.exited;
    }
  },
);
