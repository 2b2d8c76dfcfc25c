import { describe, expect, test } from "bun:test";
import { errorTexts } from "#testing/kinds.ts";
import { aPod } from "#testing/objects.ts";
import type { NodeSelectorTerm, Pod, PodSpec } from "../../../generated/core-v1.ts";
import { pod } from "../pod.ts";

describe("the placement of a gated pod", () => {
  const gated = (spec: Partial<PodSpec>): Pod =>
    aPod("web", { spec: { schedulingGates: [{ name: "a" }], ...spec } });
  const terms = (...nodeSelectorTerms: NodeSelectorTerm[]): Partial<PodSpec> => ({
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
  });
  const has = (key: string) => ({ key, operator: "Exists" as const });
  const PATH = "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";

  test.each<{ name: string; next: Partial<PodSpec>; previous: Partial<PodSpec>; want: string[] }>([
    { name: "a first node selector", next: { nodeSelector: { a: "b" } }, previous: {}, want: [] },
    {
      name: "another node selector",
      next: { nodeSelector: { a: "c" } },
      previous: { nodeSelector: { a: "b" } },
      want: [
        'spec.nodeSelector: Invalid value: {"a":"c"}: only additions to spec.nodeSelector are allowed (no mutations or deletions)',
      ],
    },
    { name: "a first node affinity", next: terms({ matchExpressions: [has("a")] }), previous: {}, want: [] },
    {
      name: "one more requirement",
      next: terms({ matchExpressions: [has("a"), has("b")] }),
      previous: terms({ matchExpressions: [has("a")] }),
      want: [],
    },
    {
      name: "another requirement",
      next: terms({ matchExpressions: [has("b")] }),
      previous: terms({ matchExpressions: [has("a")] }),
      want: [
        `${PATH}[0]: Invalid value: {"MatchExpressions":[{"Key":"b","Operator":"Exists","Values":null}],"MatchFields":null}: only additions are allowed (no mutations or deletions)`,
      ],
    },
    {
      name: "no requirement any more",
      next: {},
      previous: terms({ matchExpressions: [has("a")] }),
      want: [
        `${PATH}: Invalid value: null: no additions/deletions to non-empty NodeSelectorTerms list are allowed`,
      ],
    },
  ])("$name", ({ next, previous, want }) => {
    expect(errorTexts(pod.validateUpdate?.(gated(next), gated(previous)))).toEqual(want);
  });

  test("is fixed without gates", () => {
    const [error] = errorTexts(
      pod.validateUpdate?.(aPod("web", { spec: { nodeSelector: { a: "b" } } }), aPod("web")),
    );
    expect(error).toStartWith("spec: Forbidden: pod updates may not change fields other than");
  });
});
