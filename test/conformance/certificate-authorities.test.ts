/** Other authorities for a cluster whose server, administrator and node go on meanwhile. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { followAuthority } from "#agent/follow-authority.ts";
import { systemClock } from "#base/clock.ts";
import type { Client } from "#client/client.ts";
import { createClient } from "#client/create-client.ts";
import { createHttpsTransport } from "#client/https-transport.ts";
import { textAnswer } from "#https/answer.ts";
import { clientCertificateAuthenticator } from "#https/client-certificate.ts";
import { Listener } from "#https/listener.ts";
import { NodeCredentials } from "#join/enroll/node-credentials.ts";
import { SERVER_NAME } from "#join/join-protocol.ts";
import { hashAuthority } from "#join/join-token.ts";
import { AgentTunnels } from "#join/tunnel/agent-tunnels.ts";
import { silentLogger } from "#observability/logger.ts";
import type { Credential } from "#pki/certificate.ts";
import { splitCertificates } from "#pki/inspect.ts";
import { formatKubeconfig } from "#pki/kubeconfig.ts";
import { ReflectedInformers } from "#reconcile/shared-informers.ts";
import { type Kubectl, newestKubectl } from "../integration/front/kubectl.ts";
import { joiningHost } from "../integration/join/joining-host.ts";
import { until } from "../integration/until.ts";
import { startTestControlPlane, type TestControlPlane } from "./control-plane.ts";
import { runCommand } from "./run-command.ts";

/** Of the node, to which nothing leads but its tunnel. */
const ADDRESS = "192.0.2.20";

let plane: TestControlPlane;
let dataDir: string;
beforeAll(async () => {
  plane = await startTestControlPlane();
  dataDir = join(plane.directory, "data");
});
afterAll(() => plane?.[Symbol.asyncDispose]());

const readToken = async (): Promise<string> => (await Bun.file(join(dataDir, "server/token")).text()).trim();

const rotateCa = (...flags: string[]) =>
  runCommand("certificate", "rotate-ca", "--data-dir", dataDir, "--kubeconfig", plane.kubeconfig, ...flags);

/** kubectl with what the server would write for its administrator at present. */
async function presentKubectl(
  name: string,
  credential: Credential = plane.api.pki.credentials["client-admin"],
): Promise<Kubectl> {
  const certificateAuthority = plane.api.pki.authorities["server-ca"];
  const kubeconfig = join(plane.directory, name);
  await writeFile(kubeconfig, formatKubeconfig({ server: plane.url, certificateAuthority, credential }));
  return newestKubectl({ kubeconfig, directory: plane.directory });
}

/** What a node does with its certificates: its client, the server of its kubelet, and following the authorities. */
async function startNode(stack: AsyncDisposableStack, nodeName: string, token: string) {
  const enrollment = joiningHost(plane, {
    nodeName,
    text: token,
    home: nodeName,
    addresses: () => [ADDRESS],
  });
  const dependencies = { enrollment, clock: systemClock, random: Math.random, logger: silentLogger };
  const membership = await enrollment.begin(new AbortController().signal);
  const credentials = stack.use(new NodeCredentials(membership, dependencies));
  const options = {
    url: plane.url,
    ca: () => credentials.serverAuthority,
    serverName: SERVER_NAME,
    credentials: credentials.of("client-kubelet"),
    userAgent: "kubelet",
  };
  const client = createClient(stack.use(createHttpsTransport(options, { clock: systemClock })));
  const tls = () => ({ ...credentials.serving, clientAuthority: credentials.clientAuthority });
  const authenticator = clientCertificateAuthenticator({ clock: systemClock });
  const kubelet = stack.use(
    new Listener(tls(), {
      application: {
        answer: async (exchange) =>
          textAnswer(200, `${(await authenticator.authenticate(exchange))?.name ?? "nobody"}\n`),
      },
      clock: systemClock,
      logger: silentLogger,
    }),
  );
  stack.use(credentials.onRenewed.add(() => kubelet.renew(tls())));
  const { port } = await kubelet.listen("127.0.0.1", 0);
  const informers = stack.use(new ReflectedInformers({ ...dependencies, client }));
  stack.use(followAuthority(informers, (authority) => credentials.tellAuthority(authority)));
  await registerNode(client, nodeName, port);
  const opened = Promise.withResolvers<void>();
  const tunnels = stack.use(
    new AgentTunnels(
      {
        authority: () => credentials.serverAuthority,
        credentials: credentials.of("client-kubelet"),
        targets: () => ({ kubelet: { host: "127.0.0.1", port }, podCIDRs: [] }),
        onChange: (_server, isOpen) => isOpen && opened.resolve(),
      },
      dependencies,
    ),
  );
  tunnels.update([new URL(plane.url).host]);
  await opened.promise;
  return { client, credentials };
}

async function registerNode(client: Client, name: string, port: number): Promise<void> {
  await client.create("Node", { apiVersion: "v1", kind: "Node", metadata: { name }, spec: {} });
  const status = {
    addresses: [{ type: "InternalIP", address: ADDRESS }],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
  };
  await client.patch("Node", { name }, { type: "merge", document: { status }, subresource: "status" });
}

test("everybody goes over to other authorities without a break, and the ones before end when they are told to", async () => {
  await using stack = new AsyncDisposableStack();
  const former = plane.api.pki.authorities;
  const formerAdmin = { ...plane.api.pki.credentials["client-admin"] };
  const [formerToken, before] = [await readToken(), await presentKubectl("before")];
  const { client, credentials } = await startNode(stack, "follower", formerToken);
  const seesNode = async (kubectl: Kubectl) =>
    expect(await kubectl.run("get", "node", "follower", "-o", "name")).toContain("node/follower");
  const askKubelet = (kubectl: Kubectl) => kubectl.run("get", "--raw", "/api/v1/nodes/follower/proxy/");
  await seesNode(before);
  expect(await askKubelet(before)).toBe("kube-apiserver-kubelet-client\n");

  const replaced = await rotateCa();
  expect(replaced.text).toContain("Replaced server-ca, client-ca, request-header-ca;");
  expect(replaced.text).toContain("The server uses");
  expect(replaced.code).toBe(0);
  const both = await presentKubectl("both");
  for (const kubectl of [before, both]) await seesNode(kubectl);
  expect((await rotateCa()).text).toContain("server-ca has been replaced already");

  // What pods, tokens of accounts and nodes are told.
  const { authorities } = plane.api.pki;
  const published = async () =>
    (await plane.client.get("ConfigMap", { namespace: "default", name: "kube-root-ca.crt" })).data?.[
      "ca.crt"
    ];
  await until(async () => (await published()) === authorities["server-ca"]);
  expect(authorities["server-ca"]).toEndWith(former["server-ca"]);
  await until(async () => (await readToken()) !== formerToken);
  expect(await readToken()).toContain(hashAuthority(authorities["server-ca"]));
  const late = joiningHost(plane, { nodeName: "late", text: formerToken });
  await expect(late.begin(new AbortController().signal)).rejects.toThrow(
    "or its authorities have been replaced since",
  );

  await until(() => credentials.serverAuthority === authorities["server-ca"]);
  const [issuer = ""] = splitCertificates(authorities["server-ca"]);
  expect(new X509Certificate(credentials.serving.certificate).checkIssued(new X509Certificate(issuer))).toBe(
    true,
  );
  for (const kubectl of [before, both])
    expect(await askKubelet(kubectl)).toBe("kube-apiserver-kubelet-client\n");

  await plane.client.create("Node", { apiVersion: "v1", kind: "Node", metadata: { name: "gone" }, spec: {} });
  expect((await rotateCa("--finish")).text).toContain("or cannot be asked: gone;");
  await plane.client.delete("Node", { name: "gone" });
  const finished = await rotateCa("--finish");
  expect(finished.text).toContain(
    "The authorities before are not trusted any more: server-ca, client-ca, request-header-ca",
  );
  expect(finished.code).toBe(0);
  const after = await presentKubectl("after");
  for (const kubectl of [both, after]) await seesNode(kubectl);
  expect((await before.try("", "get", "nodes")).stderr).toContain("certificate signed by unknown authority");
  await until(() => credentials.serverAuthority === plane.api.pki.authorities["server-ca"]);
  expect(splitCertificates(credentials.serverAuthority)).toHaveLength(1);
  expect((await client.get("Node", { name: "follower" })).metadata.name).toBe("follower");
  expect(await askKubelet(after)).toBe("kube-apiserver-kubelet-client\n");
  const trust = () =>
    plane.client.get("ConfigMap", { namespace: "kube-system", name: "extension-apiserver-authentication" });
  await until(
    async () => (await trust()).data?.["client-ca-file"] === plane.api.pki.authorities["client-ca"],
  );
  // Whoever shows a certificate of an authority that has ended is nobody, also with a new kubeconfig's trust.
  const stale = await presentKubectl("stale", formerAdmin);
  expect((await stale.try("", "get", "nodes")).stderr).toContain("You must be logged in to the server");
  // A node that was told nothing needs another token; one that was comes back with the one that it has.
  const again = await joiningHost(plane, { nodeName: "follower", text: formerToken, home: "follower" }).begin(
    new AbortController().signal,
  );
  expect(again.serverAuthority).toBe(plane.api.pki.authorities["server-ca"]);
}, 30_000);
