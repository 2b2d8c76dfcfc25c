/** Who a node whose kubelet has been taken over can become: nobody else. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createCertificateRequest, generateKey } from "#pki/certificate.ts";
import { aPod } from "#testing/objects.ts";
import { send } from "./attacked-cluster.ts";
import { aPodOn, IN, PROJECTED_TOKEN, startAttackedNodes, tokenFor } from "./attacked-nodes.ts";
import { type Attack, expectRefusal } from "./refusal.ts";

const UNRELATED = "no relationship found between node 'n1' and this object";

let nodes: Awaited<ReturnType<typeof startAttackedNodes>>;
beforeAll(async () => {
  nodes = await startAttackedNodes();
});
afterAll(() => nodes?.[Symbol.asyncDispose]());

test("what is allowed: tokens for pods on the node", async () => {
  const token = `POST ${IN}/serviceaccounts/own/token`;
  expect((await send(nodes.n1, token, tokenFor(nodes.pods.mine))).code).toBe(201);
});

describe("a node does not become", () => {
  const aMirror = (changes: object) => () => ({
    ...aPod("mirror", {
      namespace: "default",
      annotations: { "kubernetes.io/config.mirror": "x" },
      ownerReferences: [
        { apiVersion: "v1", kind: "Node", name: "n1", uid: nodes.node.metadata.uid, controller: true },
      ],
      spec: { nodeName: "n1", ...changes },
    }),
  });
  const aRequest = (signer: string, commonName: string) => () => ({
    metadata: { generateName: "r-" },
    spec: {
      signerName: `kubernetes.io/${signer}`,
      usages: ["digital signature", signer === "kubelet-serving" ? "server auth" : "client auth"],
      request: btoa(createCertificateRequest({ commonName, organizations: ["system:nodes"] }, generateKey())),
    },
  });
  const REQUESTS = "POST /apis/certificates.k8s.io/v1/certificatesigningrequests";
  const TOKEN = `POST ${IN}/serviceaccounts/own/token`;

  const attacks: Attack[] = [
    {
      name: "a user of pods",
      what: `POST ${IN}/pods`,
      body: () => aPodOn("n1", "new", "own"),
      why: 'node "n1" can only create mirror pods',
    },
    {
      name: "an account, by a mirror",
      what: `POST ${IN}/pods`,
      body: aMirror({ serviceAccountName: "foreign" }),
      why: "a mirror pod may not reference service accounts",
    },
    {
      name: "a reader of Secrets, by a mirror",
      what: `POST ${IN}/pods`,
      body: aMirror({ volumes: [{ name: "s", secret: { secretName: "foreign" } }] }),
      why: "a mirror pod may not reference secrets",
    },
    {
      name: "a reader of Secrets, by the environment of a mirror",
      what: `POST ${IN}/pods`,
      body: aMirror({
        containers: [{ name: "c", image: "i", envFrom: [{ secretRef: { name: "foreign" } }] }],
      }),
      why: "a mirror pod may not reference secrets",
    },
    {
      name: "a reader of ConfigMaps, by a mirror",
      what: `POST ${IN}/pods`,
      body: aMirror({ volumes: [{ name: "m", configMap: { name: "foreign" } }] }),
      why: "can not create pods that reference configmaps",
    },
    {
      name: "a user of claims, by a mirror",
      what: `POST ${IN}/pods`,
      body: aMirror({ volumes: [{ name: "c", persistentVolumeClaim: { claimName: "foreign" } }] }),
      why: "can not create pods that reference persistentvolumeclaims",
    },
    {
      // CVE-2025-4563
      name: "a user of devices, by a mirror",
      what: `POST ${IN}/pods`,
      body: aMirror({ resourceClaims: [{ name: "d", resourceClaimName: "foreign" }] }),
      why: "can not create pods that reference resourceclaims",
    },
    {
      name: "an account, by the token volume of a mirror",
      what: `POST ${IN}/pods`,
      body: aMirror({ volumes: [{ name: "t", projected: PROJECTED_TOKEN }] }),
      why: "a mirror pod may not use ServiceAccountToken volume projections",
    },
    {
      name: "another node, by a mirror",
      what: `POST ${IN}/pods`,
      body: aMirror({ nodeName: "n2" }),
      why: "can only create pods with spec.nodeName set to itself",
    },
    {
      name: "the account of a pod elsewhere",
      what: `POST ${IN}/serviceaccounts/foreign/token`,
      body: () => tokenFor(nodes.pods.theirs),
      why: UNRELATED,
    },
    {
      name: "an account, by a token for a pod elsewhere",
      what: TOKEN,
      body: () => tokenFor(nodes.pods.theirs),
      why: "node requested token bound to a pod scheduled on a different node",
    },
    {
      name: "an account, by a token for no pod",
      what: TOKEN,
      body: () => tokenFor(nodes.pods.mine, { boundObjectRef: undefined }),
      why: "node requested token not bound to a pod",
    },
    {
      name: "an account, by a token for a pod that was",
      what: TOKEN,
      body: () =>
        tokenFor(nodes.pods.mine, {
          boundObjectRef: { apiVersion: "v1", kind: "Pod", name: "mine", uid: "old" },
        }),
      why: "does not match the UID in record",
    },
    {
      name: "an account, by a token for others' audiences",
      what: TOKEN,
      body: () => tokenFor(nodes.pods.mine, { audiences: ["vault"] }),
      why: 'audience "vault" not found in pod spec volume',
    },
    {
      name: "another node, by a client certificate",
      what: REQUESTS,
      body: aRequest("kube-apiserver-client-kubelet", "system:node:n2"),
      why: "can only create a node CSR with CN=system:node:n1",
    },
    {
      name: "another node, by a server's certificate",
      what: REQUESTS,
      body: aRequest("kubelet-serving", "system:node:n2"),
      why: "can only create a node CSR with CN=system:node:n1",
    },
    {
      name: "whoever it likes, by approving",
      what: "PATCH /apis/certificates.k8s.io/v1/certificatesigningrequests/r/approval",
      body: () => ({ status: {} }),
      why: 'cannot patch resource "certificatesigningrequests/approval"',
    },
  ];
  test.each(attacks)("$name", (attack) => expectRefusal(nodes.n1, attack));

  test("another, by impersonation", async () => {
    const headers = { "impersonate-user": "system:node:n2", "impersonate-group": "system:nodes" };
    const credential = await nodes.cluster.certificate({
      subject: { commonName: "system:node:n1", organizations: ["system:nodes"] },
    });
    const client = nodes.cluster.connect({ credential, headers });
    await expectRefusal(client, { what: "GET /api/v1/nodes/n2", why: "cannot impersonate" });
  });

  test("anybody when it is not a member of the nodes", async () => {
    const client = await nodes.cluster.as("system:node:n1");
    await expectRefusal(client, { what: "GET /api/v1/nodes/n1", why: 'cannot get resource "nodes"' });
  });

  test("anybody when it has no name", async () => {
    const client = await nodes.cluster.as("system:node:", "system:nodes");
    await expectRefusal(client, { what: `GET ${IN}/secrets/own`, why: "unknown node for user" });
  });
});
