import { expect, test } from "bun:test";
import { aNode, aPod } from "#testing/objects.ts";
import { verdicts } from "#testing/scheduling.ts";
import { nodeNamePlugin, REASON_NODE_NAME } from "./node-name.ts";

const other = `UnschedulableAndUnresolvable: ${REASON_NODE_NAME}`;

const cases = [
  { name: "no name fits everywhere", nodeName: undefined, want: { foo: "fits", bar: "fits" } },
  { name: "a name fits one node", nodeName: "foo", want: { foo: "fits", bar: other } },
  { name: "an unknown name fits none", nodeName: "baz", want: { foo: other, bar: other } },
];

test.each(cases)("$name", ({ nodeName, want }) => {
  const pod = aPod("a", { spec: nodeName === undefined ? {} : { nodeName } });
  expect(verdicts(nodeNamePlugin, pod, { nodes: [aNode("foo"), aNode("bar")] })).toEqual(want);
});
