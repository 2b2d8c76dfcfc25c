import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Kubectl, newestKubectl } from "../integration/front/kubectl.ts";
import { startTestControlPlane, type TestControlPlane } from "./control-plane.ts";
import { runCommand } from "./run-command.ts";

let plane: TestControlPlane;
let kubectl: Kubectl;

beforeAll(async () => {
  plane = await startTestControlPlane();
  kubectl = newestKubectl(plane);
});

afterAll(async () => {
  await plane[Symbol.asyncDispose]();
});

const secretsEncrypt = (...words: readonly string[]) =>
  runCommand("secrets-encrypt", ...words, "--kubeconfig", plane.kubeconfig);

async function settled(): Promise<string> {
  for (;;) {
    const { text } = await secretsEncrypt("status");
    if (text.includes("all written so")) return text;
  }
}

async function onDisk(): Promise<string> {
  const directory = join(plane.directory, "data", "server", "db");
  const files = await Promise.all((await readdir(directory)).map((name) => readFile(join(directory, name))));
  return Buffer.concat(files).toString("latin1");
}

test("Secrets are encrypted at rest until an operator turns that off, and again when it is turned on", async () => {
  const password = Buffer.from("a-password-in-a-secret").toString("base64");
  await kubectl.run("create", "secret", "generic", "db", "--from-literal=password=a-password-in-a-secret");
  expect(await onDisk()).not.toContain(password);
  const { text } = await secretsEncrypt();
  expect(text).toBe("Encryption of Secrets: enabled\nActive key: key1\nOn the disk: all written so\n");

  expect((await secretsEncrypt("rotate-keys")).text).toContain("Active key: key2");
  await settled();
  expect(await onDisk()).not.toContain("aesgcm:v1:key1:");

  expect((await secretsEncrypt("disable")).text).toContain("Encryption of Secrets: disabled");
  expect(await settled()).toContain("Active key: none");
  expect(await onDisk()).toContain(password);

  expect((await secretsEncrypt("enable")).text).toContain("Encryption of Secrets: enabled");
  await settled();
  expect(await onDisk()).not.toContain(password);
  const read = await kubectl.run("get", "secret", "db", "-o", "jsonpath={.data.password}");
  expect(read).toBe(password);
});

test("who may not do everything may not ask", async () => {
  const path = "/v1-kubelith/secrets-encrypt";
  const user = "system:serviceaccount:default:default";
  const { stderr } = await kubectl.try("", "get", "--raw", path, `--as=${user}`);
  expect(stderr).toContain(`User "${user}" cannot get path "${path}"`);
});

test("a wrong action is one line", async () => {
  expect(await secretsEncrypt("rotate")).toEqual({
    code: 1,
    text: 'kubelith: Unknown action "rotate": give one of status, enable, disable, rotate-keys\n',
  });
});
