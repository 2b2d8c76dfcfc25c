import { type ApiProbe, answerOf } from "./cluster-view.ts";
import { type Finding, failed, passed, type SecurityPoint, warned } from "./finding.ts";

type ApiCheck = SecurityPoint & { readonly judge: (probe: ApiProbe) => Promise<Verdict> };
type Verdict = { readonly result: "pass" } | { readonly result: "warn" | "fail"; readonly reason: string };

const PASS: Verdict = { result: "pass" };
const NODE = "system:node:kubelith-check";
const ANYBODY = ["system:anonymous", "system:unauthenticated"];
/** What upstream lets everybody do: read the version and the health. */
const PUBLIC_BINDINGS = ["system:public-info-viewer"];

const CHECKS: readonly ApiCheck[] = [
  {
    point: "1.2.1",
    subject: "nobody reads the API without credentials",
    remedy: "let no proxy in front of the server add credentials to requests",
    judge: async (probe) => {
      const { status } = await probe({ path: "/api/v1/namespaces", anonymous: true });
      return status === 401 || status === 403 ? PASS : fail(`the answer is ${String(status)}`);
    },
  },
  {
    point: "5.1.1",
    subject: "no role is bound to everybody",
    remedy: "delete the binding, or name who needs it: kubectl delete clusterrolebinding NAME",
    judge: async (probe) => {
      const path = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";
      const open = bindingsOf(await answerOf(probe, { path })).filter(isOfEverybody);
      return open.length === 0
        ? PASS
        : fail(`bound by ${open.map(({ metadata }) => metadata.name).join(", ")}`);
    },
  },
  {
    point: "1.2.6",
    subject: "requests are authorized",
    remedy: "delete the binding that allows everything to system:authenticated",
    judge: async (probe) =>
      (await isAllowed(probe, "kubelith-check", ["system:authenticated"]))
        ? fail("a user without any role may read every Secret")
        : PASS,
  },
  {
    point: "1.2.7",
    subject: "nodes read nothing but what they run",
    remedy: "delete the binding that allows it to system:nodes",
    judge: async (probe) =>
      (await isAllowed(probe, NODE, ["system:nodes", "system:authenticated"]))
        ? fail("a node without pods may read every Secret")
        : PASS,
  },
  {
    point: "1.2.14",
    subject: "nodes change nothing but themselves (NodeRestriction)",
    remedy: "start the server with the admission plugin NodeRestriction",
    judge: async (probe) => {
      const { status } = await probe({
        path: "/api/v1/nodes?dryRun=All",
        posted: { apiVersion: "v1", kind: "Node", metadata: { name: "kubelith-check-other" } },
        headers: { "impersonate-user": NODE, "impersonate-group": "system:nodes" },
      });
      return status === 403 ? PASS : fail(`a node may register another: the answer is ${String(status)}`);
    },
  },
  {
    point: "5.2.1",
    subject: "namespaces can restrict their pods (PodSecurity)",
    remedy: "start the server with the admission plugin PodSecurity",
    judge: async (probe) => {
      const labels = { "pod-security.kubernetes.io/enforce": "kubelith-check" };
      const { status } = await probe({
        path: "/api/v1/namespaces?dryRun=All",
        posted: { apiVersion: "v1", kind: "Namespace", metadata: { name: "kubelith-check", labels } },
      });
      return status === 422 ? PASS : fail(`a level that does not exist is accepted: ${String(status)}`);
    },
  },
  {
    point: "1.2.27",
    subject: "Secrets are encrypted at rest",
    remedy: "kubelith secrets-encrypt enable",
    judge: async (probe) => {
      const { status, text } = await probe({ path: "/v1-kubelith/secrets-encrypt" });
      if (status === 400) return PASS;
      if (status >= 300) return warn(`the server does not tell: ${String(status)}`);
      const { enabled, retiring } = JSON.parse(text) as { enabled?: boolean; retiring?: readonly string[] };
      if (enabled !== true) return fail("encryption is off");
      return retiring?.length === 0 ? PASS : warn("older Secrets are still being written anew");
    },
  },
  {
    point: "1.2.28",
    subject: "Secrets are encrypted with a key that is good",
    remedy: "put aesgcm, aescbc or secretbox before identity in the file",
    judge: async (probe) => {
      const { status } = await probe({ path: "/v1-kubelith/secrets-encrypt" });
      return status === 400
        ? warn("--encryption-provider-config decides; the first provider of secrets may not be identity")
        : PASS;
    },
  },
  {
    point: "1.2.12",
    subject: "pods have an account that exists (ServiceAccount)",
    remedy: "remove ServiceAccount from --disable-admission-plugins",
    judge: async (probe) => {
      const { status } = await probe({
        path: "/api/v1/namespaces/default/pods?dryRun=All",
        posted: {
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name: "kubelith-check" },
          spec: { serviceAccountName: "kubelith-check", containers: [{ name: "c", image: "none" }] },
        },
      });
      return status === 403
        ? PASS
        : fail(`a pod of an account that does not exist is let in: ${String(status)}`);
    },
  },
  {
    point: "1.2.13",
    subject: "nothing is made in namespaces that do not exist (NamespaceLifecycle)",
    remedy: "remove NamespaceLifecycle from --disable-admission-plugins",
    judge: async (probe) => {
      const { status } = await probe({
        path: "/api/v1/namespaces/kubelith-check/configmaps?dryRun=All",
        posted: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "kubelith-check" } },
      });
      return status === 404 ? PASS : fail(`the answer is ${String(status)}`);
    },
  },
  {
    point: "1.2.15",
    subject: "the API server cannot be profiled",
    remedy: "let nothing in front of the server answer /debug/pprof",
    judge: async (probe) => {
      const { status } = await probe({ path: "/debug/pprof/" });
      return status === 404 ? PASS : fail(`/debug/pprof/ answers ${String(status)}`);
    },
  },
  {
    point: "1.2.30",
    subject: "tokens of service accounts end when they are to",
    remedy: "start the server with --service-account-extend-token-expiration=false",
    judge: async (probe) => {
      const answer = (await answerOf(probe, {
        path: "/api/v1/namespaces/kube-system/serviceaccounts/default/token",
        posted: {
          apiVersion: "authentication.k8s.io/v1",
          kind: "TokenRequest",
          spec: { expirationSeconds: EXTENDED_SECONDS },
        },
      })) as { readonly status?: { readonly token?: string } };
      const seconds = lifeOf(answer.status?.token ?? "");
      return seconds <= EXTENDED_SECONDS
        ? PASS
        : fail(`one for an hour is good for ${String(seconds)} seconds`);
    },
  },
];

/** The life of tokens that kube-apiserver makes longer: the one that kubelets ask for. */
const EXTENDED_SECONDS = 3607;

/** What is not looked into without a server. */
export const API_POINTS: readonly SecurityPoint[] = CHECKS;

/** Everything that the API tells of itself. */
export async function checkApi(probe: ApiProbe): Promise<readonly Finding[]> {
  return await Promise.all(CHECKS.map(async (check) => findingOf(check, await check.judge(probe))));
}

function findingOf(point: SecurityPoint, verdict: Verdict): Finding {
  if (verdict.result === "pass") return passed(point);
  return verdict.result === "warn" ? warned(point, verdict.reason) : failed(point, verdict.reason);
}

function fail(reason: string): Verdict {
  return { result: "fail", reason };
}

function warn(reason: string): Verdict {
  return { result: "warn", reason };
}

/** Seconds, by what a token says of itself; endless for one that says nothing. */
function lifeOf(token: string): number {
  const [, payload = ""] = token.split(".");
  if (payload === "") return Number.POSITIVE_INFINITY;
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as Partial<
    Record<"iat" | "exp", number>
  >;
  return (claims.exp ?? Number.POSITIVE_INFINITY) - (claims.iat ?? 0);
}

async function isAllowed(probe: ApiProbe, user: string, groups: readonly string[]): Promise<boolean> {
  const resourceAttributes = { verb: "list", resource: "secrets", version: "v1" };
  const answer = await answerOf(probe, {
    path: "/apis/authorization.k8s.io/v1/subjectaccessreviews",
    posted: {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      spec: { user, groups, resourceAttributes },
    },
  });
  return (answer as { readonly status?: { readonly allowed?: boolean } }).status?.allowed !== false;
}

interface Binding {
  readonly metadata: { readonly name: string };
  readonly subjects?: readonly { readonly name: string }[];
}

function bindingsOf(answer: unknown): readonly Binding[] {
  return (answer as { readonly items?: readonly Binding[] }).items ?? [];
}

function isOfEverybody({ metadata, subjects = [] }: Binding): boolean {
  return !PUBLIC_BINDINGS.includes(metadata.name) && subjects.some(({ name }) => ANYBODY.includes(name));
}
