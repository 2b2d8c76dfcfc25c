import type { Namespace, Pod } from "#api/generated/core-v1.ts";
import { notFound, StatusError, unclassified } from "#apimachinery/status-error.ts";
import {
  type AdmissionPlugin,
  type AdmissionRequest,
  type ClusterView,
  defineAdmissionPlugin,
} from "../../admission-plugin.ts";
import { refuse } from "../../refuse.ts";
import { CLUSTER_DEFAULT, type Labels, type NodeSelectors, parseSelector } from "./node-selectors.ts";

const ANNOTATION = "scheduler.alpha.kubernetes.io/node-selector";

/** Pods go where their namespace wants them to. */
export function podNodeSelector(selectors: NodeSelectors): AdmissionPlugin {
  return defineAdmissionPlugin({
    name: "PodNodeSelector",
    operations: ["CREATE"],
    resources: ["pods"],
    mutate: (request, { cluster }) => {
      const wanted = wantedBy(request, cluster, selectors);
      if (wanted instanceof StatusError) return wanted;
      const pod = request.object as Pod;
      const nodeSelector = { ...wanted, ...pod.spec.nodeSelector };
      const selected = { ...pod, spec: { ...pod.spec, nodeSelector } };
      return refuseSelector({ ...request, object: selected }, wanted, selectors) ?? selected;
    },
    validate: (request, { cluster }) => {
      const wanted = wantedBy(request, cluster, selectors);
      return wanted instanceof StatusError ? wanted : refuseSelector(request, wanted, selectors);
    },
  });
}

function wantedBy(
  request: AdmissionRequest,
  cluster: ClusterView,
  selectors: NodeSelectors,
): Labels | StatusError {
  const namespace = cluster.get("Namespace", { name: request.namespace });
  if (namespace === undefined) return notFound({ group: "", resource: "namespaces" }, request.namespace);
  const wanted = parseSelector(annotationOf(namespace) ?? selectors[CLUSTER_DEFAULT] ?? "");
  if (typeof wanted === "string") return unclassified(wanted);
  return conflicts(wanted, request.object as Pod)
    ? refuse(request, "pod node label selector conflicts with its namespace node label selector")
    : wanted;
}

function annotationOf({ metadata }: Namespace): string | undefined {
  return metadata.annotations?.[ANNOTATION];
}

function conflicts(wanted: Labels, { spec }: Pod): boolean {
  const own = spec.nodeSelector ?? {};
  return Object.entries(wanted).some(([key, value]) => own[key] !== undefined && own[key] !== value);
}

/** What is allowed in a namespace is said by the cluster alone; nothing is, as everything. */
function refuseSelector(
  request: AdmissionRequest,
  wanted: Labels,
  selectors: NodeSelectors,
): StatusError | undefined {
  const allowed = parseSelector(selectors[request.namespace] ?? "");
  if (typeof allowed === "string") return unclassified(allowed);
  const { nodeSelector = wanted } = (request.object as Pod).spec;
  const isAllowed = Object.entries(nodeSelector).every(([key, value]) => allowed[key] === value);
  return Object.keys(allowed).length === 0 || isAllowed
    ? undefined
    : refuse(request, "pod node label selector labels conflict with its namespace whitelist");
}
