import { isConditionTrue } from "#apimachinery/conditions.ts";
import type { TableRowCondition } from "#apimachinery/generated/meta-v1.ts";
import { formatHumanDuration } from "#apimachinery/human-duration.ts";
import { ageColumn, nameColumn, textColumn, wideColumn } from "../../../columns.ts";
import type { Pod } from "../../../generated/core-v1.ts";
import type { Column } from "../../../kind.ts";
import { type PodSummary, type Restarts, summarizePod } from "./summary.ts";

/** Three columns of a row need the summary; the objects of a table are read-only. */
const summaries = new WeakMap<Pod, PodSummary>();

export const podColumns: readonly Column<Pod>[] = [
  nameColumn,
  textColumn("Ready", (pod) => {
    const { ready, total } = summaryOf(pod);
    return `${String(ready)}/${String(total)}`;
  }),
  textColumn("Status", (pod) => summaryOf(pod).status),
  {
    name: "Restarts",
    type: "string",
    value: (pod, now) => formatRestarts(summaryOf(pod).restarts, now),
  },
  ageColumn,
  wideColumn("IP", ({ status }) => status?.podIPs?.[0]?.ip || "<none>"),
  wideColumn("Node", ({ spec }) => spec.nodeName || "<none>"),
  wideColumn("Nominated Node", ({ status }) => status?.nominatedNodeName || "<none>"),
  wideColumn("Readiness Gates", formatReadinessGates),
];

const COMPLETIONS: Readonly<Record<string, string>> = {
  Succeeded: "The pod has completed successfully.",
  Failed: "The pod failed.",
};

/** Tells clients of tables which pods have run to their end. */
export function completionOf({ status }: Pod): readonly TableRowCondition[] | undefined {
  const reason = status?.phase ?? "";
  const message = COMPLETIONS[reason];
  return message === undefined ? undefined : [{ type: "Completed", status: "True", reason, message }];
}

function summaryOf(pod: Pod): PodSummary {
  const known = summaries.get(pod);
  if (known !== undefined) return known;
  const summary = summarizePod(pod);
  summaries.set(pod, summary);
  return summary;
}

function formatRestarts({ count, last }: Restarts, now: number): string {
  const text = String(count);
  return count === 0 || last === undefined ? text : `${text} (${formatHumanDuration(now - last)} ago)`;
}

function formatReadinessGates({ spec, status }: Pod): string {
  const { readinessGates = [] } = spec;
  if (readinessGates.length === 0) return "<none>";
  const open = readinessGates.filter(({ conditionType }) =>
    isConditionTrue(status?.conditions, conditionType),
  );
  return `${String(open.length)}/${String(readinessGates.length)}`;
}
