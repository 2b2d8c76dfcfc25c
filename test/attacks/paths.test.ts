/** Paths that mean one thing to who checks a request and another to who carries it out: there are none. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Credential } from "#pki/certificate.ts";
import { AttackedCluster, send } from "./attacked-cluster.ts";
import { codesOf, exchangeRaw } from "./raw-connection.ts";

const MARK = "crown-jewels";
const ENCODED_MARK = btoa(MARK);

let cluster: AttackedCluster;
let jane: Credential;
beforeAll(async () => {
  cluster = await AttackedCluster.start();
  jane = await cluster.certificate({ subject: { commonName: "jane" } });
  const { client } = cluster;
  for (const [namespace, name, text] of [
    ["kube-system", "crown", MARK],
    ["default", "own", "own"],
  ] as const) {
    const metadata = { name, namespace };
    await client.create("Secret", { apiVersion: "v1", kind: "Secret", metadata, stringData: { text } });
  }
  const rbac = { apiVersion: "rbac.authorization.k8s.io/v1" } as const;
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", name: "reader" };
  const subjects = [{ kind: "User", apiGroup: "rbac.authorization.k8s.io", name: "jane" }];
  const metadata = { name: "reader" };
  await client.create("Role", {
    ...rbac,
    kind: "Role",
    metadata: { ...metadata, namespace: "default" },
    rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }],
  });
  await client.create("RoleBinding", {
    ...rbac,
    kind: "RoleBinding",
    metadata: { ...metadata, namespace: "default" },
    roleRef: { ...roleRef, kind: "Role" },
    subjects,
  });
  await client.create("ClusterRole", {
    ...rbac,
    kind: "ClusterRole",
    metadata,
    rules: [
      { nonResourceURLs: ["/healthz/*"], verbs: ["get"] },
      { apiGroups: ["a.example.com"], resources: ["*"], verbs: ["*"] },
    ],
  });
  await client.create("ClusterRoleBinding", {
    ...rbac,
    kind: "ClusterRoleBinding",
    metadata,
    roleRef: { ...roleRef, kind: "ClusterRole" },
    subjects,
  });
  await defineThings("a.example.com", "Namespaced");
  await defineThings("b.example.com", "Cluster");
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

async function defineThings(group: string, scope: "Namespaced" | "Cluster"): Promise<void> {
  const admin = await cluster.as("system:admin", "system:masters");
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  await send(admin, "POST /apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
    metadata: { name: `things.${group}` },
    spec: {
      group,
      scope,
      names: { plural: "things", singular: "thing", kind: "Thing", listKind: "ThingList" },
      versions: [{ name: "v1", served: true, storage: true, schema }],
    },
  });
  const place = scope === "Cluster" ? "" : "namespaces/kube-system/";
  const path = `/apis/${group}/v1/${place}things`;
  const thing = { apiVersion: `${group}/v1`, kind: "Thing", metadata: { name: "crown" }, text: MARK };
  for (let made = 0; made !== 201; ) made = (await send(admin, `POST ${path}`, thing)).code;
}

async function ask(
  target: string,
  method = "GET",
  credential: Credential | undefined = jane,
): Promise<string> {
  return await exchangeRaw(
    cluster,
    `${method} ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    credential,
  );
}

function isSilent(answer: string): boolean {
  return !answer.includes(MARK) && !answer.includes(ENCODED_MARK);
}

describe("what is allowed", () => {
  test.each(["/api/v1/namespaces/default/secrets/own", "/healthz/ping", "/apis/a.example.com/v1/things"])(
    "%s",
    async (path) => {
      expect(codesOf(await ask(path))).toEqual([200]);
    },
  );
});

const CROWN = "kube-system/secrets/crown";
const IN = "/api/v1/namespaces";

describe("a Secret of another namespace is not read", () => {
  const attacks: { name: string; target: string; code: number }[] = [
    { name: "by its own path", target: `${IN}/${CROWN}`, code: 403 },
    { name: "with a slash at the end", target: `${IN}/${CROWN}/`, code: 403 },
    { name: "with two slashes at the end", target: `${IN}/${CROWN}//`, code: 404 },
    { name: "with two slashes at the beginning", target: `/${IN}/${CROWN}`, code: 404 },
    { name: "with two slashes in between", target: `/api//v1/namespaces/${CROWN}`, code: 404 },
    { name: "with no namespace", target: `${IN}//secrets/crown`, code: 404 },
    { name: "through a dot", target: `/api/./v1/namespaces/${CROWN}`, code: 404 },
    { name: "through dots", target: `${IN}/default/../${CROWN}`, code: 404 },
    { name: "through dots of a resource", target: `${IN}/default/secrets/../../${CROWN}`, code: 404 },
    { name: "through dots of what is open", target: `/healthz/..${IN}/${CROWN}`, code: 404 },
    { name: "through dots of discovery", target: `/api/../api/v1/namespaces/${CROWN}`, code: 404 },
    { name: "through encoded dots", target: `${IN}/default/%2e%2e/${CROWN}`, code: 404 },
    { name: "through half encoded dots", target: `${IN}/default/.%2E/${CROWN}`, code: 404 },
    { name: "through twice encoded dots", target: `${IN}/default/%252e%252e/${CROWN}`, code: 404 },
    { name: "through encoded slashes", target: `${IN}/default%2f..%2f${CROWN}`, code: 404 },
    {
      name: "by a name with encoded slashes",
      target: `${IN}/default/secrets/..%2F..%2F${CROWN.replaceAll("/", "%2F")}`,
      code: 404,
    },
    { name: "by an encoded path", target: `${IN}%2F${CROWN.replaceAll("/", "%2f")}`, code: 403 },
    { name: "by an encoded slash before its name", target: `${IN}/kube-system/secrets%2Fcrown`, code: 403 },
    { name: "by twice encoded slashes", target: `${IN}%252f${CROWN.replaceAll("/", "%252f")}`, code: 403 },
    {
      name: "by slashes in too many bytes",
      target: `${IN}/default/secrets/%c0%ae%c0%ae%c0%af${CROWN}`,
      code: 400,
    },
    { name: "by a broken encoding", target: `${IN}/%zz/${CROWN}`, code: 400 },
    { name: "by backslashes", target: `${IN}/default\\..\\${CROWN.replaceAll("/", "\\")}`, code: 403 },
    { name: "by encoded backslashes", target: `${IN}/default%5c..%5c${CROWN}`, code: 403 },
    { name: "by a semicolon", target: `${IN}/default;/../${CROWN}`, code: 404 },
    { name: "by parameters of a segment", target: `${IN}/default/..;x=y/${CROWN}`, code: 404 },
    { name: "by an encoded question mark", target: `/healthz%3f/..${IN}/${CROWN}`, code: 404 },
    { name: "by an encoded hash", target: `/healthz%23/..${IN}/${CROWN}`, code: 404 },
    { name: "by a null byte", target: `${IN}/${CROWN}%00`, code: 403 },
    { name: "by a null byte behind what is open", target: `/healthz%00/..${IN}/${CROWN}`, code: 404 },
    { name: "by an encoded line", target: `${IN}/${CROWN}%0d%0aX-Remote-User:%20admin`, code: 403 },
    { name: "in upper case", target: `${IN}/${CROWN}`.toUpperCase(), code: 403 },
    { name: "with its resource in upper case", target: `${IN}/kube-system/Secrets/crown`, code: 403 },
    { name: "with its namespace in upper case", target: `${IN}/KUBE-SYSTEM/secrets/crown`, code: 403 },
    { name: "by an absolute address", target: `https://localhost${IN}/${CROWN}`, code: 404 },
    { name: "by an address of another host", target: `http://example.com${IN}/${CROWN}`, code: 404 },
    {
      name: "by an address with what is open",
      target: `https://localhost/healthz/..${IN}/${CROWN}`,
      code: 404,
    },
    { name: "by a watch of old", target: `/api/v1/watch/namespaces/${CROWN}`, code: 403 },
    {
      name: "by a watch of old through dots",
      target: `/api/v1/watch/namespaces/default/../${CROWN}`,
      code: 404,
    },
    { name: "in a list of all", target: "/api/v1/secrets", code: 403 },
    {
      name: "in a list of all by its name",
      target: "/api/v1/secrets?fieldSelector=metadata.name%3Dcrown",
      code: 403,
    },
    {
      name: "through a proxy of its own",
      target: `${IN}/default/pods/gone/proxy/../../../../${CROWN}`,
      code: 404,
    },
    { name: "as another version", target: `/api/v2/namespaces/${CROWN}`, code: 403 },
    { name: "as a group of its own", target: `/apis/core/v1/namespaces/${CROWN}`, code: 403 },
    { name: "behind what is open", target: `/healthz/api/v1/namespaces/${CROWN}`, code: 404 },
  ];
  test.each(attacks)("$name", async ({ target, code }) => {
    const answer = await ask(target);
    expect([codesOf(answer), isSilent(answer)]).toEqual([[code], true]);
  });

  test.each(["?namespace=kube-system", "?fieldSelector=metadata.namespace%3Dkube-system"])(
    "by a list of its own with %s",
    async (query) => {
      expect(isSilent(await ask(`${IN}/default/secrets${query}`))).toBeTrue();
    },
  );

  test("by the token of a page elsewhere", async () => {
    const token = { v: "meta.k8s.io/v1", rv: -1, start: "/../kube-system/a\0" };
    const page = Buffer.from(JSON.stringify(token)).toString("base64url");
    const answer = await ask(`${IN}/default/secrets?limit=9&continue=${page}`);
    expect([codesOf(answer), isSilent(answer)]).toEqual([[400], true]);
  });

  test.each([
    ["POST", 403],
    ["PUT", 403],
    ["PATCH", 403],
    ["DELETE", 403],
    ["HEAD", 403],
    ["get", 400],
    ["TRACE", 403],
    ["PROPFIND", 403],
  ] as const)("by %s", async (method, code) => {
    expect(codesOf(await ask(`${IN}/${CROWN}`, method))).toEqual([code]);
  });

  test("by a method in a header", async () => {
    const headers = {
      "x-http-method-override": "GET",
      "x-original-url": `${IN}/${CROWN}`,
      "x-rewrite-url": `${IN}/${CROWN}`,
    };
    const answer = await cluster
      .connect({ credential: jane, headers })
      .send({ path: `${IN}/default/secrets/own` });
    expect(isSilent(answer.text)).toBeTrue();
    const { code } = await send(cluster.connect({ credential: jane, headers }), `DELETE ${IN}/${CROWN}`);
    expect(code).toBe(403);
  });

  test("by another path over HTTP/2", async () => {
    const client = cluster.connect({ credential: jane });
    const targets = attacks.map(({ target }) => target).filter((target) => target.startsWith("/"));
    for (const target of targets) {
      const { status, text } = await client.send({ path: target });
      expect([target, status >= 400, isSilent(text)]).toEqual([target, true, true]);
    }
  });
});

describe("what is no resource is not read", () => {
  const attacks: { name: string; target: string; code: number }[] = [
    { name: "by its own path", target: "/metrics", code: 403 },
    { name: "through dots of what is open", target: "/healthz/../metrics", code: 404 },
    { name: "through encoded dots", target: "/healthz/%2e%2e/metrics", code: 404 },
    { name: "through encoded slashes", target: "/healthz/..%2fmetrics", code: 404 },
    { name: "with two slashes", target: "//metrics", code: 404 },
    { name: "with a slash at the end", target: "/metrics/", code: 403 },
    { name: "by an encoded question mark", target: "/metrics%3f", code: 403 },
    { name: "in upper case", target: "/METRICS", code: 403 },
    { name: "of the keys of Secrets", target: "/v1-kubelith/secrets-encrypt", code: 403 },
    {
      name: "of the keys of Secrets, through what is open",
      target: "/healthz/../v1-kubelith/secrets-encrypt",
      code: 404,
    },
    { name: "of certificates", target: "/v1-kubelith/certificates", code: 403 },
    { name: "of certificates, through joining", target: "/v1-kubelith/join/../certificates", code: 404 },
    { name: "of tunnels", target: "/v1-kubelith/connect", code: 403 },
  ];
  test.each(attacks)("$name", async ({ target, code }) => {
    expect(codesOf(await ask(target))).toEqual([code]);
  });

  test.each([
    ["/version/../metrics", 404],
    ["/livez/%2e%2e/metrics", 404],
    ["//version", 404],
    ["/metrics", 401],
    ["/v1-kubelith/secrets-encrypt", 401],
    ["/v1-kubelith/certificates", 401],
    ["/v1-kubelith/connect", 401],
    ["/readyz/../api/v1/secrets", 404],
  ] as const)("by nobody: %s", async (target, code) => {
    const bytes = `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
    expect(codesOf(await exchangeRaw(cluster, bytes))).toEqual([code]);
  });
});

describe("a custom resource is not read", () => {
  const attacks: { name: string; target: string; code: number }[] = [
    { name: "by its own path", target: "/apis/b.example.com/v1/things/crown", code: 403 },
    // CVE-2022-3162
    {
      name: "through dots of another group",
      target: "/apis/a.example.com/v1/../../b.example.com/v1/things",
      code: 404,
    },
    {
      name: "through encoded dots of another group",
      target: "/apis/a.example.com/v1/%2e%2e/%2e%2e/b.example.com/v1/things",
      code: 404,
    },
    {
      name: "through a name of another group",
      target: "/apis/a.example.com/v1/..%2f..%2fb.example.com/v1/things",
      code: 404,
    },
    // CVE-2019-11247
    {
      name: "in a namespace when it is in none",
      target: "/apis/b.example.com/v1/namespaces/default/things/crown",
      code: 404,
    },
    {
      name: "in a list of a namespace when it is in none",
      target: "/apis/b.example.com/v1/namespaces/default/things",
      code: 404,
    },
  ];
  test.each(attacks)("$name", async ({ target, code }) => {
    const answer = await ask(target);
    expect([codesOf(answer), isSilent(answer)]).toEqual([[code], true]);
  });

  test("or deleted in a namespace when it is in none", async () => {
    expect(codesOf(await ask("/apis/b.example.com/v1/namespaces/default/things/crown", "DELETE"))).toEqual([
      404,
    ]);
  });
});
