import { StartupError } from "#base/startup-error.ts";
import type { ServerAnswer, ServerRequest } from "../ask-server.ts";
import { type Finding, failed, passed, type SecurityPoint, warned } from "./finding.ts";

/** Asks the API server, as the administrator unless the request says otherwise. */
export type ApiProbe = (request: ServerRequest) => Promise<ServerAnswer>;

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
    point: "1.2.15",
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
      if (status === 400) {
        return {
          result: "warn",
          reason: "--encryption-provider-config decides; the first provider of secrets may not be identity",
        };
      }
      if (status >= 300) return { result: "warn", reason: `the server does not tell: ${String(status)}` };
      const { enabled, retiring } = JSON.parse(text) as { enabled?: boolean; retiring?: readonly string[] };
      if (enabled !== true) return fail("encryption is off");
      return retiring?.length === 0
        ? PASS
        : { result: "warn", reason: "older Secrets are still being written anew" };
    },
  },
];

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

async function answerOf(probe: ApiProbe, request: ServerRequest): Promise<unknown> {
  const { status, text } = await probe(request);
  if (status >= 300)
    throw new StartupError(`Cannot check the API: ${request.path} answers ${String(status)}`);
  return JSON.parse(text) as unknown;
}
