import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { openSqliteStore } from "#store/sqlite/sqlite-store.ts";
import { aNode, aPod, aServiceAccount } from "#testing/objects.ts";
import { Kubectl, modernKubectls } from "./front/kubectl.ts";
import { startTestServer, type TestServer } from "./front/server.ts";
import { TestKubelet } from "./front/test-kubelet.ts";

const kubectls = modernKubectls();

/** How long one test may take, in milliseconds: each starts several processes. */
const TIMEOUT_MS = 60_000;

const DEPLOYMENT = `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: nginx:1.27
        ports: [{containerPort: 80}]
`;

let server: TestServer;
let kubelet: TestKubelet;
let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "kubelith-kubectl-"));
  server = await startTestServer({ store: await openSqliteStore({ directory: join(home, "store") }) });
  kubelet = new TestKubelet(server.pki);
  const node = await server.client.create("Node", aNode("n1"));
  const status = {
    addresses: [{ type: "InternalIP", address: "127.0.0.1" }],
    daemonEndpoints: { kubeletEndpoint: { Port: await kubelet.listen() } },
  };
  await server.client.updateStatus("Node", { ...node, status });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await kubelet[Symbol.asyncDispose]();
  await rm(home, { recursive: true });
});

if (kubectls.length === 0) test.skip("kubectl: there is none of 1.27 or newer on the PATH", () => undefined);

describe.each(kubectls.map((path) => [basename(path), path]))("%s", (name, path) => {
  const namespace = name.replaceAll(".", "-");
  let kubectl: Kubectl;
  const inNamespace = (...args: readonly string[]): Promise<string> => kubectl.run("-n", namespace, ...args);
  beforeAll(async () => {
    kubectl = new Kubectl(path, { kubeconfig: server.kubeconfig, home });
    await kubectl.run("create", "namespace", namespace);
  }, TIMEOUT_MS);

  test(
    "discovers what there is",
    async () => {
      const resources = await kubectl.run("api-resources", "--no-headers");
      expect(resources).toMatch(/^pods +po +v1 +true +Pod$/m);
      expect(resources).toMatch(/^deployments +deploy +apps\/v1 +true +Deployment$/m);
      expect((await kubectl.run("api-versions")).split("\n")).toContain("autoscaling/v2");
      expect(await kubectl.run("version")).toContain("v1.36.3+kubelith");
    },
    TIMEOUT_MS,
  );

  test(
    "creates, reads, changes and deletes objects",
    async () => {
      expect(await inNamespace("create", "configmap", "c", "--from-literal=a=1")).toBe(
        "configmap/c created\n",
      );
      expect(await inNamespace("get", "configmap", "c", "-o", "jsonpath={.data.a}")).toBe("1");
      expect(await inNamespace("get", "cm")).toMatch(/^NAME +DATA +AGE\nc +1 +\d+s\n$/);
      expect(await inNamespace("label", "cm", "c", "x=y")).toBe("configmap/c labeled\n");
      expect(await inNamespace("get", "cm", "-l", "x=y", "-o", "name")).toBe("configmap/c\n");
      expect(await inNamespace("annotate", "cm", "c", "x=y")).toStartWith("configmap/c annotate");
      for (const type of ["merge", "strategic"]) {
        const patch = JSON.stringify({ data: { a: type } });
        expect(await inNamespace("patch", "cm", "c", "--type", type, "-p", patch)).toBe(
          "configmap/c patched\n",
        );
      }
      const operations = JSON.stringify([{ op: "add", path: "/data/b", value: "2" }]);
      await inNamespace("patch", "cm", "c", "--type=json", "-p", operations);
      expect(await inNamespace("get", "cm", "c", "-o", "jsonpath={.data}")).toBe('{"a":"strategic","b":"2"}');
      expect(await inNamespace("describe", "cm", "c")).toContain("strategic");
      expect(await inNamespace("delete", "cm", "c")).toContain('configmap "c" deleted');
      const gone = await kubectl.try("", "-n", namespace, "get", "cm", "c");
      expect([gone.code, gone.stderr]).toEqual([
        1,
        'Error from server (NotFound): configmaps "c" not found\n',
      ]);
    },
    TIMEOUT_MS,
  );

  test(
    "applies",
    async () => {
      const apply = (manifest: string, ...args: readonly string[]): Promise<string> =>
        kubectl.pipe(manifest, "-n", namespace, "apply", ...args, "-f", "-");
      expect(await apply(DEPLOYMENT)).toBe("deployment.apps/web created\n");
      expect(await apply(DEPLOYMENT)).toBe("deployment.apps/web unchanged\n");
      const next = DEPLOYMENT.replace("1.27", "1.28");
      const difference = await kubectl.try(next, "-n", namespace, "diff", "-f", "-");
      expect(difference.code).toBe(1);
      expect(difference.stdout).toMatch(/^-.*nginx:1.27$/m);
      expect(difference.stdout).toMatch(/^\+.*nginx:1.28$/m);
      expect(await apply(next)).toBe("deployment.apps/web configured\n");
      expect(await inNamespace("get", "deploy", "web", "-o", "jsonpath={..image}")).toBe("nginx:1.28");
      expect(await apply(next, "--dry-run=server")).toContain("(server dry run)");
      expect(await inNamespace("scale", "deploy/web", "--replicas=3")).toBe("deployment.apps/web scaled\n");
      expect(await inNamespace("delete", "deploy", "web")).toContain('"web" deleted');
    },
    TIMEOUT_MS,
  );

  test(
    "applies on the server's side, and sees conflicts",
    async () => {
      const apply = (manifest: string, ...args: readonly string[]) =>
        kubectl.try(manifest, "-n", namespace, "apply", "--server-side", ...args, "-f", "-");
      expect((await apply(DEPLOYMENT)).stdout).toBe("deployment.apps/web serverside-applied\n");
      const conflict = await apply(DEPLOYMENT.replace("1.27", "1.29"), "--field-manager=other");
      expect(conflict.code).toBe(1);
      expect(conflict.stderr).toContain('conflict with "kubectl"');
      expect(conflict.stderr).toContain('.spec.template.spec.containers[name="web"].image');
      const forced = await apply(
        DEPLOYMENT.replace("1.27", "1.29"),
        "--field-manager=other",
        "--force-conflicts",
      );
      expect(forced.code).toBe(0);
      await inNamespace("delete", "deploy", "web");
    },
    TIMEOUT_MS,
  );

  test(
    "refuses manifests with unknown fields",
    async () => {
      const manifest = DEPLOYMENT.replace("replicas:", "replica:");
      const refused = await kubectl.try(manifest, "-n", namespace, "create", "-f", "-");
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('unknown field "spec.replica"');
      const warned = await kubectl.try(manifest, "-n", namespace, "create", "--validate=warn", "-f", "-");
      expect([warned.code, warned.stderr]).toEqual([0, 'Warning: unknown field "spec.replica"\n']);
      await inNamespace("delete", "deploy", "web");
    },
    TIMEOUT_MS,
  );

  test(
    "edits and replaces",
    async () => {
      await inNamespace("create", "configmap", "e", "--from-literal=a=before");
      const editor = join(home, "editor");
      await writeFile(editor, '#!/bin/sh\nsed -i s/before/after/ "$1"\n');
      await chmod(editor, 0o700);
      const environment = { KUBE_EDITOR: editor };
      const editing = new Kubectl(path, { kubeconfig: server.kubeconfig, home, environment });
      expect(await editing.run("-n", namespace, "edit", "cm", "e")).toBe("configmap/e edited\n");
      const edited = await inNamespace("get", "cm", "e", "-o", "yaml");
      expect(edited).toContain("a: after");
      const replaced = await kubectl.pipe(edited.replace("after", "at last"), "replace", "-f", "-");
      expect(replaced).toBe("configmap/e replaced\n");
    },
    TIMEOUT_MS,
  );

  test(
    "watches",
    async () => {
      const watching = kubectl.start(["-n", namespace, "get", "secrets", "-w"]);
      await inNamespace("create", "secret", "generic", "first");
      const seen = await readUntil(watching.stdout, "first");
      await inNamespace("create", "secret", "generic", "second");
      const more = await readUntil(watching.stdout, "second");
      expect((seen + more).match(/NAME/g)).toHaveLength(1);
      watching.kill();
      await watching.exited;
    },
    TIMEOUT_MS,
  );

  test(
    "waits until what it deletes has gone",
    async () => {
      const held = {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "w", finalizers: ["example.com/x"] },
      };
      await kubectl.pipe(JSON.stringify(held), "-n", namespace, "create", "-f", "-");
      const deleting = kubectl.start(["-n", namespace, "delete", "cm", "w"]);
      await readUntil(deleting.stdout, "deleted");
      expect(deleting.exitCode).toBeNull();
      await inNamespace("patch", "cm", "w", "--type=merge", "-p", '{"metadata":{"finalizers":null}}');
      expect(await deleting.exited).toBe(0);
    },
    TIMEOUT_MS,
  );

  test(
    "explains types and fields",
    async () => {
      expect(await kubectl.run("explain", "pod")).toContain("Pod is a collection of containers");
      const field = await kubectl.run("explain", "deployment.spec.strategy.rollingUpdate.maxSurge");
      expect(field).toMatch(/FIELD: +maxSurge <(IntOrString|string)>/);
      expect(field).toContain("The maximum number of pods that can be scheduled above the desired number");
      const all = await kubectl.run("explain", "pod.spec", "--recursive");
      expect(all).toMatch(/^ {2,}containerPort\t<integer>/m);
    },
    TIMEOUT_MS,
  );

  test(
    "reads logs, and runs commands where it speaks WebSockets",
    async () => {
      await server.client.create("ServiceAccount", aServiceAccount("default", { namespace }));
      await server.client.create("Pod", aPod("p", { namespace, spec: { nodeName: "n1" } }));
      expect(await inNamespace("logs", "p", "--tail=2")).toBe(kubelet.log);
      expect((await kubectl.try("", "-n", namespace, "logs", "p", "-c", "x")).stderr).toContain(
        "container x is not valid for pod p",
      );
      // From then on WebSockets are the default.
      if (Number(name.split(".").at(-1)) < 31) return;
      expect(await inNamespace("exec", "p", "--", "echo", "a", "b")).toBe("a b\n");
      expect(await kubectl.pipe("told", "-n", namespace, "exec", "-i", "p", "--", "cat")).toBe("told");
    },
    TIMEOUT_MS,
  );
});

/** Reads until a text has come; the stream may be read on. */
async function readUntil(stream: ReadableStream<Uint8Array>, wanted: string): Promise<string> {
  const reader = stream.getReader();
  let seen = "";
  while (!seen.includes(wanted)) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`The output ended after: ${seen}`);
    seen += Buffer.from(value).toString();
  }
  reader.releaseLock();
  return seen;
}
