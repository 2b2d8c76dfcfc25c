import { afterAll, beforeAll, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
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
