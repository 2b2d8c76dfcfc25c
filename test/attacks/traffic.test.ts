/** Leading traffic elsewhere: that of others by Services and endpoints, and that of the API server by addresses of nodes. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { aNode, anEndpoints } from "#testing/objects.ts";
import { anEndpointSlice } from "#testing/workloads.ts";
import type { HttpClient } from "../integration/front/http-client.ts";
import { AttackedCluster, send } from "./attacked-cluster.ts";
import { type Attack, expectRefusal } from "./refusal.ts";

const IN = "/api/v1/namespaces/default";
const SLICES = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";
const RBAC = "rbac.authorization.k8s.io";

const inDefault = <T extends { readonly metadata: object }>(object: T) => ({
  ...object,
  metadata: { ...object.metadata, namespace: "default" },
});
const slice = (address: string, addressType: "IPv4" | "IPv6" = "IPv4") =>
  inDefault(anEndpointSlice("bait", [address], { addressType }));

let cluster: AttackedCluster;
let admin: HttpClient;
let editor: HttpClient;
beforeAll(async () => {
  cluster = await AttackedCluster.start({ enableAdmissionPlugins: ["DenyServiceExternalIPs"] });
  admin = await cluster.as("system:admin", "system:masters");
  editor = await cluster.as("eve");
  await cluster.client.create("RoleBinding", {
    apiVersion: `${RBAC}/v1`,
    kind: "RoleBinding",
    metadata: { name: "edit", namespace: "default" },
    roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: "edit" },
    subjects: [{ kind: "User", apiGroup: RBAC, name: "eve" }],
  });
  await send(admin, `POST ${IN}/services`, { metadata: { name: "own" }, spec: { ports: [{ port: 80 }] } });
  await cluster.client.create("Node", aNode("n1"));
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

test("what is allowed: an editor's own Service, and endpoints of an administrator", async () => {
  const ports = { spec: { ports: [{ port: 81 }] } };
  expect((await send(editor, `PATCH ${IN}/services/own`, ports)).code).toBe(200);
  expect((await send(admin, `POST ${SLICES}`, slice("198.51.100.7"))).code).toBe(201);
  expect((await send(admin, `DELETE ${SLICES}/bait`)).code).toBe(200);
});

describe("who may edit a namespace does not take", () => {
  const attacks: Attack[] = [
    // CVE-2020-8554
    {
      name: "what is sent to an address by making it one of a Service",
      what: `PATCH ${IN}/services/own`,
      body: () => ({ spec: { externalIPs: ["198.51.100.53"] } }),
      why: "Use of external IPs is denied by admission control",
    },
    {
      name: "what is sent to an address by a new Service",
      what: `POST ${IN}/services`,
      body: () => ({
        metadata: { name: "new" },
        spec: { ports: [{ port: 53 }], externalIPs: ["198.51.100.53"] },
      }),
      why: "Use of external IPs is denied by admission control",
    },
    {
      name: "what is sent to an address by saying that a load balancer has it",
      what: `PATCH ${IN}/services/own/status`,
      body: () => ({ status: { loadBalancer: { ingress: [{ ip: "198.51.100.53" }] } } }),
      why: 'cannot patch resource "services/status"',
    },
    // CVE-2021-25740
    {
      name: "a way into other namespaces by endpoints",
      what: `POST ${IN}/endpoints`,
      body: () => inDefault(anEndpoints("own", { subsets: [{ addresses: [{ ip: "10.42.0.9" }] }] })),
      why: 'cannot create resource "endpoints"',
    },
    {
      name: "a way into other namespaces by changed endpoints",
      what: `PATCH ${IN}/endpoints/own`,
      body: () => ({ subsets: [{ addresses: [{ ip: "10.42.0.9" }] }] }),
      why: 'cannot patch resource "endpoints"',
    },
    {
      name: "a way into other namespaces by slices of endpoints",
      what: `POST ${SLICES}`,
      body: () => slice("10.42.0.9"),
      why: 'cannot create resource "endpointslices"',
    },
  ];
  test.each(attacks)("$name", (attack) => expectRefusal(editor, attack));

  test("what is sent to an address by a new Service whose status says so", async () => {
    const status = { loadBalancer: { ingress: [{ ip: "198.51.100.53" }] } };
    const service = { metadata: { name: "forged" }, spec: { ports: [{ port: 53 }] }, status };
    const { document } = await send(editor, `POST ${IN}/services`, service);
    expect(document).toMatchObject({ metadata: { name: "forged" }, status: { loadBalancer: {} } });
    expect((document as typeof service).status.loadBalancer.ingress).toBeUndefined();
  });
});

// CVE-2021-25737
describe("endpoints are not on", () => {
  const cases = [
    { name: "the loopback of a node", address: "127.0.0.1", why: "may not be in the loopback range" },
    { name: "another loopback of a node", address: "127.8.8.8", why: "may not be in the loopback range" },
    { name: "the link of a node", address: "169.254.169.254", why: "may not be in the link-local range" },
    { name: "all neighbours of a node", address: "224.0.0.1", why: "may not be in the link-local multicast" },
    { name: "no address", address: "0.0.0.0", why: "may not be unspecified" },
    { name: "the loopback of a node over IPv6", address: "::1", why: "may not be in the loopback range" },
    { name: "the link of a node over IPv6", address: "fe80::1", why: "may not be in the link-local range" },
    {
      name: "the loopback of a node in other words",
      address: "::ffff:127.0.0.1",
      why: "must not be an IPv4-mapped IPv6 address",
    },
  ];
  test.each(cases)("$name", async ({ address, why }) => {
    const family = address.includes(":") ? "IPv6" : "IPv4";
    await expectRefusal(admin, {
      what: `POST ${SLICES}`,
      body: () => slice(address, family),
      code: 422,
      why,
    });
    const endpoints = anEndpoints("bait", { subsets: [{ addresses: [{ ip: address }] }] });
    const ports = { what: `POST ${IN}/endpoints`, body: () => inDefault(endpoints), code: 422, why };
    await expectRefusal(admin, ports);
  });
});

// CVE-2020-8562
describe("the API server does not connect to its own host by the name of a node", () => {
  const heard: string[] = [];
  const secret = createServer((request, response) => {
    heard.push(request.url ?? "");
    response.end("for this host alone");
  });
  beforeAll(() => new Promise<void>((resolve) => secret.listen(0, "127.0.0.1", resolve)));
  afterAll(() => void secret.close());

  test.each(["127.0.0.1", "localhost", "LOCALHOST", "127.1", "2130706433", "0x7f000001", "0", "0.0.0.0"])(
    "%s",
    async (address) => {
      const status = { addresses: [{ type: "Hostname", address }] };
      expect((await send(admin, "PATCH /api/v1/nodes/n1/status", { status })).code).toBe(200);
      const { port } = secret.address() as AddressInfo;
      const what = `GET /api/v1/nodes/http:n1:${String(port)}/proxy/`;
      await expectRefusal(admin, { what, code: 400, why: "address not allowed" });
      expect(heard).toEqual([]);
    },
  );
});
