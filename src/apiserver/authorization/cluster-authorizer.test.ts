import { describe, expect, test } from "bun:test";
import { BuiltInSchemas } from "#api/schemas.ts";
import { silentLogger } from "#observability/logger.ts";
import { Metrics } from "#observability/metrics.ts";
import { createMemoryStore } from "#store/memory/memory-store.ts";
import { createClusterState } from "../cluster-state.ts";
import { AuthorizationMetrics } from "./authorization-metrics.ts";
import type { Authorizer } from "./authorizer.ts";
import { AuthorizerChain, type ChainLink } from "./authorizer-chain.ts";
import { createClusterAuthorizer } from "./cluster-authorizer.ts";

const ALLOW: ChainLink = { type: "AlwaysAllow", name: "alwaysallow" };
const DENY: ChainLink = { type: "AlwaysDeny", name: "alwaysdeny" };
const RBAC: ChainLink = { type: "RBAC", name: "rbac" };
const NODE: ChainLink = { type: "Node", name: "node" };
const STRICT: ChainLink = {
  type: "Webhook",
  name: "strict",
  authorizer: {
    authorize: () => Promise.resolve({ outcome: "deny", reason: "no" }),
    rulesFor: () => ({ resourceRules: [], nonResourceRules: [], incomplete: true }),
  },
};

const jane = { name: "jane", groups: ["system:authenticated"] };
const admin = { name: "root", groups: ["system:masters"] };
const node = { name: "system:node:n1", groups: ["system:nodes"] };

function open(...links: readonly ChainLink[]) {
  const state = createClusterState({ store: createMemoryStore(), schemas: new BuiltInSchemas() });
  const metrics = new Metrics();
  const chain = new AuthorizerChain(links);
  const opened = createClusterAuthorizer(
    { nodeRules: [] },
    { ...state, logger: silentLogger, chain, metrics: new AuthorizationMetrics(metrics) },
  );
  const decide = async (user: Parameters<Authorizer["rulesFor"]>[0]) => {
    const target = { group: "", version: "v1", resource: "nodes", subresource: "", namespace: "" };
    const { outcome, reason } = await opened.authorizer.authorize({
      type: "resource",
      user,
      verb: "get",
      ...target,
      name: "n1",
    });
    return `${outcome} ${reason}`.trim();
  };
  return { ...opened, decide, chain, metrics, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
}

describe("createClusterAuthorizer", () => {
  const cases: { name: string; links: ChainLink[]; user: typeof jane; decision: string }[] = [
    { name: "nobody knows jane", links: [NODE, RBAC], user: jane, decision: "noOpinion" },
    { name: "AlwaysAllow allows", links: [ALLOW], user: jane, decision: "allow" },
    {
      name: "AlwaysDeny has no opinion",
      links: [DENY],
      user: jane,
      decision: "noOpinion Everything is forbidden.",
    },
    { name: "those behind AlwaysDeny may allow", links: [DENY, ALLOW], user: jane, decision: "allow" },
    { name: "the order counts", links: [STRICT, ALLOW], user: jane, decision: "deny no" },
    { name: "the other order counts, too", links: [ALLOW, STRICT], user: jane, decision: "allow" },
    { name: "nobody locks administrators out", links: [STRICT], user: admin, decision: "allow" },
    { name: "nodes are known with Node", links: [NODE, RBAC], user: node, decision: "allow" },
    { name: "nodes are unknown without", links: [RBAC], user: node, decision: "noOpinion" },
  ];
  test.each(cases)("$name", async ({ links, user, decision }) => {
    await using opened = open(...links);
    expect(await opened.decide(user)).toBe(decision);
  });

  test("asks the present authorizers", async () => {
    await using opened = open(STRICT, RBAC);
    expect(await opened.decide(jane)).toBe("deny no");
    opened.chain.replace([ALLOW, RBAC]);
    expect(await opened.decide(jane)).toBe("allow");
  });

  test("lists the rules of all", async () => {
    await using opened = open(ALLOW, DENY, STRICT);
    expect(await opened.authorizer.rulesFor(jane, "default")).toEqual({
      resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }],
      nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
      incomplete: true,
    });
  });

  test("counts what is decided for good", async () => {
    await using opened = open(DENY, STRICT);
    await opened.decide(jane);
    const text = await opened.metrics.expose();
    expect(text).toContain('decisions_total{type="Webhook",name="strict",decision="denied"} 1\n');
    expect(text).toContain('decisions_total{type="AlwaysDeny",name="alwaysdeny",decision="denied"} 0\n');
  });
});
