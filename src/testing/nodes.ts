/** Nodes and their taints and conditions as compact text, for tests of what watches over nodes. */
import type { Node, Taint } from "#api/generated/core-v1.ts";
import type { Plan } from "#reconcile/action.ts";
import { describeAction } from "./actions.ts";
import { aNode } from "./objects.ts";

/** The moment at which those tests happen. */
export const NODE_TEST_NOW = new Date("2026-01-01T01:00:00Z");

/** The time so many seconds before that. */
export function secondsAgo(seconds: number): string {
  return `${new Date(NODE_TEST_NOW.getTime() - seconds * 1000).toISOString().slice(0, 19)}Z`;
}

export interface ConditionedNodeOptions {
  /** `Ready=True` and the like; a node without conditions never said anything. */
  readonly conditions?: readonly string[];
  /** `key:effect@seconds`, added that many seconds ago. */
  readonly taints?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly unschedulable?: boolean;
  /** Since when the conditions hold and the node exists. */
  readonly ageSeconds?: number;
}

export function aConditionedNode(name: string, options: ConditionedNodeOptions = {}): Node {
  const { conditions = ["Ready=True"], taints = [], labels, unschedulable, ageSeconds = 1000 } = options;
  return aNode(name, {
    creationTimestamp: secondsAgo(ageSeconds),
    ...(labels && { labels }),
    spec: {
      ...(taints.length > 0 && { taints: taints.map(parseTaint) }),
      ...(unschedulable !== undefined && { unschedulable }),
    },
    status: {
      conditions: conditions.map((text) => {
        const [type = "", status = ""] = text.split("=");
        const times = { lastHeartbeatTime: secondsAgo(5), lastTransitionTime: secondsAgo(ageSeconds) };
        return { type, status, ...times };
      }),
    },
  });
}

function parseTaint(text: string): Taint {
  const [what = "", seconds] = text.split("@");
  const [key = "", effect = ""] = what.split(":");
  return {
    key: key.includes("/") ? key : `node.kubernetes.io/${key}`,
    effect: effect as Taint["effect"],
    ...(seconds !== undefined && { timeAdded: secondsAgo(Number(seconds)) }),
  };
}

/** A plan as `describePlan` gives it, but nodes with nothing but their taints or conditions. */
export function describeNodePlan({ actions, requeueAfterMs }: Plan): readonly string[] {
  const lines = actions.map((action) => {
    if (action.type === "update") return `taint ${describeTaints(action.object as Node)}`;
    if (action.type !== "updateStatus" || action.object.kind !== "Node") return describeAction(action);
    const { metadata, status } = action.object as Node;
    const conditions = status?.conditions?.map((each) => `${each.type}=${each.status}(${each.reason ?? ""})`);
    return `status ${[metadata.name, ...(conditions ?? [])].join(" ")}`;
  });
  return [...lines, ...(requeueAfterMs === undefined ? [] : [`requeue ${String(requeueAfterMs)}ms`])];
}

function describeTaints({ metadata, spec }: Node): string {
  const taints = spec.taints?.map(({ key, effect }) => `${key.replace("node.kubernetes.io/", "")}:${effect}`);
  return [metadata.name, ...(taints ?? [])].join(" ");
}
