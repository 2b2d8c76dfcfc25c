import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { join } from "node:path";
import { createServer } from "node:tls";
import type { Finding } from "#server/security/finding.ts";
import { checkKubelet, checkTls, KUBELET_TLS } from "#server/security/network-checks.ts";
import { startTestControlPlane, type TestControlPlane } from "./control-plane.ts";
import { runCommand } from "./run-command.ts";

let plane: TestControlPlane;

beforeAll(async () => {
  plane = await startTestControlPlane();
});

afterAll(async () => {
  await plane[Symbol.asyncDispose]();
});

/** How many points each section of the benchmark's version 1.12 has (kube-bench `cfg/cis-1.12`). */
const SECTIONS: Readonly<Record<string, number>> = {
  "1.1": 21,
  "1.2": 30,
  "1.3": 7,
  "1.4": 2,
  "2": 7,
  "3.1": 3,
  "3.2": 2,
  "4.1": 10,
  "4.2": 14,
  "4.3": 1,
  "5.1": 13,
  "5.2": 12,
  "5.3": 2,
  "5.4": 2,
  "5.5": 1,
  "5.6": 4,
};

function checkSecurity(kubeconfig = plane.kubeconfig, ...flags: string[]) {
  const dataDir = join(plane.directory, "data");
  return runCommand(
    "check-security",
    ...flags,
    "--disable-agent",
    "--data-dir",
    dataDir,
    "--write-kubeconfig",
    kubeconfig,
  );
}

describe("check-security", () => {
  test("has a row for every point, and finds nothing wrong with a server as it comes but that it keeps no audit log", async () => {
    const { code, text } = await checkSecurity(plane.kubeconfig, "--output", "json");
    const [document = ""] = text.split("kubelith: ");
    const findings = JSON.parse(document) as Finding[];
    const points = Object.entries(SECTIONS).flatMap(([section, count]) =>
      Array.from({ length: count }, (_, index) => `${section}.${String(index + 1)}`),
    );
    expect([...new Set(findings.map(({ point }) => point))].toSorted()).toEqual(points.toSorted());
    const failing = findings.filter(({ result }) => result === "fail");
    expect(failing.map(({ point }) => point)).toEqual(["1.2.16", "1.2.17", "1.2.18", "1.2.19"]);
    for (const { point, result, reason = "", remedy = "" } of findings) {
      expect(reason !== "", `reason of ${point}`).toBe(result !== "pass");
      expect(remedy !== "", `remedy of ${point}`).toBe(result === "warn" || result === "fail");
    }
    expect(code).toBe(1);
  });

  test("is content with an audit log whose policy covers what matters", async () => {
    const [policy, log] = [join(plane.directory, "policy.yaml"), join(plane.directory, "audit.log")];
    await writeFile(policy, "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: Metadata\n");
    const flags = ["--audit-policy-file", policy, "--audit-log-path", log, "--audit-log-maxage", "30"];
    const { code, text } = await checkSecurity(plane.kubeconfig, ...flags);
    expect(text).toMatch(/^pass +3\.2\.2 /m);
    expect(code).toBe(0);
  });

  test("wants a format that it knows", async () => {
    const { code, text } = await checkSecurity(plane.kubeconfig, "--output", "yaml");
    expect(code).toBe(1);
    expect(text).toContain('Unknown output "yaml": give one of text, json');
  });

  test("tells what others can read, and how to mend it", async () => {
    await chmod(plane.kubeconfig, 0o644);
    const { code, text } = await checkSecurity();
    await chmod(plane.kubeconfig, 0o600);
    expect(code).toBe(1);
    expect(text).toContain(`       why: its mode is 0644, which is more than 0600
       remedy: chmod 0600 ${plane.kubeconfig}
`);
    expect(text).toContain("kubelith: Checks that fail: 5 of ");
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
    expect(text).toMatch(/^warn +5\.1\.2 .*\n +why: allowed by open-system:/m);
  });

  test("says when it cannot ask the server", async () => {
    const { code, text } = await checkSecurity(join(plane.directory, "nosuch"));
    expect(code).toBe(1);
    expect(text).toMatch(/^warn +1\.2\.1 .*\n +why: not looked into: /m);
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

  test("warns when nothing answers, for then nothing is known", async () => {
    const findings = await checkTls("https://127.0.0.1:1", KUBELET_TLS);
    expect(findings).toMatchObject([
      { point: "4.2.12", result: "warn", reason: "nothing answers at https://127.0.0.1:1" },
    ]);
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
