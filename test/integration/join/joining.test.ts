/** Hosts join a real server over loopback; nothing of a node runs. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "#base/clock.ts";
import { createClient } from "#client/create-client.ts";
import { fixedCertificate } from "#client/credentials.ts";
import { createHttpsTransport } from "#client/https-transport.ts";
import type { Membership } from "#join/enroll/membership-file.ts";
import { SERVER_NAME } from "#join/join-protocol.ts";
import { startTestControlPlane, type TestControlPlane } from "../../conformance/control-plane.ts";
import { type JoiningHostOptions, joiningHost } from "./joining-host.ts";

let plane: TestControlPlane;
let serverToken: string;
beforeAll(async () => {
  plane = await startTestControlPlane();
  serverToken = (await readFile(join(plane.directory, "data", "server", "token"), "utf8")).trim();
});
afterAll(() => plane?.[Symbol.asyncDispose]());

let hosts = 0;

function joinHost(options: Partial<JoiningHostOptions> = {}): Promise<Membership> {
  hosts += 1;
  const host = joiningHost(plane, { nodeName: `agent${String(hosts)}`, text: serverToken, ...options });
  return host.begin(new AbortController().signal);
}

describe("a host that shows the server's token", () => {
  test("becomes a node with its own identity", async () => {
    const { credentials, serverAuthority, clientAuthority } = await joinHost({ nodeName: "first" });
    const subject = (name: keyof typeof credentials) =>
      new X509Certificate(credentials[name].certificate).subject.split("\n").toSorted();
    expect(subject("client-kubelet")).toEqual(["CN=system:node:first", "O=system:nodes"]);
    expect(subject("client-kube-proxy")).toEqual(["CN=system:kube-proxy"]);
    expect(subject("client-cluster-dns")).toEqual(["CN=system:kubelith:cluster-dns"]);
    const serving = new X509Certificate(credentials["serving-kubelet"].certificate);
    expect(serving.subjectAltName).toBe("DNS:first, IP Address:192.0.2.20");
    expect(serving.verify(new X509Certificate(serverAuthority).publicKey)).toBe(true);
    expect(clientAuthority).toBe(plane.api.pki.authorities["client-ca"]);
    const address = { url: plane.url, ca: serverAuthority, serverName: SERVER_NAME, userAgent: "kubelet" };
    const certificate = fixedCertificate(credentials["client-kubelet"]);
    await using transport = createHttpsTransport(
      { ...address, credentials: certificate },
      { clock: systemClock },
    );
    const review = await createClient(transport).create("SelfSubjectReview", {
      apiVersion: "authentication.k8s.io/v1",
      kind: "SelfSubjectReview",
      metadata: {},
    });
    expect(review.status?.userInfo).toMatchObject({
      username: "system:node:first",
      groups: ["system:nodes", "system:authenticated"],
    });
  });

  test("hears what all nodes must agree on", async () => {
    expect((await joinHost()).settings).toEqual({
      clusterCidr: "10.42.0.0/16",
      serviceCidr: "10.43.0.0/16",
      clusterDns: "10.43.0.10",
      clusterDomain: "cluster.local",
      networkBackend: "none",
    });
  });

  test("can leave out the authority's hash, and the user", async () => {
    const secret = serverToken.split("::server:")[1] ?? "";
    expect((await joinHost({ text: secret })).serverAuthority).toBe(plane.api.pki.authorities["server-ca"]);
  });

  test("comes back with its certificate when the token is not good any more", async () => {
    await joinHost({ nodeName: "back", home: "back" });
    const again = await joinHost({ nodeName: "back", home: "back", text: `${serverToken}x` });
    expect(again.nodeName).toBe("back");
  });
});

describe("a host that may not join is told in one line", () => {
  test("a wrong token", async () => {
    await expect(joinHost({ text: `${serverToken}x` })).rejects.toThrow(
      "Cannot join the cluster: the token is wrong; take it from <data-dir>/server/token on the server or from kubelith token create",
    );
  });

  test("an unknown bootstrap token", async () => {
    await expect(joinHost({ text: "abcdef.0123456789abcdef" })).rejects.toThrow(
      "Cannot join the cluster: the token is wrong, or has expired and was removed; create another with kubelith token create on the server",
    );
  });

  test("a token of another cluster", async () => {
    const text = serverToken.replace(/K10./, (start) => (start === "K10f" ? "K100" : "K10f"));
    await expect(joinHost({ text })).rejects.toThrow(
      /^Cannot join the cluster: the server .* is not the one/,
    );
  });

  test("a name that another host has", async () => {
    await joinHost({ nodeName: "taken" });
    await expect(joinHost({ nodeName: "taken" })).rejects.toThrow(
      'Cannot join the cluster: the name "taken" belongs to another host; choose another with --node-name, or if that host is gone remove it with kubectl delete node taken',
    );
  });

  test.each(["kubernetes", "kubernetes.default.svc", "n1"])("the server's name %s", async (nodeName) => {
    await expect(joinHost({ nodeName })).rejects.toThrow(
      `Cannot join the cluster: the name "${nodeName}" is one of the server's own; choose others with --node-name and --node-ip`,
    );
  });
});

test("no host may have an address that the server has got since its start", async () => {
  const { pki } = plane.api;
  const before = pki.nodeIPs;
  const host = { nodeName: "moved", addresses: () => ["192.0.2.77"] };
  await pki.setNodeIPs(["192.0.2.77"]);
  await expect(joinHost(host)).rejects.toThrow(
    "Cannot join the cluster: the address 192.0.2.77 is the server's or in the network of Services; choose others with --node-name and --node-ip",
  );
  await pki.setNodeIPs(before);
  expect((await joinHost(host)).nodeName).toBe("moved");
});

test("the password of a node is kept as a hash that cannot be changed", async () => {
  await joinHost({ nodeName: "hashed" });
  const name = { namespace: "kube-system", name: "hashed.node-password.kubelith" };
  const { immutable, data = {} } = await plane.client.get("Secret", name);
  expect(immutable).toBe(true);
  expect(atob(data["hash"] ?? "")).toMatch(/^\$1:[0-9a-f]{32}:[0-9a-f]{64}$/);
});
