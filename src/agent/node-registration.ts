import { KUBELET_LABELS, KUBELET_NAMESPACES, mayNodeSetLabel } from "#api/core/v1/node-labels.ts";
import type { Taint } from "#api/generated/core-v1.ts";
import { checkLabelValue, checkQualifiedName } from "#apimachinery/formats.ts";

/** A label that a node gives itself. */
export interface NodeLabel {
  readonly key: string;
  readonly value: string;
}

const EFFECTS: readonly Taint["effect"][] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/** A label such as `disk=ssd`. Throws a RangeError that says what it must be. */
export function parseNodeLabel(text: string): NodeLabel {
  const at = text.indexOf("=");
  const [key, value] = at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
  if (checkQualifiedName(key).length > 0 || checkLabelValue(value).length > 0)
    throw new RangeError("must be a label such as disk=ssd");
  if (!mayNodeSetLabel(key))
    throw new RangeError(
      `must not be a label of Kubernetes that nodes may not give themselves: those in the 'kubernetes.io' namespace must begin with an allowed prefix (${KUBELET_NAMESPACES.join(", ")}) or be in the specifically allowed set (${KUBELET_LABELS.join(", ")})`,
    );
  return { key, value };
}

/** A taint such as `disk=slow:NoSchedule`. Throws a RangeError that says what it must be. */
export function parseNodeTaint(text: string): Taint {
  const [, key = "", value, last] = /^([^=:]+)(?:=([^:]*))?:([A-Za-z]+)$/.exec(text) ?? [];
  const effect = EFFECTS.find((each) => each === last);
  const isNamed = checkQualifiedName(key).length === 0 && checkLabelValue(value ?? "").length === 0;
  if (!isNamed || effect === undefined)
    throw new RangeError(`must be a taint such as disk=slow:NoSchedule, with one of ${EFFECTS.join(", ")}`);
  return { key, ...(value !== undefined && { value }), effect };
}
