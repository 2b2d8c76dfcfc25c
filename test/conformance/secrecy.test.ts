/** Who reads the log of a server learns no secret, and nobody else reads its files. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "#base/clock.ts";
import { createLogger } from "#observability/create-logger.ts";
import { type Kubectl, newestKubectl } from "../integration/front/kubectl.ts";
import { startTestControlPlane, type TestControlPlane } from "./control-plane.ts";

const CONTENT = "content-of-a-secret";
const STATIC_TOKEN = "static-token-of-jane";
const BOOTSTRAP_TOKEN = "abcdef.0123456789abcdef";
const WRONG_TOKEN = "wrong-token-of-nobody";

const lines: string[] = [];

let directory: string;
let plane: TestControlPlane;
let kubectl: Kubectl;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "kubelith-secrecy-"));
  const tokenAuthFile = join(directory, "tokens.csv");
  await writeFile(tokenAuthFile, `${STATIC_TOKEN},jane,1`);
  const write = (line: string): void => void lines.push(line);
  const logger = createLogger({ format: "json", level: "debug" }, { clock: systemClock, write });
  plane = await startTestControlPlane({ tokenAuthFile }, systemClock, logger);
  kubectl = newestKubectl(plane);
  await kubectl.run("wait", "serviceaccount/default", "--for=create", "--timeout=30s");
});
afterAll(async () => {
  await plane?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

/** Shows a token; what it is asked for may be refused. */
async function show(token: string, path = "/apis"): Promise<number> {
  const tls = { ca: plane.api.pki.authorities["server-ca"] };
  const authorization = path.startsWith("/v1-kubelith")
    ? `Basic ${btoa(`node:${token}`)}`
    : `Bearer ${token}`;
  const response = await fetch(`${plane.url}${path}`, { method: "POST", headers: { authorization }, tls });
  await response.text();
  return response.status;
}

const secretManifest = (name: string, type: string, stringData: Readonly<Record<string, string>>): string =>
  JSON.stringify({ apiVersion: "v1", kind: "Secret", metadata: { name }, type, stringData });

test("what is secret does not get into the log, however much is logged", async () => {
  const data = join(plane.directory, "data/server");
  const serverToken = (await readFile(join(data, "token"), "utf8")).trim();
  const accountToken = (await kubectl.run("create", "token", "default")).trim();
  const [id = "", secret = ""] = BOOTSTRAP_TOKEN.split(".");
  const bootstrap = { "token-id": id, "token-secret": secret, "usage-bootstrap-authentication": "true" };
  const type = "bootstrap.kubernetes.io/token";
  await kubectl.pipe(
    secretManifest(`bootstrap-token-${id}`, type, bootstrap),
    "create",
    "-n",
    "kube-system",
    "-f",
    "-",
  );
  for (const token of [STATIC_TOKEN, accountToken, BOOTSTRAP_TOKEN]) expect(await show(token)).not.toBe(401);
  for (const token of [
    WRONG_TOKEN,
    `${accountToken}x`,
    `${accountToken.slice(0, -9)}`,
    "ghijkl.0123456789abcdef",
  ])
    expect(await show(token)).toBe(401);
  for (const token of [serverToken, WRONG_TOKEN]) await show(token, "/v1-kubelith/join");
  await kubectl.pipe(secretManifest("own", "Opaque", { text: CONTENT }), "create", "-f", "-");
  const invalid = JSON.parse(secretManifest("own", "kubernetes.io/tls", { "tls.key": CONTENT })) as object;
  for (const manifest of [invalid, { ...invalid, spec: CONTENT }])
    expect(await kubectl.try(JSON.stringify(manifest), "apply", "-f", "-")).toMatchObject({ code: 1 });
  await kubectl.run("delete", "secret", "own");

  const keys = (await readdir(join(data, "tls"))).filter((name) => name.endsWith(".key"));
  const keyTexts = await Promise.all(keys.map((name) => readFile(join(data, "tls", name), "utf8")));
  const encryption = await readFile(join(data, "cred/encryption-config.json"), "utf8");
  const secrets = [
    CONTENT,
    btoa(CONTENT),
    STATIC_TOKEN,
    WRONG_TOKEN,
    BOOTSTRAP_TOKEN,
    secret,
    btoa(secret),
    accountToken.split(".")[2] ?? "",
    serverToken.split(":").at(-1) ?? "",
    btoa(`node:${serverToken}`),
    ...keyTexts.map((text) => text.split("\n")[1] ?? ""),
    ...[...encryption.matchAll(/"secret":\s*"([^"]+)"/g)].map(([, key = ""]) => key),
  ];
  expect(secrets.filter((each) => each.length < 8)).toEqual([]);
  expect(keys.length).toBeGreaterThan(5);
  const log = lines.join("\n");
  expect(log.match(/Refused credentials/g)?.length).toBeGreaterThanOrEqual(4);
  expect(secrets.filter((each) => log.includes(each))).toEqual([]);
});

test("nobody but the server's user reads its files", async () => {
  const data = join(plane.directory, "data");
  const places = [data, ...(await readdir(data, { recursive: true })).map((name) => join(data, name))];
  const open: string[] = [];
  for (const place of [...places, plane.kubeconfig]) {
    const facts = await stat(place);
    if ((facts.mode & 0o777) !== (facts.isDirectory() ? 0o700 : 0o600)) open.push(place);
  }
  expect(places.length).toBeGreaterThan(20);
  expect(open).toEqual([]);
});
