/** Requests that two programs on their way could take for different ones, and what they say of their sender. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Credential } from "#pki/certificate.ts";
import { AttackedCluster, send } from "./attacked-cluster.ts";
import { codesOf, exchangeRaw, openRaw } from "./raw-connection.ts";

const HOST = "Host: localhost\r\n";
/** What would be hidden behind another request. */
const HIDDEN = `GET /healthz HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`;

let cluster: AttackedCluster;
let jane: Credential;
beforeAll(async () => {
  cluster = await AttackedCluster.start();
  jane = await cluster.certificate({ subject: { commonName: "jane" } });
  const admin = await cluster.as("system:admin", "system:masters");
  const rbac = "rbac.authorization.k8s.io";
  await send(admin, `POST /apis/${rbac}/v1/clusterroles`, {
    metadata: { name: "as-sam" },
    rules: [{ apiGroups: [""], resources: ["users"], resourceNames: ["sam"], verbs: ["impersonate"] }],
  });
  await send(admin, `POST /apis/${rbac}/v1/clusterrolebindings`, {
    metadata: { name: "as-sam" },
    roleRef: { apiGroup: rbac, kind: "ClusterRole", name: "as-sam" },
    subjects: [{ kind: "User", apiGroup: rbac, name: "jane" }],
  });
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

describe("what is allowed", () => {
  test("requests one behind the other, with and without bodies", async () => {
    const first = `GET /version HTTP/1.1\r\n${HOST}\r\n`;
    const second = `POST /healthz HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n`;
    expect(codesOf(await exchangeRaw(cluster, first + second + HIDDEN))).toEqual([200, 200, 200]);
  });

  test("impersonation of who one may be", async () => {
    expect(await asks("Impersonate-User: sam\r\n")).toContain('User \\"sam\\" cannot list');
  });
});

/** What jane hears who asks with these headers for what she may not see. */
async function asks(headers: string, credential: Credential | undefined = jane): Promise<string> {
  const bytes = `GET /api/v1/nodes HTTP/1.1\r\n${HOST}Connection: close\r\n${headers}\r\n`;
  return await exchangeRaw(cluster, bytes, credential);
}

describe("a request says nothing of its sender", () => {
  const attacks: { name: string; headers: string }[] = [
    {
      name: "by headers of a front proxy",
      headers: "X-Remote-User: system:admin\r\nX-Remote-Group: system:masters\r\n",
    },
    {
      name: "by headers of another front proxy",
      headers: "X-Forwarded-User: system:admin\r\nRemote-User: system:admin\r\n",
    },
    {
      name: "by headers with underscores",
      headers: "X_Remote_User: system:admin\r\nImpersonate_User: system:admin\r\n",
    },
    {
      name: "by headers that are for one connection",
      headers:
        "Connection: X-Remote-User\r\nX-Remote-User: system:admin\r\nX-Remote-Group: system:masters\r\n",
    },
    {
      name: "by a certificate in a header",
      headers: "X-SSL-Client-Cert: a\r\nX-Client-CN: system:admin\r\n",
    },
    { name: "by an address in a header", headers: "X-Forwarded-For: 127.0.0.1\r\nX-Real-IP: 127.0.0.1\r\n" },
    { name: "by a query in a header", headers: "Impersonate-User-Agent: system:admin\r\n" },
  ];
  test.each(attacks)("$name", async ({ headers }) => {
    const answer = await asks(headers);
    expect([codesOf(answer), answer]).toEqual([
      [403],
      expect.stringContaining('User \\"jane\\" cannot list'),
    ]);
  });

  test.each(attacks)("$name, without a certificate", async ({ headers }) => {
    const bytes = `GET /api/v1/nodes HTTP/1.1\r\n${HOST}Connection: close\r\n${headers}\r\n`;
    expect(codesOf(await exchangeRaw(cluster, bytes))).toEqual([401]);
  });

  test("by a second user to be", async () => {
    const answer = await asks("Impersonate-User: sam\r\nImpersonate-User: system:admin\r\n");
    expect(answer).toContain('User \\"sam\\" cannot list');
  });

  test.each([
    "Impersonate-Group: dev\r\nImpersonate-Group: system:masters\r\n",
    "impersonate-GROUP: system:masters\r\n",
  ])("by groups to be in: %j", async (headers) => {
    expect(await asks(`Impersonate-User: sam\r\n${headers}`)).toContain("cannot impersonate");
  });

  test("by a second token", async () => {
    const token = await cluster.token("robot");
    const headers = `Authorization: Bearer nonsense\r\nAuthorization: Bearer ${token}\r\n`;
    const bytes = `GET /api HTTP/1.1\r\n${HOST}Connection: close\r\n${headers}\r\n`;
    expect(codesOf(await exchangeRaw(cluster, bytes))).toEqual([401]);
  });
});

describe("a head that is not clear is refused", () => {
  const attacks: { name: string; head: string }[] = [
    { name: "a blank in a name", head: `GET /version HTTP/1.1\r\n${HOST}X Remote-User: a\r\n` },
    { name: "a blank behind a name", head: `GET /version HTTP/1.1\r\n${HOST}Impersonate-User : a\r\n` },
    { name: "a folded line", head: `GET /version HTTP/1.1\r\n${HOST}X-A: a\r\n Impersonate-User: b\r\n` },
    { name: "a null byte in a value", head: `GET /version HTTP/1.1\r\n${HOST}X-A: a\0b\r\n` },
    { name: "a null byte in a name", head: `GET /version HTTP/1.1\r\n${HOST}X\0A: a\r\n` },
    { name: "half a line end", head: `GET /version HTTP/1.1\r\n${HOST}X-A: a\rImpersonate-User: c\r\n` },
    { name: "the other half", head: "GET /version HTTP/1.1\nHost: localhost\nX-A: a\n" },
    { name: "no colon", head: `GET /version HTTP/1.1\r\n${HOST}X-A\r\n` },
    { name: "no name", head: `GET /version HTTP/1.1\r\n${HOST}: a\r\n` },
    { name: "no host", head: "GET /version HTTP/1.1\r\n" },
    { name: "two hosts", head: `GET /version HTTP/1.1\r\n${HOST}Host: example.com\r\n` },
    { name: "a host that is none", head: "GET /version HTTP/1.1\r\nHost: a/b c\r\n" },
    { name: "tabs for blanks", head: `GET\t/version\tHTTP/1.1\r\n${HOST}` },
    { name: "a blank in its address", head: `GET /version /healthz HTTP/1.1\r\n${HOST}` },
    { name: "a null byte in its method", head: `G\0ET /version HTTP/1.1\r\n${HOST}` },
    { name: "no version", head: "GET /version\r\n" },
    { name: "a version to come", head: `GET /version HTTP/3.0\r\n${HOST}` },
    { name: "the beginning of HTTP/2", head: "PRI * HTTP/2.0\r\n\r\nSM\r\n" },
  ];
  test.each(attacks)("$name", async ({ head }) => {
    expect(codesOf(await exchangeRaw(cluster, `${head}\r\n`))).toEqual([400]);
  });
});

describe("a body that is not clear hides no request", () => {
  const post = `POST /version HTTP/1.1\r\n${HOST}`;
  const chunked = `${post}Transfer-Encoding: chunked\r\n\r\n`;
  const attacks: { name: string; bytes: string }[] = [
    {
      name: "with a length and chunks",
      bytes: `${post}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    },
    {
      name: "with chunks and a length",
      bytes: `${post}Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n`,
    },
    {
      name: "with two codings",
      bytes: `${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n`,
    },
    {
      name: "with two codings in one line",
      bytes: `${post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
    },
    { name: "with a coding that nobody knows", bytes: `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n` },
    { name: "with a hidden coding", bytes: `${post}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n` },
    { name: "with a blank behind the name", bytes: `${post}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n` },
    {
      name: "with chunks of an old version",
      bytes: `POST /version HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    },
    { name: "with two lengths", bytes: `${post}Content-Length: 5\r\nContent-Length: 0\r\n\r\nabcde` },
    { name: "with a list of lengths", bytes: `${post}Content-Length: 0, 5\r\n\r\n` },
    { name: "with a sign before the length", bytes: `${post}Content-Length: +0\r\n\r\n` },
    { name: "with a negative length", bytes: `${post}Content-Length: -1\r\n\r\n` },
    { name: "with a hexadecimal length", bytes: `${post}Content-Length: 0x0\r\n\r\n` },
    { name: "with a length beyond all", bytes: `${post}Content-Length: 18446744073709551616\r\n\r\n` },
    { name: "with an empty length", bytes: `${post}Content-Length: \r\n\r\n` },
    { name: "with a chunk of another notation", bytes: `${chunked}0x0\r\n\r\n` },
    { name: "with a negative chunk", bytes: `${chunked}-1\r\n\r\n` },
    { name: "with a chunk beyond all", bytes: `${chunked}FFFFFFFFFFFFFFFFF0\r\n\r\n` },
    { name: "with half line ends", bytes: `${chunked}1\na\n0\n\n` },
    { name: "with a chunk that is longer than it says", bytes: `${chunked}1\r\nab\r\n0\r\n\r\n` },
    { name: "with a line in the extension of a chunk", bytes: `${chunked}1;a\nb\r\na\r\n0\r\n\r\n` },
  ];
  test.each(attacks)("$name", async ({ bytes }) => {
    expect(codesOf(await exchangeRaw(cluster, bytes + HIDDEN))).toEqual([400]);
  });
});

describe("an upgrade hides no request", () => {
  const upgrade = (protocol: string, more = ""): string =>
    `POST /api/v1/namespaces/default/pods/x/exec?command=a HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: ${protocol}\r\n${more}\r\n`;

  test.each([
    ["that is refused", upgrade("SPDY/3.1")],
    ["with a body", `${upgrade("SPDY/3.1", "Content-Length: 5\r\n")}abcde`],
    ["to what nobody knows", upgrade("nothing")],
    ["to HTTP/2", upgrade("h2c", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n")],
  ])("%s", async (_name, bytes) => {
    const codes = codesOf(await exchangeRaw(cluster, bytes + HIDDEN, jane));
    expect([codes.length, codes.includes(101), (codes[0] ?? 0) >= 400]).toEqual([1, false, true]);
  });

  test("to another host", async () => {
    const socket = await openRaw(cluster, jane);
    const closed = new Promise((resolve) => socket.once("close", resolve));
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.write(`CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\n\r\n${HIDDEN}`);
    await closed;
    expect(Buffer.concat(chunks).toString()).not.toContain(" 200 ");
  });
});
