/** Hosts join a real server over loopback; nothing of a node runs. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "#base/clock.ts";
import { createClient } from "#client/create-client.ts";
import { fixedCertificate } from "#client/credentials.ts";
import { createHttpsTransport } from "#client/https-transport.ts";
import { Enrollment, type EnrollOptions } from "#join/enroll/enroll.ts";
import { SERVER_NAME } from "#join/join-protocol.ts";
import { parseJoinToken } from "#join/join-token.ts";
import { silentLogger } from "#observability/logger.ts";
import { startTestControlPlane, type TestControlPlane } from "../../conformance/control-plane.ts";

let plane: TestControlPlane;
let serverToken: string;
beforeAll(async () => {
  plane = await startTestControlPlane();
  serverToken = (await readFile(join(plane.directory, "data", "server", "token"), "utf8")).trim();
});
afterAll(() => plane?.[Symbol.asyncDispose]());

let hosts = 0;

/** A host with directories of its own. */
function enrollment(options: Partial<EnrollOptions> & { readonly text?: string } = {}): Enrollment {
  const { text = serverToken, ...rest } = options;
  hosts += 1;
  const directory = join(plane.directory, `host${String(hosts)}`);
  return new Enrollment(
    {
      url: plane.url,
      token: parseJoinToken(text),
      nodeName: `agent${String(hosts)}`,
      addresses: ["192.0.2.20"],
      directory: join(directory, "agent"),
      passwordDirectory: join(directory, "node"),
      ...rest,
    },
    { clock: systemClock, random: Math.random, logger: silentLogger },
  );
}

const joinHost = (options?: Parameters<typeof enrollment>[0]) =>
  enrollment(options).begin(new AbortController().signal);

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
      networkBackend: "vxlan",
    });
  });

  test("can leave out the authority's hash, and the user", async () => {
    const secret = serverToken.split("::server:")[1] ?? "";
    expect((await joinHost({ text: secret })).serverAuthority).toBe(plane.api.pki.authorities["server-ca"]);
  });

  test("comes back with its certificate when the token is not good any more", async () => {
    const before = enrollment();
    await before.begin(new AbortController().signal);
    const wrong = { ...parseJoinToken(serverToken), secret: "wrong" };
    hosts -= 1;
    const again = enrollment({ token: wrong });
    expect((await again.begin(new AbortController().signal)).nodeName).toBe(`agent${String(hosts)}`);
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

test("the password of a node is kept as a hash that cannot be changed", async () => {
  await joinHost({ nodeName: "hashed" });
  const name = { namespace: "kube-system", name: "hashed.node-password.kubelith" };
  const { immutable, data = {} } = await plane.client.get("Secret", name);
  expect(immutable).toBe(true);
  expect(atob(data["hash"] ?? "")).toMatch(/^\$1:[0-9a-f]{32}:[0-9a-f]{64}$/);
});
