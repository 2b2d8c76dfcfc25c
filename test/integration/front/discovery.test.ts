import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { APIGroupDiscoveryList } from "#api/generated/apidiscovery-v2.ts";
import { apiGroups } from "#api/resource.ts";
import type { APIGroupList, APIResourceList } from "#apimachinery/generated/meta-v1.ts";
import type { HttpClient } from "./http-client.ts";
import { startTestServer, type TestServer } from "./server.ts";

const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

let server: TestServer;
let client: HttpClient;
beforeAll(async () => {
  server = await startTestServer();
  client = server.connect();
});
afterAll(() => server[Symbol.asyncDispose]());

describe("discovery", () => {
  test("lists every resource of every served group version, each with the verbs that work", async () => {
    const { groups } = (await client.send({ path: "/apis" })).json<APIGroupList>();
    const named = groups.flatMap(({ name, versions }) =>
      versions.map(({ version }) => `/apis/${name}/${version}`),
    );
    for (const path of ["/api/v1", ...named]) {
      const { resources } = (await client.send({ path })).json<APIResourceList>();
      expect(resources, path).not.toBeEmpty();
      for (const { name, verbs } of resources.filter((each) => each.verbs?.includes("list") === true)) {
        const list = await client.send({ path: `${path}/${name}` });
        expect([path, name, list.status]).toEqual([path, name, 200]);
        expect(verbs).toContain("get");
      }
    }
  });

  test("is in the order of Kubernetes", async () => {
    const { groups } = (await client.send({ path: "/apis" })).json<APIGroupList>();
    const served = groups.map(({ name }) => name);
    const known = apiGroups.map(({ group }) => group);
    expect(served).toEqual(known.filter((group) => served.includes(group)));
  });

  test("comes in one document, and not again when nothing has changed", async () => {
    const headers = { accept: `${AGGREGATED},application/json` };
    const first = await client.send({ path: "/apis", headers });
    expect(first.headers["content-type"]).toBe(AGGREGATED);
    const { items } = first.json<APIGroupDiscoveryList>();
    const { groups } = (await client.send({ path: "/apis" })).json<APIGroupList>();
    expect(items.map(({ metadata }) => metadata?.name)).toEqual(groups.map(({ name }) => name));
    const known = { ...headers, "if-none-match": first.headers.etag };
    const second = await client.send({ path: "/apis", headers: known });
    expect([second.status, second.bytes.length]).toEqual([304, 0]);
  });
});
