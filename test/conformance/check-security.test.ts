import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmod, readFile } from "node:fs/promises";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { join } from "node:path";
import { createServer } from "node:tls";
import { checkKubelet, checkTls } from "#server/security/network-checks.ts";
import { startTestControlPlane, type TestControlPlane } from "./control-plane.ts";
import { runCommand } from "./run-command.ts";

let plane: TestControlPlane;

beforeAll(async () => {
  plane = await startTestControlPlane();
});

afterAll(async () => {
  await plane[Symbol.asyncDispose]();
});

function checkSecurity(kubeconfig = plane.kubeconfig) {
  const dataDir = join(plane.directory, "data");
  return runCommand(
    "check-security",
    "--disable-agent",
    "--data-dir",
    dataDir,
    "--write-kubeconfig",
    kubeconfig,
  );
}

describe("check-security", () => {
  test("finds nothing wrong with a server as it comes", async () => {
    const { code, text } = await checkSecurity();
    const lines = text.split("\n").filter((line) => !line.startsWith("pass "));
    expect(lines).toEqual([""]);
    expect(code).toBe(0);
    expect(text.split("\n").length).toBeGreaterThan(20);
  });

  test("tells what others can read, and how to mend it", async () => {
    await chmod(plane.kubeconfig, 0o644);
    const { code, text } = await checkSecurity();
    await chmod(plane.kubeconfig, 0o600);
    expect(code).toBe(1);
    expect(text).toContain(`       why: its mode is 0644, which is more than 0600
       remedy: chmod 0600 ${plane.kubeconfig}
`);
    expect(text).toContain("kubelith: Checks that fail: 1 of ");
  });

  test("tells who may do too much", async () => {
    const rbac = "rbac.authorization.k8s.io";
    for (const name of ["system:unauthenticated", "system:nodes"]) {
      await plane.client.create("ClusterRoleBinding", {
        apiVersion: `${rbac}/v1`,
        kind: "ClusterRoleBinding",
        metadata: { name: `open-${name}` },
        roleRef: { apiGroup: rbac, kind: "ClusterRole", name: "cluster-admin" },
        subjects: [{ apiGroup: rbac, kind: "Group", name }],
      });
    }
    const { code, text } = await checkSecurity();
    for (const name of ["open-system:unauthenticated", "open-system:nodes"]) {
      await plane.client.delete("ClusterRoleBinding", { name });
    }
    expect(code).toBe(1);
    expect(text).toContain("why: bound by open-system:unauthenticated");
    expect(text).toContain("why: a node without pods may read every Secret");
  });

  test("says when it cannot ask the server", async () => {
    const { code, text } = await checkSecurity(join(plane.directory, "nosuch"));
    expect(code).toBe(0);
    expect(text).toContain("warn   1.2");
  });
});

async function listening(server: Server): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  return `https://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

describe("checkTls", () => {
  test("finds out a server that agrees to old versions and weak ciphers", async () => {
    const [key, cert] = [join(plane.directory, "rsa.key"), join(plane.directory, "rsa.crt")];
    const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=old"];
    await Bun.spawn(["openssl", ...request, "-keyout", key, "-out", cert], { stderr: "ignore" }).exited;
    const server = createServer({
      key: await readFile(key),
      cert: await readFile(cert),
      minVersion: "TLSv1",
      ciphers: "AES128-GCM-SHA256:AES128-SHA",
    });
    const findings = await checkTls(await listening(server));
    server.close();
    expect(findings.map(({ result }) => result)).toEqual(["fail", "fail"]);
  });
});

describe("checkKubelet", () => {
  test.each([
    [401, "pass"],
    [200, "fail"],
  ] as const)("for the answer %p is %p", async (status, result) => {
    const { certificate, key } = plane.api.pki.credentials["serving-kube-apiserver"];
    const server = createHttpsServer({ cert: certificate, key }, (_request, response) => {
      response.writeHead(status).end();
    });
    const finding = await checkKubelet(await listening(server));
    server.close();
    expect(finding.result).toBe(result);
  });

  test("warns when nobody answers", async () => {
    expect(await checkKubelet("https://127.0.0.1:1")).toMatchObject({ result: "warn" });
  });
});
