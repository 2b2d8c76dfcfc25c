import { describe, expect, test } from "bun:test";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { Plan } from "#reconcile/action.ts";
import { describePlan } from "#testing/actions.ts";
import { aConfigMap, aPod, aResourceQuota } from "#testing/objects.ts";
import { type BoundedContent, planResourceQuota, resourceQuotaController } from "./resourcequota.ts";

const RESYNC = "requeue 300000ms";
const now = new Date("2026-01-01T00:00:00Z");
const pods = (...objects: readonly KubeObject[]): BoundedContent => ({
  resource: { group: "", resource: "pods" },
  objects,
});

function plan(
  spec: Parameters<typeof aResourceQuota>[1],
  ...content: readonly BoundedContent[]
): readonly string[] {
  return describePlan(planResourceQuota({ quota: aResourceQuota("q", spec), content, now }));
}

describe("planResourceQuota", () => {
  test("counts what there is for the first time", () => {
    const widgets = { resource: { group: "example.com", resource: "widgets" }, objects: [aConfigMap("w")] };
    const hard = { pods: "5", "count/widgets.example.com": "2", cpu: "1000m" };
    expect(plan({ spec: { hard } }, pods(aPod("a"), aPod("b")), widgets)).toEqual([
      'status ResourceQuota q hard={pods:"5","count/widgets.example.com":"2",cpu:"1"} used={pods:"2",cpu:"0","count/widgets.example.com":"1"}',
      RESYNC,
    ]);
  });

  test("rests when the count is right, however it is written", () => {
    const status = { hard: { pods: "5" }, used: { pods: "1000m" } };
    expect(plan({ spec: { hard: { pods: "5" } }, status }, pods(aPod("a")))).toEqual([RESYNC]);
  });

  test("takes note of what has gone", () => {
    const status = { hard: { pods: "5" }, used: { pods: "3" } };
    expect(plan({ spec: { hard: { pods: "5" } }, status }, pods(aPod("a")))).toEqual([
      'status ResourceQuota q hard={pods:"5"} used={pods:"1"}',
      RESYNC,
    ]);
  });

  test("forgets what is no longer bounded", () => {
    const status = { hard: { pods: "5", secrets: "2" }, used: { pods: "0", secrets: "2" } };
    expect(plan({ spec: { hard: { pods: "5" } }, status }, pods())).toEqual([
      'status ResourceQuota q hard={pods:"5"} used={pods:"0"}',
      RESYNC,
    ]);
  });

  test("counts only what is in scope", () => {
    const spec = { hard: { pods: "5" }, scopes: ["Terminating"] as const };
    const short = aPod("a", { spec: { activeDeadlineSeconds: 3 } });
    expect(plan({ spec }, pods(short, aPod("b")))).toEqual([
      'status ResourceQuota q hard={pods:"5"} used={pods:"1"}',
      RESYNC,
    ]);
  });

  test("looks again soon for what does not exist yet", () => {
    expect(plan({ spec: { hard: { "count/widgets.example.com": "1" } } })).toEqual([
      'status ResourceQuota q hard={"count/widgets.example.com":"1"} used={}',
      "requeue 30000ms",
    ]);
  });

  test("rests once its plan has been carried out", () => {
    const quota = aResourceQuota("q", { spec: { hard: { pods: "5", memory: "1Gi" } } });
    const view = { content: [pods(aPod("a"))], now };
    const [action] = planResourceQuota({ ...view, quota }).actions;
    const written = action?.type === "updateStatus" ? (action.object as typeof quota) : quota;
    const second: Plan = planResourceQuota({ ...view, quota: written });
    expect(second.actions).toEqual([]);
  });
});

describe("a change", () => {
  const watch = resourceQuotaController.watches.find(({ kind }) => kind === "*");
  const matters = (next: object, previous?: object): boolean => {
    const when = watch?.when as (object: KubeObject, previous: KubeObject | undefined) => boolean;
    return when(next as KubeObject, previous as KubeObject | undefined);
  };
  const pod = (phase: string): object => ({ ...aPod("a"), status: { phase } });
  const service = (type: string): object => ({ kind: "Service", metadata: {}, spec: { type } });

  test.each<[string, object, object | undefined, boolean]>([
    ["that is a new object", pod("Pending"), undefined, false],
    ["of a pod that goes on", pod("Running"), pod("Pending"), false],
    ["of a pod that ends", pod("Succeeded"), pod("Running"), true],
    ["of a Service's type", service("ClusterIP"), service("NodePort"), true],
    ["of anything else", { kind: "ConfigMap", data: {} }, { kind: "ConfigMap" }, false],
  ])("%s", (_, next, previous, expected) => {
    expect(matters(next, previous)).toBe(expected);
  });
});
