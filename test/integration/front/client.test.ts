import { expect, test } from "bun:test";
import type { ConfigMap } from "#api/generated/core-v1.ts";
import type { WatchEvent } from "#apimachinery/meta.ts";
import { systemClock } from "#base/clock.ts";
import { createClient } from "#client/create-client.ts";
import { fixedCertificate } from "#client/credentials.ts";
import { createHttpsTransport } from "#client/https-transport.ts";
import { failureOf } from "../apiserver/failure.ts";
import { startTestServer } from "./server.ts";

test("Kubelith's own client and server understand each other", async () => {
  await using server = await startTestServer();
  await using transport = createHttpsTransport(
    {
      url: server.url,
      ca: server.pki.authorities["server-ca"],
      credentials: fixedCertificate(server.pki.credentials["client-admin"]),
      userAgent: "test",
    },
    { clock: systemClock },
  );
  const client = createClient(transport);
  const name = { namespace: "default", name: "a" };
  const created = await client.create("ConfigMap", { apiVersion: "v1", kind: "ConfigMap", metadata: name });
  await client.update("ConfigMap", { ...created, data: { a: "1" } });
  await client.patch("ConfigMap", name, { type: "merge", document: { data: { b: "2" } } });
  expect((await client.get("ConfigMap", name)).data).toEqual({ a: "1", b: "2" });
  expect(await failureOf(client.update("ConfigMap", created))).toContain("the object has been modified");
  await client.delete("ConfigMap", name);
  expect((await client.list("ConfigMap", { namespace: "default" })).items).toEqual([]);

  const { resourceVersion = "" } = created.metadata;
  const seen: WatchEvent<ConfigMap>[] = [];
  for await (const batch of client.watch("ConfigMap", { namespace: "default", resourceVersion })) {
    seen.push(...batch);
    if (seen.length === 3) break;
  }
  expect(seen.map(({ type }) => type)).toEqual(["MODIFIED", "MODIFIED", "DELETED"]);
  expect(await failureOf(client.get("ConfigMap", name))).toBe('404 NotFound: configmaps "a" not found');
});
