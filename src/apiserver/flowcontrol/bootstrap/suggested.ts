/** The flow control that clusters start with (apiserver `pkg/apis/flowcontrol/bootstrap`); anybody may change it. */

import { EXEMPT } from "#api/flowcontrol/v1/mandatory.ts";
import type {
  FlowSchemaSpec,
  PolicyRulesWithSubjects,
  PriorityLevelConfigurationSpec,
  Subject,
} from "#api/generated/flowcontrol-v1.ts";
import { AUTHENTICATED_GROUP, NODES_GROUP, SERVICE_ACCOUNTS_GROUP } from "#apimachinery/user.ts";

const ALL: readonly string[] = ["*"];

const CONTROLLER_MANAGER = user("system:kube-controller-manager");
const SCHEDULER = user("system:kube-scheduler");
const SYSTEM_ACCOUNTS: Subject = {
  kind: "ServiceAccount",
  serviceAccount: { name: "*", namespace: "kube-system" },
};
const EVERYBODY: readonly Subject[] = [group("system:unauthenticated"), group(AUTHENTICATED_GROUP)];

export const SUGGESTED_PRIORITY_LEVELS: ReadonlyMap<string, PriorityLevelConfigurationSpec> = new Map([
  ["system", level({ shares: 30, lendablePercent: 33, queues: 64, handSize: 6 })],
  ["node-high", level({ shares: 40, lendablePercent: 25, queues: 64, handSize: 6 })],
  ["leader-election", level({ shares: 10, lendablePercent: 0, queues: 16, handSize: 4 })],
  ["workload-high", level({ shares: 40, lendablePercent: 50, queues: 128, handSize: 6 })],
  ["workload-low", level({ shares: 100, lendablePercent: 90, queues: 128, handSize: 6 })],
  ["global-default", level({ shares: 20, lendablePercent: 50, queues: 128, handSize: 6 })],
]);

export const SUGGESTED_FLOW_SCHEMAS: ReadonlyMap<string, FlowSchemaSpec> = new Map([
  [
    "probes",
    schema(EXEMPT, 2, undefined, {
      subjects: EVERYBODY,
      nonResourceRules: [{ verbs: ["get"], nonResourceURLs: ["/healthz", "/readyz", "/livez"] }],
    }),
  ],
  [
    "system-leader-election",
    schema("leader-election", 100, "ByUser", {
      subjects: [CONTROLLER_MANAGER, SCHEDULER, SYSTEM_ACCOUNTS],
      resourceRules: [leases(["get", "create", "update"])],
    }),
  ],
  [
    "system-node-high",
    schema("node-high", 400, "ByUser", {
      subjects: [group(NODES_GROUP)],
      resourceRules: [
        {
          verbs: ALL,
          apiGroups: [""],
          resources: ["nodes", "nodes/status"],
          namespaces: ALL,
          clusterScope: true,
        },
        leases(ALL),
      ],
    }),
  ],
  ["system-nodes", schema("system", 500, "ByUser", everything(group(NODES_GROUP)))],
  ["kube-controller-manager", schema("workload-high", 800, "ByNamespace", everything(CONTROLLER_MANAGER))],
  ["kube-scheduler", schema("workload-high", 800, "ByNamespace", everything(SCHEDULER))],
  ["kube-system-service-accounts", schema("workload-high", 900, "ByNamespace", everything(SYSTEM_ACCOUNTS))],
  ["service-accounts", schema("workload-low", 9000, "ByUser", everything(group(SERVICE_ACCOUNTS_GROUP)))],
  ["global-default", schema("global-default", 9900, "ByUser", everything(...EVERYBODY))],
]);

interface LevelOptions {
  readonly shares: number;
  readonly lendablePercent: number;
  readonly queues: number;
  readonly handSize: number;
}

function level({ shares, lendablePercent, queues, handSize }: LevelOptions): PriorityLevelConfigurationSpec {
  return {
    type: "Limited",
    limited: {
      nominalConcurrencyShares: shares,
      lendablePercent,
      limitResponse: { type: "Queue", queuing: { queues, handSize, queueLengthLimit: 50 } },
    },
  };
}

function schema(
  priorityLevel: string,
  matchingPrecedence: number,
  distinguisher: "ByUser" | "ByNamespace" | undefined,
  rules: PolicyRulesWithSubjects,
): FlowSchemaSpec {
  return {
    priorityLevelConfiguration: { name: priorityLevel },
    matchingPrecedence,
    ...(distinguisher !== undefined && { distinguisherMethod: { type: distinguisher } }),
    rules: [rules],
  };
}

function everything(...subjects: readonly Subject[]): PolicyRulesWithSubjects {
  return {
    subjects,
    resourceRules: [{ verbs: ALL, apiGroups: ALL, resources: ALL, namespaces: ALL, clusterScope: true }],
    nonResourceRules: [{ verbs: ALL, nonResourceURLs: ALL }],
  };
}

function leases(verbs: readonly string[]) {
  return { verbs, apiGroups: ["coordination.k8s.io"], resources: ["leases"], namespaces: ALL };
}

function user(name: string): Subject {
  return { kind: "User", user: { name } };
}

function group(name: string): Subject {
  return { kind: "Group", group: { name } };
}
