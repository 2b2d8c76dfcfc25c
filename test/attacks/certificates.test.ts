/**
 * Certificates that make nobody of their holder. Those that have expired, are not valid yet, are of strangers, of the other
 * authorities or for servers are tried in `../integration/front/authentication.test.ts`, over both versions of HTTP.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Credential, generateKey } from "#pki/certificate.ts";
import { AttackedCluster, send } from "./attacked-cluster.ts";

let cluster: AttackedCluster;
beforeAll(async () => {
  cluster = await AttackedCluster.start();
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

const ADMIN = { commonName: "system:admin", organizations: ["system:masters"] };

async function whoIs(credential: Credential): Promise<string> {
  const client = cluster.connect({ credential });
  const { code, document } = await send(client, "POST /apis/authentication.k8s.io/v1/selfsubjectreviews", {});
  if (code !== 201) return String(code);
  return (document as { status: { userInfo: { username: string } } }).status.userInfo.username;
}

/** Behind a certificate of its own that `authority` has signed. */
async function throughAnother(between: Credential, commonName: string): Promise<Credential> {
  const issuer = { subject: { commonName }, key: between.key };
  const { key, certificate } = await cluster.certificate({ subject: ADMIN }, issuer);
  return { key, certificate: certificate + between.certificate };
}

describe("what is allowed", () => {
  test("a certificate of the authority of clients", async () => {
    expect(await whoIs(await cluster.certificate({ subject: ADMIN }))).toBe("system:admin");
  });

  test("and one through an authority that it has signed", async () => {
    const between = await cluster.certificate({ subject: { commonName: "between" }, usage: "authority" });
    expect(await whoIs(await throughAnother(between, "between"))).toBe("system:admin");
  });
});

describe("a certificate is refused", () => {
  const attacks: { name: string; make: () => Promise<Credential> }[] = [
    {
      name: "that has signed itself",
      make: async () => {
        const key = generateKey();
        return await cluster.certificate({ subject: ADMIN }, { subject: ADMIN, key });
      },
    },
    {
      name: "of an authority that has taken the name of that of clients",
      make: async () => {
        const { subject } = await cluster.authority("client-ca");
        return await cluster.certificate({ subject: ADMIN }, { subject, key: generateKey() });
      },
    },
    {
      name: "that a client has signed",
      make: async () => {
        const client = await cluster.certificate({ subject: { commonName: "jane" } });
        return await throughAnother(client, "jane");
      },
    },
    {
      name: "that a server has signed",
      make: async () => {
        const server = await cluster.certificate(
          { subject: { commonName: "n1" }, usage: "serverAuth" },
          "server-ca",
        );
        return await throughAnother(server, "n1");
      },
    },
    {
      name: "of a front proxy as a client",
      make: () => Promise.resolve(cluster.pki.credentials["client-auth-proxy"]),
    },
    {
      name: "of a kubelet's server as a client",
      make: () =>
        cluster.certificate({ subject: { commonName: "system:node:n1" }, usage: "serverAuth" }, "server-ca"),
    },
    {
      name: "of the API server as a client",
      make: () => Promise.resolve(cluster.pki.credentials["serving-kube-apiserver"]),
    },
    { name: "that names nobody", make: () => cluster.certificate({ subject: { commonName: "" } }) },
  ];
  test.each(attacks)("$name", async ({ make }) => {
    expect(await whoIs(await make())).toBe("401");
  });
});
