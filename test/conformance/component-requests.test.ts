/** Every component works as who it is in Kubernetes, and the stock roles are enough for what it does. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Kubectl, newestKubectl } from "../integration/front/kubectl.ts";
import { until } from "../integration/until.ts";
import { startTestControlPlane, type TestControlPlane } from "./control-plane.ts";

const TIMEOUT_MS = 120_000;

/** Who has something to do when the manifest is applied and deleted. */
const AT_WORK = [
  "system:apiserver",
  "system:kube-controller-manager",
  "system:kube-scheduler",
  "system:kubelith",
  ...[
    "clusterrole-aggregation-controller",
    "deployment-controller",
    "endpoint-controller",
    "endpointslice-controller",
    "endpointslicemirroring-controller",
    "generic-garbage-collector",
    "legacy-token-tracking-controller",
    "namespace-controller",
    "node-controller",
    "pv-protection-controller",
    "pvc-protection-controller",
    "replicaset-controller",
    "resourcequota-controller",
    "root-ca-cert-publisher",
    "service-account-controller",
    "service-cidrs-controller",
    "token-cleaner",
    "validatingadmissionpolicy-status-controller",
  ].map((account) => `system:serviceaccount:kube-system:${account}`),
];

/** The last one acts when the others are late. */
const KNOWN: readonly string[] = [...AT_WORK, "system:serviceaccount:kube-system:pod-garbage-collector"];

/** Administrators are of no interest here. */
const POLICY = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived", "ResponseStarted"],
  rules: [{ level: "None", users: ["system:admin"] }, { level: "Metadata" }],
};

interface RecordedRequest {
  readonly user: { readonly username: string };
  readonly verb: string;
  readonly requestURI: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

let directory: string;
let plane: TestControlPlane;
let kubectl: Kubectl;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "kubelith-requests-"));
  const auditPolicyFile = join(directory, "policy.json");
  await writeFile(auditPolicyFile, JSON.stringify(POLICY));
  plane = await startTestControlPlane({ auditPolicyFile, auditLogPath: join(directory, "audit.log") });
  kubectl = newestKubectl(plane);
});

afterAll(async () => {
  await plane[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

async function requests(): Promise<readonly RecordedRequest[]> {
  const text = await readFile(join(directory, "audit.log"), "utf8");
  // The last line may still be written.
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as RecordedRequest);
}

async function identities(): Promise<readonly string[]> {
  const names = (await requests()).map(({ user }) => user.username);
  return [...new Set(names)].toSorted((a, b) => (a < b ? -1 : 1));
}

async function valueOf(path: string, ...object: readonly string[]): Promise<string> {
  return await kubectl.run("-n", "work", "get", ...object, "-o", `jsonpath={${path}}`);
}

test(
  "components ask for nothing that the stock roles do not give them",
  async () => {
    const manifest = join(import.meta.dir, "manifests/every-controller.yaml");
    await kubectl.run("apply", "-f", manifest);
    const status = {
      conditions: [{ type: "Ready", status: "True", reason: "Test", message: "" }],
      allocatable: { cpu: "1", memory: "1Gi", pods: "10" },
    };
    await kubectl.run("patch", "node/n2", "--subresource=status", "-p", JSON.stringify({ status }));
    await until(async () => (await valueOf(".items[*].spec.nodeName", "pods")) === "n2");
    await until(async () => (await valueOf(".data.token", "secret/token")) !== "");
    await until(async () => (await valueOf(".status.used.pods", "resourcequota/pods")) === "1");
    await kubectl.run("-n", "work", "delete", "deployment/web", "pvc/data", "--wait");
    await kubectl.run("-n", "work", "delete", "pods", "--all", "--force");
    await kubectl.run("delete", "--wait", "-f", manifest, "--ignore-not-found");
    await until(async () => {
      const names = await identities();
      return AT_WORK.every((name) => names.includes(name));
    });
    const refused = (await requests()).filter(
      ({ annotations }) => annotations?.["authorization.k8s.io/decision"] === "forbid",
    );
    expect(refused.map(({ user, verb, requestURI }) => `${user.username} ${verb} ${requestURI}`)).toEqual([]);
    expect((await identities()).filter((name) => !KNOWN.includes(name))).toEqual([]);
  },
  TIMEOUT_MS,
);
