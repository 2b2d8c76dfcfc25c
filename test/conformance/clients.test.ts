/** Clients of other languages than Go. What they print shows what they have understood. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TokenRequest } from "#api/generated/authentication-v1.ts";
import { startTestControlPlane, type TestControlPlane } from "./control-plane.ts";

/** How long a client may take, in milliseconds: it is a process that loads a large library. */
const TIMEOUT_MS = 60_000;

/** Debian's own, which sees Debian's packages. */
const PYTHON = "/usr/bin/python3";
const hasPythonClient =
  existsSync(PYTHON) &&
  Bun.spawnSync([PYTHON, "-c", "import kubernetes"], { stderr: "ignore" }).exitCode === 0;

let controlPlane: TestControlPlane;
beforeAll(async () => {
  controlPlane = await startTestControlPlane();
  for (const name of ["node", "python"]) {
    await controlPlane.client.create("Namespace", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name },
      spec: {},
    });
  }
});
afterAll(() => controlPlane[Symbol.asyncDispose]());

test(
  "@kubernetes/client-node",
  async () => {
    const { directory, url, api, client } = controlPlane;
    const authority = api.pki.authorities["server-ca"];
    const authorityFile = join(directory, "ca.crt");
    await writeFile(authorityFile, authority);
    // The runtime's fetch shows no client certificate, so this client signs in with a token.
    const { status } = await client.createSubresource<TokenRequest>(
      "ServiceAccount",
      { namespace: "kube-system", name: "default" },
      "token",
      { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", metadata: {}, spec: { audiences: [] } },
    );
    await client.create("ClusterRoleBinding", {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "client-node" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
      subjects: [{ kind: "ServiceAccount", namespace: "kube-system", name: "default" }],
    });
    const kubeconfig = join(directory, "token.yaml");
    await writeFile(kubeconfig, tokenKubeconfig(url, authority, status?.token ?? ""));
    const program = join(import.meta.dir, "clients", "client-node.ts");
    const environment = { NODE_EXTRA_CA_CERTS: authorityFile };
    expect(await run([process.execPath, program, kubeconfig, "node"], environment)).toBe(
      `version v1.36.3
applied Apply Update
conflict 409 conflict with "test"
events add c 1, update c 2, update c 3, update c 4, delete c 4
deployment RollingUpdate Date
scale 2 app=web
missing 404
`,
    );
  },
  TIMEOUT_MS,
);

test.skipIf(!hasPythonClient)(
  "python3-kubernetes",
  async () => {
    const program = join(import.meta.dir, "clients", "client.py");
    expect(await run([PYTHON, program, controlPlane.kubeconfig, "python"])).toBe(
      `version v1.36.3
events ADDED c 1, MODIFIED c 2, MODIFIED c 3, DELETED c 3
deployment RollingUpdate datetime
scale 2 app=web
missing 404
`,
    );
  },
  TIMEOUT_MS,
);

/** What a program prints; what it complains about is added when it fails. */
async function run(
  command: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const program = Bun.spawn([...command], {
    env: { ...process.env, ...environment },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [printed, complaints] = await Promise.all([program.stdout.text(), program.stderr.text()]);
  return (await program.exited) === 0 ? printed : printed + complaints;
}

function tokenKubeconfig(server: string, authority: string, token: string): string {
  const name = "default";
  const certificate = { "certificate-authority-data": Buffer.from(authority).toString("base64") };
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server, ...certificate } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  });
}
