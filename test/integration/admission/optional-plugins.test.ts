import { afterAll, beforeAll, expect, test } from "bun:test";
import { aConfigMap, aPod, aService } from "#testing/objects.ts";
import { failureOf } from "../apiserver/failure.ts";
import { startServer, type TestServer } from "../apiserver/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer({
    admission: {
      plugins: {
        enabled: ["AlwaysPullImages", "DenyServiceExternalIPs", "NamespaceAutoProvision"],
        disabled: ["ServiceAccount"],
      },
      limitedResources: [{ resource: "pods", matchContains: ["nvidia.com/gpu"] }],
    },
  });
});
afterAll(() => server[Symbol.asyncDispose]());

test("a plugin that is switched off does nothing, and one that is switched on does", async () => {
  const containers = [{ name: "c", image: "nginx:1.25", imagePullPolicy: "IfNotPresent" }] as const;
  const pod = await server.client.create("Pod", aPod("a", { namespace: "default", spec: { containers } }));
  expect(pod.spec.serviceAccountName).toBeUndefined();
  expect(pod.spec.containers[0]?.imagePullPolicy).toBe("Always");
});

test("a namespace is made with the first object in it", async () => {
  const object = aConfigMap("a", { namespace: "new" });
  expect(await failureOf(server.client.create("ConfigMap", object, { dryRun: true }))).toBe(
    '404 NotFound: namespaces "new" not found',
  );
  await server.client.create("ConfigMap", object);
  expect(server.state.objects.get("Namespace", { name: "new" })?.status?.phase).toBe("Active");
});

test("a Service gets no address outside", async () => {
  const spec = { ports: [{ port: 80 }], externalIPs: ["1.2.3.4"] };
  const object = aService("s", { namespace: "default", spec } as object);
  expect(await failureOf(server.client.create("Service", object))).toBe(
    '403 Forbidden: services "s" is forbidden: Use of external IPs is denied by admission control',
  );
});

test("what is limited to those who have a quota is not for others", async () => {
  const resources = { requests: { "nvidia.com/gpu": "1" }, limits: { "nvidia.com/gpu": "1" } };
  const containers = [{ name: "c", image: "nginx", resources }];
  const object = aPod("gpu", { namespace: "default", spec: { containers } });
  expect(await failureOf(server.client.create("Pod", object))).toBe(
    '403 Forbidden: pods "gpu" is forbidden: insufficient quota to consume: requests.nvidia.com/gpu',
  );
});
