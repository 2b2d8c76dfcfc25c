import { expect, test } from "bun:test";
import { failureOf } from "./failure.ts";
import { startServer } from "./server.ts";

const ALL = "All" as const;
const apiVersion = "resource.k8s.io/v1" as const;
const ordinary = { name: "a", exactly: { deviceClassName: "c" } };
const administrative = {
  name: "b",
  exactly: { deviceClassName: "c", allocationMode: ALL, adminAccess: true },
};
const refused =
  "spec.devices.requests[1].adminAccess: Forbidden: admin access to devices requires the `resource.kubernetes.io/admin-access: true` label on the containing namespace";

test("administrative access is for namespaces that say so", async () => {
  await using server = await startServer();
  const spec = { devices: { requests: [ordinary, administrative] } };
  const create = (namespace: string) => [
    server.client.create("ResourceClaim", {
      apiVersion,
      kind: "ResourceClaim",
      metadata: { name: "a", namespace },
      spec,
    }),
    server.client.create("ResourceClaimTemplate", {
      apiVersion,
      kind: "ResourceClaimTemplate",
      metadata: { name: "a", namespace },
      spec: { spec },
    }),
  ];
  expect(await Promise.all(create("default").map(failureOf))).toEqual([
    `422 Invalid: ResourceClaim.resource.k8s.io "a" is invalid: ${refused}`,
    `422 Invalid: ResourceClaimTemplate.resource.k8s.io "a" is invalid: ${refused}`,
  ]);
  await server.client.create("Namespace", {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "hardware", labels: { "resource.kubernetes.io/admin-access": "true" } },
    spec: {},
  });
  expect(await Promise.all(create("hardware"))).toHaveLength(2);
});
