import { afterAll, beforeAll, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { decodeProtectedHeader, type JSONWebKeySet } from "jose";
import { newestKubectl } from "../integration/front/kubectl.ts";
import { startTestControlPlane, type TestControlPlane } from "./control-plane.ts";
import { runCommand } from "./run-command.ts";

let plane: TestControlPlane;
let dataDir: string;

beforeAll(async () => {
  plane = await startTestControlPlane();
  dataDir = join(plane.directory, "data");
});

afterAll(async () => {
  await plane[Symbol.asyncDispose]();
});

/** The serial number of the certificate that the server shows. */
function shownSerial(): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const { hostname, port } = new URL(plane.url);
  const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false }, () => {
    resolve(socket.getPeerX509Certificate()?.serialNumber ?? "");
    socket.destroy();
  });
  socket.on("error", reject);
  return promise;
}

const serialIn = async (name: string): Promise<string> =>
  new X509Certificate(await readFile(join(dataDir, "server/tls", name))).serialNumber;

test("a server that runs goes over to new certificates at once, and clients that it knew stay", async () => {
  const kubectl = newestKubectl(plane);
  const [shown, authority] = [await shownSerial(), await serialIn("server-ca.crt")];
  const { code, text } = await runCommand(
    "certificate",
    "rotate",
    "--data-dir",
    dataDir,
    "--kubeconfig",
    plane.kubeconfig,
  );
  expect(text).toBe(`Issued serving-kube-apiserver, client-admin, client-kube-apiserver, client-auth-proxy
The server uses serving-kube-apiserver, client-admin, client-kube-apiserver, client-auth-proxy
`);
  expect(code).toBe(0);
  expect(await shownSerial()).not.toBe(shown);
  expect(await shownSerial()).toBe(await serialIn("serving-kube-apiserver.crt"));
  expect(await serialIn("server-ca.crt")).toBe(authority);
  expect(await kubectl.run("get", "namespaces", "-o", "name")).toContain("namespace/default");
});

test("certificates of a server that is not told are issued all the same", async () => {
  const before = await serialIn("client-admin.crt");
  const nobody = join(plane.directory, "nosuch");
  const { code, text } = await runCommand(
    "certificate",
    "rotate",
    "--data-dir",
    dataDir,
    "--kubeconfig",
    nobody,
  );
  expect(code).toBe(0);
  expect(text).toContain("one that runs uses them within the hour");
  expect(await serialIn("client-admin.crt")).not.toBe(before);
  expect(await plane.api.pki.look()).toContain("client-admin");
});

test("the check shows every certificate, and fails for one that cannot be used", async () => {
  const check = () => runCommand("certificate", "check", "--data-dir", dataDir);
  const good = await check();
  expect(good.code).toBe(0);
  expect(
    good.text.replace(/\d{4}-\S+Z/g, "TIME").replace(/ +/g, " "),
  ).toBe(`CERTIFICATE EXPIRES DAYS LEFT AUTHORITY PROBLEM
server-ca TIME 3649 server-ca <none>
client-ca TIME 3649 client-ca <none>
request-header-ca TIME 3649 request-header-ca <none>
serving-kube-apiserver TIME 364 server-ca <none>
client-admin TIME 364 client-ca <none>
client-kube-apiserver TIME 364 client-ca <none>
client-auth-proxy TIME 364 request-header-ca <none>
`);
  await writeFile(join(dataDir, "server/tls/client-auth-proxy.crt"), "garbage");
  const broken = await check();
  expect(broken.code).toBe(1);
  expect(broken.text).toContain("cannot be read");
  expect(broken.text).toContain("kubelith: Certificates that cannot be used: client-auth-proxy\n");
});

test.each([
  ["check", "There are no certificates in"],
  ["rotate", "There is no server in"],
])("%s of an empty directory says so", async (command, message) => {
  const empty = await mkdtemp(join(tmpdir(), "kubelith-empty-"));
  const { code, text } = await runCommand("certificate", command, "--data-dir", empty);
  await rm(empty, { recursive: true });
  expect(code).toBe(1);
  expect(text).toContain(message);
});

test("who may not do everything may not have the server look", async () => {
  const kubectl = newestKubectl(plane);
  const path = "/v1-kubelith/certificates";
  const user = "system:serviceaccount:default:default";
  const { stderr } = await kubectl.try("", "get", "--raw", path, `--as=${user}`);
  expect(stderr).toContain(`User "${user}" cannot get path "${path}"`);
});

test("another key signs tokens, and those of the one before are good until the operator ends that", async () => {
  const kubectl = newestKubectl(plane);
  const rotate = (...flags: readonly string[]) =>
    runCommand(
      "certificate",
      "rotate",
      "--service-account-key",
      "--data-dir",
      dataDir,
      "--kubeconfig",
      plane.kubeconfig,
      ...flags,
    );
  const tokenOf = async () => (await kubectl.run("create", "token", "default")).trim();
  const isKnown = async (token: string): Promise<boolean> => {
    const { status } = await fetch(`${plane.url}/version`, {
      headers: { authorization: `Bearer ${token}` },
      tls: { ca: plane.api.pki.authorities["server-ca"] },
    });
    return status === 200;
  };
  const keyIds = async () => {
    const { keys } = JSON.parse(await kubectl.run("get", "--raw", "/openid/v1/jwks")) as JSONWebKeySet;
    return keys.map(({ kid }) => kid);
  };
  await kubectl.run("wait", "serviceaccount/default", "--for=create", "--timeout=30s");
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "kept", annotations: { "kubernetes.io/service-account.name": "default" } },
    type: "kubernetes.io/service-account-token",
  };
  const create = () => kubectl.pipe(JSON.stringify(secret), "create", "-f-");
  await create();
  await kubectl.run("wait", "secret/kept", "--for=jsonpath={.data.token}", "--timeout=30s");
  const before = await tokenOf();
  const [oldId] = await keyIds();
  expect((await rotate()).text).toMatch(
    /^Another key signs tokens; those of the one before are good until ".*--finish"\nThe server uses .*service-account-key\n$/,
  );
  const after = await tokenOf();
  expect(decodeProtectedHeader(before).kid).toBe(oldId ?? "");
  expect(await keyIds()).toEqual([decodeProtectedHeader(after).kid, oldId]);
  expect(await isKnown(before)).toBeTrue();
  expect((await rotate("--finish")).text).toContain(
    "These Secrets have tokens of the key before: default/kept; create them anew, or give --force",
  );
  await kubectl.run("delete", "secret", "kept");
  await create();
  await kubectl.run("wait", "secret/kept", "--for=jsonpath={.data.token}", "--timeout=30s");
  const { code, text } = await rotate("--finish");
  expect([code, text]).toEqual([1, expect.stringContaining("Tokens of the key before may be good until")]);
  expect((await rotate("--finish", "--force")).text).toBe(
    "Tokens of the key before are not good any more\nThe server uses service-account-key\n",
  );
  expect(await keyIds()).toEqual([decodeProtectedHeader(after).kid]);
  expect(await isKnown(before)).toBeFalse();
  expect(await isKnown(after)).toBeTrue();
  expect((await rotate("--finish", "--force")).text).toContain("there is nothing to finish");
});

test.each([
  [["--finish"], "The flag --finish is for --service-account-key: give both"],
  [["--service-account-key", "--force"], "The flag --force is for --finish: give both"],
])("%p is a mistake", async (flags, says) => {
  const { code, text } = await runCommand("certificate", "rotate", "--data-dir", dataDir, ...flags);
  expect([code, text]).toEqual([1, expect.stringContaining(says)]);
});
