import { expect, test } from "bun:test";
import { errorTexts } from "#testing/kinds.ts";
import { aBinding } from "#testing/objects.ts";
import { binding } from "./binding.ts";

test("a pod is bound to a node that is named", () => {
  expect(binding.validate?.(aBinding("web", "node-1"))).toEqual([]);
  expect(binding.validate?.({ ...aBinding("web", ""), target: { name: "node-1" } })).toEqual([]);
  expect(errorTexts(binding.validate?.({ ...aBinding("web", ""), target: { kind: "Pod" } }))).toEqual([
    'target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>"',
    "target.name: Required value",
  ]);
});
