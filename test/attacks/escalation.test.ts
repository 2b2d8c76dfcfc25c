/** What somebody with few rights makes of them: no more. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { PolicyRule } from "#api/generated/rbac-v1.ts";
import { createCertificateRequest, generateKey, type Subject } from "#pki/certificate.ts";
import { CERTIFICATE } from "#testing/certificates.ts";
import { aPod } from "#testing/objects.ts";
import type { HttpClient } from "../integration/front/http-client.ts";
import { AttackedCluster, send } from "./attacked-cluster.ts";
import { type Attack, expectRefusal } from "./refusal.ts";

const RBAC = "rbac.authorization.k8s.io";
const ROLES = `/apis/${RBAC}/v1/namespaces/team`;
const IN = "/api/v1/namespaces/team";
const CERTS = "certificates.k8s.io";
const REQUESTS = `/apis/${CERTS}/v1/certificatesigningrequests`;
const BUNDLES = `/apis/${CERTS}/v1beta1/clustertrustbundles`;
const EVERYTHING: PolicyRule = { apiGroups: ["*"], resources: ["*"], verbs: ["*"] };
const WRITES = ["get", "list", "create", "update", "patch", "delete"];

let cluster: AttackedCluster;
let jane: HttpClient;
beforeAll(async () => {
  cluster = await AttackedCluster.start();
  jane = await cluster.as("jane");
  const { client } = cluster;
  const core = { apiVersion: "v1" } as const;
  await client.create("Namespace", { ...core, kind: "Namespace", metadata: { name: "team" }, spec: {} });
  for (const name of ["default", "strong"]) {
    const annotations = name === "default" ? {} : { "kubernetes.io/enforce-mountable-secrets": "true" };
    const metadata = { name, namespace: "team", annotations };
    await send(await admin(), `POST ${IN}/serviceaccounts`, { ...core, kind: "ServiceAccount", metadata });
    await send(await admin(), `PATCH ${IN}/serviceaccounts/${name}`, { metadata: { annotations } });
  }
  await client.create("Pod", aPod("victim", { namespace: "team", spec: { serviceAccountName: "default" } }));
  await client.create("Pod", aPod("strong", { namespace: "team", spec: { serviceAccountName: "strong" } }));
  await client.create("Secret", { ...core, kind: "Secret", metadata: { name: "open", namespace: "team" } });
  await grant("Role", "worker", [
    { apiGroups: [RBAC], resources: ["roles", "rolebindings"], verbs: WRITES },
    { apiGroups: [""], resources: ["pods", "serviceaccounts"], verbs: WRITES },
    { apiGroups: [""], resources: ["pods/status"], verbs: ["patch"] },
    { apiGroups: [""], resources: ["secrets"], resourceNames: ["open"], verbs: ["get"] },
  ]);
  await grant("Role", "spare", [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }]);
  await grant("ClusterRole", "requester", [
    { apiGroups: [RBAC], resources: ["clusterroles", "clusterrolebindings"], verbs: WRITES },
    {
      apiGroups: ["certificates.k8s.io"],
      resources: [
        "certificatesigningrequests",
        "certificatesigningrequests/approval",
        "certificatesigningrequests/status",
      ],
      verbs: WRITES,
    },
    { apiGroups: [CERTS], resources: ["clustertrustbundles"], verbs: WRITES },
    { apiGroups: [CERTS], resources: ["signers"], resourceNames: ["example.com/own"], verbs: ["attest"] },
    { apiGroups: [""], resources: ["users"], resourceNames: ["sam"], verbs: ["impersonate"] },
  ]);
  const rules = [{ apiGroups: [""], resources: ["secrets"], verbs: ["get", "list"] }];
  await send(await admin(), `POST ${ROLES}/roles`, { metadata: { name: "strong" }, rules });
  await send(await admin(), `POST ${ROLES}/rolebindings`, aBinding("strong", "Role", "strong", "lea"));
  const clusterRole = { metadata: { name: "strong" }, rules: [EVERYTHING] };
  await send(await admin(), `POST /apis/${RBAC}/v1/clusterroles`, clusterRole);
  await send(await admin(), `POST ${REQUESTS}`, aRequest("waiting", { commonName: "jane" })());
  await send(await admin(), `POST ${BUNDLES}`, aBundle("example.com:other:a", "example.com/other"));
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

const admin = (): Promise<HttpClient> => cluster.as("system:admin", "system:masters");

async function grant(
  kind: "Role" | "ClusterRole",
  name: string,
  rules: readonly PolicyRule[],
): Promise<void> {
  const path = kind === "Role" ? ROLES : `/apis/${RBAC}/v1`;
  const resource = kind === "Role" ? "role" : "clusterrole";
  await send(await admin(), `POST ${path}/${resource}s`, { metadata: { name }, rules });
  await send(await admin(), `POST ${path}/${resource}bindings`, aBinding(name, kind, name, "jane"));
}

function aBinding(name: string, kind: "Role" | "ClusterRole", role: string, user = "jane") {
  return {
    metadata: { name },
    roleRef: { apiGroup: RBAC, kind, name: role },
    subjects: [{ kind: "User", apiGroup: RBAC, name: user }],
  };
}

function aRequest(name: string, subject: Subject, signer = "kube-apiserver-client") {
  return () => ({
    metadata: { name },
    spec: {
      signerName: `kubernetes.io/${signer}`,
      usages: ["client auth"],
      request: btoa(createCertificateRequest(subject, generateKey())),
    },
  });
}

function aBundle(name: string, signerName = "") {
  return { metadata: { name }, spec: { ...(signerName !== "" && { signerName }), trustBundle: CERTIFICATE } };
}

describe("what is allowed", () => {
  test("trust bundles of nobody, and of a signer that one may attest for", async () => {
    expect((await send(jane, `POST ${BUNDLES}`, aBundle("own"))).code).toBe(201);
    expect((await send(jane, `POST ${BUNDLES}`, aBundle("example.com:own:a", "example.com/own"))).code).toBe(
      201,
    );
  });

  test("roles and bindings of what one has", async () => {
    const rules = [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }];
    expect((await send(jane, `POST ${ROLES}/roles`, { metadata: { name: "own" }, rules })).code).toBe(201);
    expect((await send(jane, `POST ${ROLES}/rolebindings`, aBinding("own", "Role", "own"))).code).toBe(201);
  });

  test("pods, a Secret by its name, and a request for a certificate", async () => {
    expect((await send(jane, `GET ${IN}/pods/victim`)).code).toBe(200);
    expect((await send(jane, `GET ${IN}/secrets/open`)).code).toBe(200);
    expect((await send(jane, `POST ${REQUESTS}`, aRequest("own", { commonName: "jane" })())).code).toBe(201);
  });
});

describe("roles do not give", () => {
  const NOT_HELD = "is attempting to grant RBAC permissions not currently held";
  const attacks: Attack[] = [
    {
      name: "more by a new role",
      what: `POST ${ROLES}/roles`,
      body: () => ({ metadata: { name: "more" }, rules: [EVERYTHING] }),
      why: NOT_HELD,
    },
    {
      name: "more by a change of one's own role",
      what: `PATCH ${ROLES}/roles/worker`,
      body: () => ({ rules: [EVERYTHING] }),
      why: NOT_HELD,
    },
    {
      name: "more by binding a role",
      what: `POST ${ROLES}/rolebindings`,
      body: () => aBinding("self", "Role", "strong"),
      why: NOT_HELD,
    },
    {
      name: "more by binding the administrator's",
      what: `POST ${ROLES}/rolebindings`,
      body: () => aBinding("self", "ClusterRole", "cluster-admin"),
      why: NOT_HELD,
    },
    {
      name: "more by binding the administrator's everywhere",
      what: `POST /apis/${RBAC}/v1/clusterrolebindings`,
      body: () => aBinding("self", "ClusterRole", "cluster-admin"),
      why: NOT_HELD,
    },
    {
      name: "more by becoming a subject",
      what: `PATCH ${ROLES}/rolebindings/strong`,
      body: () => ({ subjects: aBinding("", "Role", "").subjects }),
      why: NOT_HELD,
    },
    {
      name: "more by another role of a binding",
      what: `PATCH ${ROLES}/rolebindings/worker`,
      body: () => ({ roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: "cluster-admin" } }),
      why: NOT_HELD,
    },
    {
      name: "anybody another role of a binding",
      what: `PATCH ${ROLES}/rolebindings/worker`,
      body: () => ({ roleRef: { apiGroup: RBAC, kind: "Role", name: "spare" } }),
      code: 422,
      why: "cannot change roleRef",
    },
    {
      name: "more by a role that there is not yet",
      what: `POST ${ROLES}/rolebindings`,
      body: () => aBinding("self", "Role", "later"),
      code: 404,
      why: 'role.rbac.authorization.k8s.io "later" not found',
    },
    {
      name: "more by a new role that others gather",
      what: `POST /apis/${RBAC}/v1/clusterroles`,
      body: () => ({
        metadata: { name: "more", labels: { [`${RBAC}/aggregate-to-view`]: "true" } },
        rules: [EVERYTHING],
      }),
      why: NOT_HELD,
    },
    {
      name: "more by labelling a role that others gather",
      what: `PATCH /apis/${RBAC}/v1/clusterroles/strong`,
      body: () => ({ metadata: { labels: { [`${RBAC}/aggregate-to-view`]: "true" } } }),
      why: NOT_HELD,
    },
    {
      name: "more by gathering roles",
      what: `POST /apis/${RBAC}/v1/clusterroles`,
      body: () => ({
        metadata: { name: "more" },
        aggregationRule: { clusterRoleSelectors: [{ matchLabels: {} }] },
      }),
      why: "must have cluster-admin privileges to use the aggregationRule",
    },
    {
      name: "other verbs than they name",
      what: `GET ${IN}/secrets?fieldSelector=metadata.name=open`,
      why: 'cannot list resource "secrets"',
    },
    {
      name: "other names than they name",
      what: `GET ${IN}/secrets/closed`,
      why: 'cannot get resource "secrets"',
    },
    {
      name: "subresources that they do not name",
      what: `POST ${IN}/serviceaccounts/strong/token`,
      body: () => ({ spec: {} }),
      why: 'cannot create resource "serviceaccounts/token"',
    },
    {
      name: "other namespaces",
      what: "GET /api/v1/namespaces/default/pods",
      why: 'cannot list resource "pods" in API group "" in the namespace "default"',
    },
    {
      name: "webhooks that see everything",
      what: "POST /apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
      body: () => ({ metadata: { name: "spy" }, webhooks: [] }),
      why: 'cannot create resource "mutatingwebhookconfigurations"',
    },
    {
      name: "the groups of the API",
      what: "POST /apis/apiregistration.k8s.io/v1/apiservices",
      body: () => ({ metadata: { name: "v1.apps" } }),
      why: 'cannot create resource "apiservices"',
    },
  ];
  test.each(attacks)("$name", (attack) => expectRefusal(jane, attack));

  test.each(["system:masters", "system:admin", "system:kubelith", "system:kube-controller-manager"])(
    "anything to who is only called %s",
    async (name) => {
      const why = `User "${name}" cannot delete resource "nodes"`;
      await expectRefusal(await cluster.as(name), { what: "DELETE /api/v1/nodes/n1", why });
    },
  );
});

describe("impersonation does not make of somebody", () => {
  const attacks: { name: string; headers: Readonly<Record<string, string | string[]>> }[] = [
    { name: "the administrator", headers: { "impersonate-user": "system:admin" } },
    {
      name: "a member of the administrators",
      headers: { "impersonate-user": "sam", "impersonate-group": "system:masters" },
    },
    {
      name: "a member of the administrators among others",
      headers: { "impersonate-user": "sam", "impersonate-group": ["dev", "system:masters"] },
    },
    { name: "another with a uid", headers: { "impersonate-user": "sam", "impersonate-uid": "1" } },
    {
      name: "another with more facts",
      headers: { "impersonate-user": "sam", "impersonate-extra-scopes": "all" },
    },
    {
      name: "an account of the system",
      headers: { "impersonate-user": "system:serviceaccount:kube-system:namespace-controller" },
    },
    {
      name: "a node",
      headers: { "impersonate-user": "system:node:n1", "impersonate-group": "system:nodes" },
    },
    { name: "somebody of almost that name", headers: { "impersonate-user": "sam " + "x" } },
    { name: "nobody in particular", headers: { "impersonate-user": "system:anonymous" } },
  ];
  test.each(attacks)("$name", async ({ headers }) => {
    const credential = await cluster.certificate({ subject: { commonName: "jane" } });
    const client = cluster.connect({ credential, headers });
    await expectRefusal(client, { what: `GET ${IN}/pods`, why: " cannot impersonate" });
  });
});

describe("a certificate is not", () => {
  const attacks: Attack[] = [
    {
      name: "an administrator's by request",
      what: `POST ${REQUESTS}`,
      body: aRequest("root", { commonName: "jane", organizations: ["system:masters"] }),
      why: "use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed",
    },
    {
      name: "an administrator's by a second organization",
      what: `POST ${REQUESTS}`,
      body: aRequest("root", { commonName: "jane", organizations: ["dev", "system:masters"] }),
      why: "signer with system:masters group is not allowed",
    },
    {
      name: "approved by who may not approve for its signer",
      what: `PATCH ${REQUESTS}/waiting/approval`,
      body: () => ({
        status: { conditions: [{ type: "Approved", status: "True", reason: "r", message: "m" }] },
      }),
      why: 'user not permitted to approve requests with signerName "kubernetes.io/kube-apiserver-client"',
    },
    {
      name: "signed by who may not sign for its signer",
      what: `PATCH ${REQUESTS}/waiting/status`,
      body: () => ({
        status: { conditions: [{ type: "Failed", status: "True", reason: "r", message: "m" }] },
      }),
      why: 'user not permitted to sign requests with signerName "kubernetes.io/kube-apiserver-client"',
    },
  ];
  test.each(attacks)("$name", (attack) => expectRefusal(jane, attack));

  test("approved by its own request", async () => {
    const approved = { type: "Approved", status: "True", reason: "r", message: "m" };
    const request = { ...aRequest("hasty", { commonName: "jane" })(), status: { conditions: [approved] } };
    const { code, document } = await send(jane, `POST ${REQUESTS}`, request);
    expect([code, (document as { status?: object }).status]).toEqual([201, {}]);
  });

  test("of another requester than its sender", async () => {
    const { metadata, spec } = aRequest("spoofed", { commonName: "jane" })();
    const forged = { metadata, spec: { ...spec, username: "system:admin", groups: ["system:masters"] } };
    const { document } = await send(jane, `POST ${REQUESTS}`, forged);
    expect(document).toMatchObject({ spec: { username: "jane", groups: ["system:authenticated"] } });
  });
});

describe("a trust bundle is not", () => {
  const NOT_ATTESTED = 'user not permitted to attest for signerName "example.com/other"';
  test.each<Attack>([
    {
      name: "published for a signer by who may not attest",
      what: `POST ${BUNDLES}`,
      body: () => aBundle("example.com:other:b", "example.com/other"),
      why: NOT_ATTESTED,
    },
    {
      name: "changed for a signer by who may not attest",
      what: `PATCH ${BUNDLES}/example.com:other:a`,
      body: () => ({ metadata: { labels: { tier: "front" } } }),
      why: NOT_ATTESTED,
    },
    {
      name: "taken for a signer's by its name",
      what: `POST ${BUNDLES}`,
      body: () => aBundle("example.com:other:b"),
      code: 422,
      why: 'ClusterTrustBundle without signer name must not have ":" in its name',
    },
    {
      name: "taken for another signer's by its name",
      what: `POST ${BUNDLES}`,
      body: () => aBundle("example.com:other:b", "example.com/own"),
      code: 422,
      why: "must be named with prefix example.com:own:",
    },
    {
      name: "taken from its signer",
      what: `PATCH ${BUNDLES}/example.com:other:a`,
      body: () => ({ spec: { signerName: null } }),
      code: 422,
      why: "field is immutable",
    },
  ])("$name", (attack) => expectRefusal(jane, attack));
});

describe("a pod is not changed into", () => {
  const FIXED = "pod updates may not change fields other than";
  const attacks: Attack[] = [
    {
      name: "one that is debugged",
      what: `PATCH ${IN}/pods/victim`,
      body: () => ({ spec: { ephemeralContainers: [{ name: "d", image: "i" }] } }),
      code: 422,
      why: FIXED,
    },
    {
      name: "one of another account",
      what: `PATCH ${IN}/pods/victim`,
      body: () => ({ spec: { serviceAccountName: "strong" } }),
      code: 422,
      why: FIXED,
    },
    {
      name: "one that shares its host",
      what: `PATCH ${IN}/pods/victim`,
      body: () => ({ spec: { hostNetwork: true, hostPID: true } }),
      code: 422,
      why: FIXED,
    },
    {
      name: "one with a volume of its host",
      what: `PATCH ${IN}/pods/victim`,
      body: () => ({ spec: { volumes: [{ name: "h", hostPath: { path: "/" } }] } }),
      code: 422,
      why: FIXED,
    },
    {
      name: "one of another node",
      what: `PATCH ${IN}/pods/victim`,
      body: () => ({ spec: { nodeName: "n1" } }),
      code: 422,
      why: FIXED,
    },
    {
      name: "one that is debugged, by a subresource",
      what: `PATCH ${IN}/pods/victim/ephemeralcontainers`,
      body: () => ({ spec: { ephemeralContainers: [{ name: "d", image: "i" }] } }),
      why: 'cannot patch resource "pods/ephemeralcontainers"',
    },
    {
      name: "one on a node, by binding it",
      what: `POST ${IN}/pods/victim/binding`,
      body: () => ({ metadata: { name: "victim" }, target: { kind: "Node", name: "n1" } }),
      why: 'cannot create resource "pods/binding"',
    },
    {
      name: "a shell",
      what: `GET ${IN}/pods/victim/exec?command=sh`,
      why: 'cannot get resource "pods/exec"',
    },
    {
      name: "a way into the network",
      what: `GET ${IN}/pods/victim/proxy/`,
      why: 'cannot get resource "pods/proxy"',
    },
  ];
  test.each(attacks)("$name", (attack) => expectRefusal(jane, attack));

  test("another by its status", async () => {
    const change = {
      spec: { containers: [{ name: "c", image: "evil" }] },
      metadata: { annotations: { a: "b" } },
    };
    const { document } = await send(jane, `PATCH ${IN}/pods/victim/status`, change);
    const { client } = cluster;
    const { spec } = await client.get("Pod", { namespace: "team", name: "victim" });
    expect([spec.containers[0]?.image, document]).toEqual([
      expect.not.stringContaining("evil"),
      expect.anything(),
    ]);
  });

  test("somebody's token of a pod with another account", async () => {
    const spec = { boundObjectRef: { apiVersion: "v1", kind: "Pod", name: "strong" } };
    const what = `POST ${IN}/serviceaccounts/default/token`;
    await expectRefusal(await admin(), {
      what,
      body: () => ({ spec }),
      code: 400,
      why: 'cannot bind token for serviceaccount "default" to pod running with different serviceaccount name',
    });
  });
});

describe("an account that restricts its Secrets has no others", () => {
  const ref = { secretRef: { name: "closed" } };
  const key = { name: "A", valueFrom: { secretKeyRef: { name: "closed", key: "k" } } };
  const uses: { name: string; spec: object }[] = [
    { name: "as volumes", spec: { volumes: [{ name: "s", secret: { secretName: "closed" } }] } },
    { name: "in the environment", spec: { containers: [{ name: "c", image: "i", env: [key] }] } },
    // CVE-2024-3177
    { name: "as an environment", spec: { containers: [{ name: "c", image: "i", envFrom: [ref] }] } },
    {
      name: "in the environment of a start",
      spec: { initContainers: [{ name: "i", image: "i", env: [key] }] },
    },
    {
      name: "as an environment of a start",
      spec: { initContainers: [{ name: "i", image: "i", envFrom: [ref] }] },
    },
    { name: "for images", spec: { imagePullSecrets: [{ name: "closed" }] } },
  ];
  test.each(uses)("$name", async ({ spec }) => {
    const pod = aPod("thief", { namespace: "team", spec: { serviceAccountName: "strong", ...spec } });
    await expectRefusal(jane, {
      what: `POST ${IN}/pods`,
      body: () => pod,
      why: "is not allowed because service account",
    });
  });

  // CVE-2023-2728
  test.each([{ env: [key] }, { envFrom: [ref] }])("for debugging with %j", async (environment) => {
    const ephemeralContainers = [{ name: "d", image: "i", ...environment }];
    await expectRefusal(await admin(), {
      what: `PATCH ${IN}/pods/strong/ephemeralcontainers`,
      body: () => ({ spec: { ephemeralContainers } }),
      why: "is not allowed because service account",
    });
  });
});
