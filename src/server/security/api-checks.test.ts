import { expect, test } from "bun:test";
import type { ServerAnswer, ServerRequest } from "../ask-server.ts";
import { checkApi } from "./api-checks.ts";
import type { ApiProbe } from "./cluster-view.ts";

/** What a safe server says, but to requests that `change` answers. */
function aServer(change: (request: ServerRequest) => ServerAnswer | undefined = () => undefined): ApiProbe {
  return (request) => Promise.resolve(change(request) ?? safeAnswer(request));
}

function safeAnswer({ path, anonymous = false }: ServerRequest): ServerAnswer {
  if (anonymous) return { status: 401, text: "" };
  if (path.startsWith("/api/v1/nodes")) return { status: 403, text: "" };
  if (path.endsWith("/default/pods?dryRun=All")) return { status: 403, text: "" };
  if (path.endsWith("/configmaps?dryRun=All")) return { status: 404, text: "" };
  if (path.endsWith("/token")) return token(3607);
  if (path === "/debug/pprof/") return { status: 404, text: "" };
  if (path.startsWith("/api/v1/namespaces")) return { status: 422, text: "" };
  if (path.endsWith("clusterrolebindings")) return ok({ items: [binding("system:public-info-viewer")] });
  if (path.endsWith("subjectaccessreviews")) return ok({ status: { allowed: false } });
  return ok({ enabled: true, retiring: [] });
}

const ok = (document: object): ServerAnswer => ({ status: 200, text: JSON.stringify(document) });

const token = (seconds: number): ServerAnswer => {
  const payload = Buffer.from(JSON.stringify({ iat: 1000, exp: 1000 + seconds })).toString("base64url");
  return ok({ status: { token: `a.${payload}.c` } });
};

const binding = (name: string) => ({ metadata: { name }, subjects: [{ name: "system:unauthenticated" }] });

/** An answer to requests for a path alone. */
const at =
  (path: string, answer: ServerAnswer) =>
  (request: ServerRequest): ServerAnswer | undefined =>
    request.path.startsWith(path) && request.anonymous !== true ? answer : undefined;

const allowedFor =
  (user: string) =>
  ({ posted = {} }: ServerRequest): ServerAnswer | undefined =>
    (posted as { spec?: { user?: string } }).spec?.user === user
      ? ok({ status: { allowed: true } })
      : undefined;

test("a safe server passes every check", async () => {
  const findings = await checkApi(aServer());
  expect(findings.filter(({ result }) => result !== "pass")).toEqual([]);
  expect(findings).toHaveLength(12);
});

test.each<[string, string, string, (request: ServerRequest) => ServerAnswer | undefined]>([
  ["answers everybody", "1.2.1", "fail", ({ anonymous }) => (anonymous === true ? ok({}) : undefined)],
  [
    "binds a role to everybody",
    "5.1.1",
    "fail",
    at("/apis/rbac.authorization.k8s.io", ok({ items: [binding("open")] })),
  ],
  ["allows everything", "1.2.6", "fail", allowedFor("kubelith-check")],
  ["lets nodes read every Secret", "1.2.7", "fail", allowedFor("system:node:kubelith-check")],
  ["lets nodes register others", "1.2.14", "fail", at("/api/v1/nodes", { status: 201, text: "{}" })],
  ["knows no PodSecurity", "5.2.1", "fail", at("/api/v1/namespaces?", { status: 201, text: "{}" })],
  ["invents accounts", "1.2.12", "fail", at("/api/v1/namespaces/default/pods", { status: 201, text: "{}" })],
  [
    "invents namespaces",
    "1.2.13",
    "fail",
    at("/api/v1/namespaces/kubelith-check", { status: 201, text: "{}" }),
  ],
  ["can be profiled", "1.2.15", "fail", at("/debug/pprof", { status: 200, text: "" })],
  ["makes tokens good for a year", "1.2.30", "fail", at("/api/v1/namespaces/kube-system", token(31_536_000))],
  ["encrypts nothing", "1.2.27", "fail", at("/v1-kubelith", ok({ enabled: false, retiring: [] }))],
  [
    "has not encrypted everything yet",
    "1.2.27",
    "warn",
    at("/v1-kubelith", ok({ enabled: true, retiring: ["identity"] })),
  ],
  ["encrypts as a file says", "1.2.28", "warn", at("/v1-kubelith", { status: 400, text: "" })],
])("a server that %s is found out", async (_case, point, result, change) => {
  const found = (await checkApi(aServer(change))).filter((finding) => finding.result !== "pass");
  expect(found).toMatchObject([{ point, result }]);
  expect(found[0]?.reason).not.toBe("");
  expect(found[0]?.remedy).not.toBe("");
});
