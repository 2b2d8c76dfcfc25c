import { describe, expect, test } from "bun:test";
import { describePlan } from "#testing/actions.ts";
import { aNode } from "#testing/objects.ts";
import { planNodeRole } from "./node-role.ts";

const LABEL = "node-role.kubernetes.io/control-plane";

describe("planNodeRole", () => {
  test("labels the node", () => {
    const node = aNode("one", { uid: "u1" });
    expect(planNodeRole(node).actions).toEqual([
      {
        type: "patch",
        target: { kind: "Node", namespace: "", name: "one" },
        uid: "u1",
        patch: { metadata: { labels: { [LABEL]: "true" } } },
      },
    ]);
  });

  test("leaves a label of any value", () => {
    expect(describePlan(planNodeRole(aNode("one", { labels: { [LABEL]: "" } })))).toEqual([]);
  });
});
