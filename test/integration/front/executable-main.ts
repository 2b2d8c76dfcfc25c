/** Starts a server and asks it, over both protocols, for what an executable might lack. */
import { startTestServer } from "./server.ts";

await using server = await startTestServer();
for (const protocol of ["h2", "http/1.1"] as const) {
  const client = server.connect({ protocol });
  const { status } = await client.send({ path: "/api/v1/namespaces/default" });
  const openApi = await client.send({ path: "/openapi/v3/api/v1" });
  const isDescribed = openApi.text.includes("Pod is a collection of containers");
  process.stdout.write(`${protocol} ${String(status)} ${String(isDescribed)}\n`);
}
