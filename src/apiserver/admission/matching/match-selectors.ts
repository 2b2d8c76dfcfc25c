import type { LabelSelector } from "#apimachinery/generated/meta-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { compileLabelSelector, type LabelMatcher } from "#apimachinery/selectors/label-selector.ts";
import { notFound, StatusError } from "#apimachinery/status-error.ts";
import type { AdmissionRequest, ClusterView } from "../admission-plugin.ts";

export interface Selectors {
  readonly namespaceSelector?: LabelSelector;
  readonly objectSelector?: LabelSelector;
}

/** The selectors of a webhook, a policy or a binding, ready for use. */
export interface SelectorMatchers {
  readonly namespaces: LabelMatcher;
  readonly objects: LabelMatcher;
}

/** Selectors that are not there select everything. */
export function compileSelectors({
  namespaceSelector = {},
  objectSelector = {},
}: Selectors): SelectorMatchers {
  return {
    namespaces: compileLabelSelector(namespaceSelector),
    objects: compileLabelSelector(objectSelector),
  };
}

/** Whether the selectors select a request. An error counts only when everything else does. */
export function matchSelectors(
  { namespaces, objects }: SelectorMatchers,
  request: AdmissionRequest,
  cluster: ClusterView,
): boolean | StatusError {
  const inNamespace = matchesNamespace(namespaces, request, cluster);
  if (inNamespace === false) return false;
  const { object, oldObject } = request;
  return matchesObject(objects, object) || matchesObject(objects, oldObject) ? inNamespace : false;
}

/** Cluster-scoped objects cannot be left out by labels of namespaces. */
function matchesNamespace(
  { requirements, matches }: LabelMatcher,
  request: AdmissionRequest,
  cluster: ClusterView,
): boolean | StatusError {
  const { namespace, resource } = request;
  if (namespace === "" && resource.resource !== "namespaces") return true;
  if (requirements.length === 0) return true;
  const labels = namespaceLabels(request, cluster);
  return labels instanceof StatusError ? labels : matches(labels);
}

type Labels = Readonly<Record<string, string>>;

/** A namespace that is being written has the labels that it is to have. */
function namespaceLabels(
  { operation, resource, subresource, namespace, object }: AdmissionRequest,
  cluster: ClusterView,
): Labels | StatusError {
  const isWritten = operation === "CREATE" || operation === "UPDATE";
  if (resource.resource === "namespaces" && subresource === "" && isWritten) {
    return object?.metadata.labels ?? {};
  }
  const found = cluster.get("Namespace", { name: namespace });
  return found?.metadata.labels ?? (found ? {} : notFound({ group: "", resource: "namespaces" }, namespace));
}

function matchesObject({ requirements, matches }: LabelMatcher, object: KubeObject | undefined): boolean {
  if (requirements.length === 0) return true;
  // What is posted to some subresources has no metadata.
  const { metadata } = (object ?? {}) as Partial<KubeObject>;
  return object !== undefined && matches(metadata?.labels ?? {});
}
