import { podQosClass } from "#api/core/v1/pod-resources.ts";
import type { Pod, Toleration } from "#api/generated/core-v1.ts";
import { notFound, StatusError, unclassified } from "#apimachinery/status-error.ts";
import {
  type AdmissionPlugin,
  type AdmissionRequest,
  type ClusterView,
  defineAdmissionPlugin,
} from "../../admission-plugin.ts";
import { includesToleration, mergeTolerations } from "../../tolerations/merge-tolerations.ts";
import type { TolerationLists } from "./toleration-lists.ts";

const PREFIX = "scheduler.alpha.kubernetes.io/";
const DEFAULTS = `${PREFIX}defaultTolerations`;
const WHITELIST = `${PREFIX}tolerationsWhitelist`;

const MEMORY_PRESSURE: Toleration = {
  key: "node.kubernetes.io/memory-pressure",
  operator: "Exists",
  effect: "NoSchedule",
};

/** Pods tolerate what their namespace wants them to, and nothing that it does not let them. */
export function podTolerationRestriction(lists: TolerationLists): AdmissionPlugin {
  return defineAdmissionPlugin({
    name: "PodTolerationRestriction",
    operations: ["CREATE", "UPDATE"],
    resources: ["pods"],
    mutate: (request, { cluster }) => {
      const pod = addDefaults(request, cluster, lists);
      if (pod instanceof StatusError) return pod;
      return refuseTolerations({ ...request, object: pod }, cluster, lists) ?? pod;
    },
    validate: (request, { cluster }) => refuseTolerations(request, cluster, lists),
  });
}

function addDefaults(
  { operation, object, namespace }: AdmissionRequest,
  cluster: ClusterView,
  lists: TolerationLists,
): Pod | StatusError {
  const pod = object as Pod;
  const defaults =
    operation === "CREATE" ? (annotated(namespace, DEFAULTS, cluster) ?? lists.default ?? []) : [];
  if (defaults instanceof StatusError) return defaults;
  const pressure = podQosClass(pod.spec) === "BestEffort" ? [] : [MEMORY_PRESSURE];
  const added = [...defaults, ...pressure];
  if (added.length === 0) return pod;
  const tolerations = mergeTolerations(pod.spec.tolerations ?? [], added);
  return { ...pod, spec: { ...pod.spec, tolerations } };
}

function refuseTolerations(
  { object, namespace }: AdmissionRequest,
  cluster: ClusterView,
  lists: TolerationLists,
): StatusError | undefined {
  const { tolerations = [] } = (object as Pod).spec;
  if (tolerations.length === 0) return undefined;
  const own = annotated(namespace, WHITELIST, cluster);
  if (own instanceof StatusError) return own;
  const whitelist = own ?? lists.whitelist ?? [];
  const isAllowed = tolerations.every((each) => whitelist.some((wide) => includesToleration(wide, each)));
  if (whitelist.length === 0 || isAllowed) return undefined;
  const scope = own === undefined ? "cluster" : "namespace";
  return unclassified(
    `pod tolerations (possibly merged with namespace default tolerations) conflict with its ${scope} whitelist`,
  );
}

/** Undefined where the namespace says nothing. */
function annotated(
  name: string,
  annotation: string,
  cluster: ClusterView,
): readonly Toleration[] | StatusError | undefined {
  const namespace = cluster.get("Namespace", { name });
  if (namespace === undefined) return notFound({ group: "", resource: "namespaces" }, name);
  const text = namespace.metadata.annotations?.[annotation];
  if (text === undefined || text === "") return text === undefined ? undefined : [];
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? (list as readonly Toleration[]) : unclassified(wrongType(list));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return unclassified(error.message);
  }
}

function wrongType(value: unknown): string {
  return `json: cannot unmarshal ${typeof value} into Go value of type []v1.Toleration`;
}
