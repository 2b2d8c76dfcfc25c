import { describe, expect, test } from "bun:test";
import type { Pod, PodSpec } from "#api/generated/core-v1.ts";
import type { ClusterRole, ClusterRoleBinding, PolicyRule } from "#api/generated/rbac-v1.ts";
import { aNamespace, aPod } from "#testing/objects.ts";
import type { ClusterView } from "./cluster-view.ts";
import { problemOfPolicy } from "./config-checks.ts";
import type { Finding } from "./finding.ts";
import { checkNamespaces } from "./namespace-checks.ts";
import { checkPods } from "./pod-checks.ts";
import { checkRoles } from "./role-checks.ts";

const NOTHING: ClusterView = {
  pods: [],
  namespaces: [],
  services: [],
  serviceAccounts: [],
  networkPolicies: [],
  roles: [],
  bindings: [],
};

const warnings = (findings: readonly Finding[]): string[] =>
  findings.filter(({ result }) => result !== "pass").map(({ point }) => point);

describe("checkRoles", () => {
  const role = (rule: PolicyRule): ClusterRole => ({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "own" } as ClusterRole["metadata"],
    rules: [rule],
  });
  const binding = (subject = "ops", roleName = "own"): ClusterRoleBinding => ({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "binding" } as ClusterRoleBinding["metadata"],
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: roleName },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: subject }],
  });
  const rule = (verbs: string, resources: string, group = ""): PolicyRule => ({
    apiGroups: [group],
    resources: resources.split(" "),
    verbs: verbs.split(" "),
  });
  const all = ["5.1.2", "5.1.4", "5.1.8", "5.1.9", "5.1.10", "5.1.11", "5.1.12", "5.1.13"];
  test.each<[string, PolicyRule, string[]]>([
    ["reading pods", rule("get list", "pods"), []],
    ["watching Secrets", rule("watch", "secrets"), ["5.1.2"]],
    ["deleting Secrets", rule("delete", "secrets"), []],
    ["creating pods", rule("create", "pods"), ["5.1.4"]],
    ["impersonating users", rule("impersonate", "users"), ["5.1.8"]],
    ["escalating", rule("escalate", "roles", "rbac.authorization.k8s.io"), ["5.1.8"]],
    ["creating volumes", rule("create", "persistentvolumes"), ["5.1.9"]],
    ["the proxy of nodes", rule("get", "*/proxy"), ["5.1.10"]],
    ["approving", rule("update", "certificatesigningrequests/approval", "certificates.k8s.io"), ["5.1.11"]],
    ["webhooks", rule("patch", "mutatingwebhookconfigurations", "admissionregistration.k8s.io"), ["5.1.12"]],
    ["tokens", rule("create", "serviceaccounts/token"), ["5.1.13"]],
    ["everything", rule("*", "*", "*"), ["5.1.3", ...all]],
  ])("names who is allowed %s", (_name, allowed, points) => {
    const view = { ...NOTHING, roles: [role(allowed)], bindings: [binding()] };
    expect(warnings(checkRoles(view)).toSorted()).toEqual(points.toSorted());
  });

  test("leaves out what every cluster has", () => {
    const labels = { "kubernetes.io/bootstrapping": "rbac-defaults" };
    const stock = [role(rule("*", "*", "*"))].map((each) => ({
      ...each,
      metadata: { ...each.metadata, labels },
    }));
    const bound = { ...binding(), metadata: { ...binding().metadata, labels } };
    expect(warnings(checkRoles({ ...NOTHING, roles: stock, bindings: [bound] }))).toEqual([]);
  });

  test("names who has the highest rank", () => {
    const bindings = [binding("system:masters", "cluster-admin")];
    expect(warnings(checkRoles({ ...NOTHING, bindings }))).toEqual(["5.1.1", "5.1.7"]);
  });
});

describe("checkPods", () => {
  const secure: PodSpec["containers"][number]["securityContext"] = {
    allowPrivilegeEscalation: false,
    runAsNonRoot: true,
    capabilities: { drop: ["ALL"] },
    seccompProfile: { type: "RuntimeDefault" },
  };
  const withSpec = (spec: Partial<PodSpec>, context: typeof secure = secure): Pod => {
    const pod = aPod("web", { namespace: "shop" });
    const containers = pod.spec.containers.map((container) => ({ ...container, securityContext: context }));
    return { ...pod, spec: { ...pod.spec, containers, ...spec } };
  };
  const [container] = withSpec({}).spec.containers as [PodSpec["containers"][number]];
  test.each<[string, Pod, string[]]>([
    ["a restricted pod", withSpec({}), []],
    ["a privileged one", withSpec({}, { ...secure, privileged: true }), ["5.2.2"]],
    ["the host's processes", withSpec({ hostPID: true }), ["5.2.3"]],
    ["the host's IPC", withSpec({ hostIPC: true }), ["5.2.4"]],
    ["the host's network", withSpec({ hostNetwork: true }), ["5.2.5"]],
    ["escalation", withSpec({}, { ...secure, allowPrivilegeEscalation: true }), ["5.2.6"]],
    ["root", withSpec({}, { ...secure, runAsNonRoot: false }), ["5.2.7"]],
    ["a user that the pod restricts", withSpec({ securityContext: { runAsNonRoot: true } }), []],
    ["raw packets", withSpec({}, { ...secure, capabilities: { drop: ["CHOWN"] } }), ["5.2.8"]],
    [
      "capabilities",
      withSpec({}, { ...secure, capabilities: { drop: ["ALL"], add: ["SYS_TIME"] } }),
      ["5.2.9"],
    ],
    ["a hostPath", withSpec({ volumes: [{ name: "v", hostPath: { path: "/" } }] }), ["5.2.11"]],
    [
      "a host port",
      withSpec({ containers: [{ ...container, ports: [{ containerPort: 1, hostPort: 1 }] }] }),
      ["5.2.12"],
    ],
    [
      "a Secret in its environment",
      withSpec({ containers: [{ ...container, envFrom: [{ secretRef: { name: "s" } }] }] }),
      ["5.4.1"],
    ],
    ["no profile", withSpec({}, { ...secure, seccompProfile: { type: "Unconfined" } }), ["5.6.2"]],
    ["nothing said", withSpec({}, {}), ["5.2.6", "5.2.7", "5.2.8", "5.6.2", "5.6.3"]],
    [
      "a token that no role is for",
      withSpec({
        serviceAccountName: "default",
        volumes: [{ name: "t", projected: { sources: [{ serviceAccountToken: { path: "token" } }] } }],
      }),
      ["5.1.5", "5.1.6"],
    ],
  ])("finds out %s", (_name, pod, points) => {
    expect(warnings(checkPods({ ...NOTHING, pods: [pod] }))).toEqual(points);
  });

  test("leaves the cluster's own alone", () => {
    const pod = withSpec({ hostNetwork: true });
    const system = { ...pod, metadata: { ...pod.metadata, namespace: "kube-system" } };
    expect(warnings(checkPods({ ...NOTHING, pods: [system] }))).toEqual([]);
  });
});

test("checkNamespaces finds out what is open", () => {
  const labels = { "pod-security.kubernetes.io/enforce": "baseline" };
  const closed = aNamespace("shop");
  const view = {
    ...NOTHING,
    namespaces: [{ ...closed, metadata: { ...closed.metadata, labels } }, aNamespace("kube-system")],
  };
  expect(warnings(checkNamespaces(view))).toEqual(["5.3.2"]);
  const open = {
    ...view,
    namespaces: [aNamespace("default")],
    pods: [aPod("web", { namespace: "default" })],
  };
  expect(warnings(checkNamespaces(open))).toEqual(["5.2.1", "5.3.2", "5.6.4"]);
});

describe("problemOfPolicy", () => {
  test.each([
    ["everything at Metadata", [{ level: "Metadata" }], undefined],
    ["nothing", [], "requests for Secrets are not recorded"],
    [
      "what Secrets hold",
      [{ level: "Request" }],
      "Secrets are recorded at the level Request, with what they hold",
    ],
    [
      "Secrets alone",
      [{ level: "Metadata", resources: [{ group: "", resources: ["secrets"] }] }],
      "not recorded: create pods, create pods/exec, create pods/portforward, get pods/proxy, get services/proxy",
    ],
  ] as const)("of a policy that records %s", (_name, rules, problem) => {
    expect(problemOfPolicy({ rules })).toBe(problem as string);
  });
});
