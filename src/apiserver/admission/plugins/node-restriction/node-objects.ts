import { mayNodeSetLabel } from "#api/core/v1/node-labels.ts";
import type { Node } from "#api/generated/core-v1.ts";
import { semanticallyEqual } from "#api/validation/equality.ts";
import type { StatusError } from "#apimachinery/status-error.ts";
import type { AdmissionRequest } from "../../admission-plugin.ts";
import { refuse } from "../../refuse.ts";

type Labels = Readonly<Record<string, string>>;

/** Why a node may not write a Node so. */
export function refuseNodeWrite(request: AdmissionRequest, node: string): StatusError | undefined {
  const { name, operation } = request;
  if (name !== node) return refuse(request, `node "${node}" is not allowed to modify node "${name}"`);
  if (operation === "CREATE") return refuseNew(request, node);
  return operation === "UPDATE" ? refuseChange(request, node) : undefined;
}

function refuseNew(request: AdmissionRequest, node: string): StatusError | undefined {
  const { spec, metadata } = request.object as Node;
  if (spec.configSource !== undefined) {
    return refuse(request, `node "${node}" is not allowed to create pods with a non-nil configSource`);
  }
  if (rangesOf(request.object as Node).length > 0) return refuseRanges(request, node);
  const labels = forbiddenLabels(metadata.labels, {});
  return labels === ""
    ? undefined
    : refuse(request, `node "${node}" is not allowed to set the following labels: ${labels}`);
}

function refuseChange(request: AdmissionRequest, node: string): StatusError | undefined {
  const next = request.object as Node;
  const previous = request.oldObject as Node;
  const { configSource } = next.spec;
  if (configSource !== undefined && !semanticallyEqual(configSource, previous.spec.configSource)) {
    return refuse(
      request,
      `node "${node}" is not allowed to update configSource to a new non-nil configSource`,
    );
  }
  if (!semanticallyEqual(next.spec.taints, previous.spec.taints)) {
    return refuse(request, `node "${node}" is not allowed to modify taints`);
  }
  if (!semanticallyEqual(rangesOf(next), rangesOf(previous))) return refuseRanges(request, node);
  if (!semanticallyEqual(next.metadata.ownerReferences, previous.metadata.ownerReferences)) {
    return refuse(request, `node "${node}" is not allowed to modify ownerReferences`);
  }
  const labels = forbiddenLabels(next.metadata.labels, previous.metadata.labels);
  return labels === "" ? undefined : refuse(request, `is not allowed to modify labels: ${labels}`);
}

/** With the range of another it would get what is for the pods there. Kubernetes leaves it to a node to choose. */
function refuseRanges(request: AdmissionRequest, node: string): StatusError {
  return refuse(request, `node "${node}" is not allowed to set podCIDRs`);
}

function rangesOf({ spec: { podCIDR = "", podCIDRs = [] } }: Node): readonly string[] {
  return [podCIDR, ...podCIDRs].filter((range) => range !== "");
}

/** The keys of changed labels that a node may not change, as a list for people. */
function forbiddenLabels(next: Labels = {}, previous: Labels = {}): string {
  const keys = new Set([...Object.keys(next), ...Object.keys(previous)]);
  const changed = [...keys].filter((key) => next[key] !== previous[key]);
  return changed
    .filter((key) => !mayNodeSetLabel(key))
    .toSorted()
    .join(", ");
}
