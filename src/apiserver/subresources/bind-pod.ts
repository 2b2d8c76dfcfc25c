import { binding } from "#api/core/v1/binding.ts";
import type { Binding, Pod, PodCondition, PodStatus } from "#api/generated/core-v1.ts";
import { setCondition } from "#apimachinery/conditions.ts";
import { formatFieldError } from "#apimachinery/field-error.ts";
import type { Time } from "#apimachinery/generated/meta-v1.ts";
import { omit } from "#base/omit.ts";

/** What is wrong with a binding, as one text; undefined when nothing is. */
export function bindingProblem(wanted: Binding): string | undefined {
  const texts = (binding.validate?.(wanted) ?? []).map(formatFieldError);
  return texts.length > 1 ? `[${texts.join(", ")}]` : texts[0];
}

/** The pod on its node, or why it cannot be put there. */
export function bindPod(pod: Pod, { metadata, target }: Binding, now: Time): Pod | string {
  const { name, deletionTimestamp } = pod.metadata;
  const { nodeName = "", schedulingGates = [] } = pod.spec;
  if ((deletionTimestamp ?? null) !== null)
    return `pod ${name} is being deleted, cannot be assigned to a host`;
  if (nodeName !== "") return `pod ${name} is already assigned to node ${JSON.stringify(nodeName)}`;
  if (schedulingGates.length > 0) return `pod ${name} has non-empty .spec.schedulingGates`;
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      ...merged("annotations", pod.metadata.annotations, metadata.annotations),
      ...merged("labels", pod.metadata.labels, metadata.labels),
    },
    spec: { ...pod.spec, nodeName: target.name ?? "" },
    status: withCondition(
      omit(pod.status ?? {}, "nominatedNodeName"),
      { type: "PodScheduled", status: "True" },
      now,
    ),
  };
}

/** The condition as the server itself sets it; its time moves only when its status does. */
export function withCondition(
  status: PodStatus,
  condition: Pick<PodCondition, "type" | "status" | "reason" | "message">,
  now: Time,
): PodStatus {
  return {
    ...status,
    conditions: setCondition<PodCondition>(status.conditions, { ...condition, lastProbeTime: null }, now),
  };
}

type TextMap = Readonly<Record<string, string>> | undefined;

function merged(field: "annotations" | "labels", present: TextMap, added: TextMap): object {
  return added === undefined || Object.keys(added).length === 0 ? {} : { [field]: { ...present, ...added } };
}
