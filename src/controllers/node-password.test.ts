import { describe, expect, test } from "bun:test";
import { aNode, aSecret } from "#testing/objects.ts";
import { planNodePassword } from "./node-password.ts";

const node = aNode("n1");
const password = aSecret("n1.node-password.kubelith");
const owner = { apiVersion: "v1", kind: "Node", name: "n1", uid: node.metadata.uid };

describe("planNodePassword", () => {
  test("makes the Node the owner, also of what an earlier Node of the name has left", () => {
    const before = { ...password.metadata, ownerReferences: [{ ...owner, uid: "earlier" }] };
    for (const metadata of [password.metadata, before]) {
      const { actions } = planNodePassword({ node, password: { ...password, metadata } });
      expect(actions).toMatchObject([{ type: "patch", patch: { metadata: { ownerReferences: [owner] } } }]);
    }
  });

  test("has nothing to do when it is, or when the Node goes", () => {
    const owned = { ...password, metadata: { ...password.metadata, ownerReferences: [owner] } };
    expect(planNodePassword({ node, password: owned }).actions).toEqual([]);
    const leaving = { ...node, metadata: { ...node.metadata, deletionTimestamp: "2026-11-29T12:00:00Z" } };
    expect(planNodePassword({ node: leaving, password }).actions).toEqual([]);
  });
});
