import { describe, expect, test } from "bun:test";
import type { PriorityLevelConfiguration } from "#api/generated/flowcontrol-v1.ts";
import { type MaintenanceAction, PRIORITY_LEVEL_STOCK, planMaintenance } from "./plan-maintenance.ts";

const MARK = "apf.kubernetes.io/autoupdate-spec";

interface LevelOptions {
  /** What the mark says; absent for none. */
  readonly mark?: string;
  readonly generation?: number;
  /** Of a limited level, in place of what is suggested. */
  readonly shares?: number;
  readonly spec?: PriorityLevelConfiguration["spec"];
}

function aLevel(name: string, { mark, generation = 1, shares, spec }: LevelOptions = {}) {
  const stock = PRIORITY_LEVEL_STOCK.mandatory.get(name) ?? PRIORITY_LEVEL_STOCK.suggested.get(name);
  const wanted = spec ?? stock ?? { type: "Limited", limited: { limitResponse: { type: "Reject" } } };
  const limited = { ...wanted.limited, nominalConcurrencyShares: shares ?? 0 };
  return {
    apiVersion: "flowcontrol.apiserver.k8s.io/v1",
    kind: "PriorityLevelConfiguration",
    metadata: { name, uid: name, generation, ...(mark !== undefined && { annotations: { [MARK]: mark } }) },
    spec: shares === undefined ? wanted : { ...wanted, limited },
  } satisfies PriorityLevelConfiguration;
}

/** Everything as it should be, but for some. */
function present(...changed: readonly PriorityLevelConfiguration[]): PriorityLevelConfiguration[] {
  const names = [...PRIORITY_LEVEL_STOCK.mandatory.keys(), ...PRIORITY_LEVEL_STOCK.suggested.keys()];
  const others = names.filter((name) => !changed.some(({ metadata }) => metadata.name === name));
  return [...others.map((name) => aLevel(name, { mark: "true" })), ...changed];
}

function described(action: MaintenanceAction<PriorityLevelConfiguration>): string {
  const { metadata, spec } = action.object;
  const shares = spec.limited?.nominalConcurrencyShares ?? spec.exempt?.nominalConcurrencyShares;
  return `${action.type} ${metadata.name ?? ""} ${metadata.annotations?.[MARK] ?? "-"} ${String(shares)}`;
}

describe("planMaintenance", () => {
  const cases: { name: string; present: PriorityLevelConfiguration[]; want: string[] }[] = [
    { name: "leaves alone what is right", present: present(), want: [] },
    {
      name: "puts a suggestion right that is marked",
      present: present(aLevel("system", { mark: "true", shares: 1 })),
      want: ["update system true 30"],
    },
    {
      name: "leaves a suggestion alone that somebody has taken over",
      present: present(aLevel("system", { mark: "false", shares: 1 })),
      want: [],
    },
    {
      name: "marks a suggestion as taken over whose spec has been changed",
      present: present(aLevel("system", { generation: 2, shares: 1 })),
      want: ["update system false 1"],
    },
    {
      name: "marks a suggestion as its own that nobody has changed, and puts it right",
      present: present(aLevel("system", { mark: "perhaps", shares: 1 })),
      want: ["update system true 30"],
    },
    {
      name: "puts right what is mandatory, whatever the mark says",
      present: present(aLevel("catch-all", { mark: "false", generation: 9, shares: 1 })),
      want: ["update catch-all true 5"],
    },
    {
      name: "leaves the operator the shares of the exempt level",
      present: present(
        aLevel("exempt", {
          mark: "true",
          spec: { type: "Exempt", exempt: { nominalConcurrencyShares: 7, lendablePercent: 50 } },
        }),
      ),
      want: [],
    },
    {
      name: "deletes what was suggested once, and nothing of anybody else",
      present: present(aLevel("old", { mark: "true" }), aLevel("mine"), aLevel("kept", { mark: "false" })),
      want: ["delete old true undefined"],
    },
  ];
  test.each(cases)("$name", ({ present: given, want }) => {
    expect(planMaintenance(PRIORITY_LEVEL_STOCK, given).map(described)).toEqual(want);
  });

  test("creates everything in a new cluster", () => {
    expect(planMaintenance(PRIORITY_LEVEL_STOCK, []).map(described)).toEqual([
      "create system true 30",
      "create node-high true 40",
      "create leader-election true 10",
      "create workload-high true 40",
      "create workload-low true 100",
      "create global-default true 20",
      "create exempt true 0",
      "create catch-all true 5",
    ]);
  });
});
