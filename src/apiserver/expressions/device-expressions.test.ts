import { expect, test } from "bun:test";
import { errorTexts } from "#testing/kinds.ts";
import { createExpressionChecks } from "./expression-checks.ts";

const checks = createExpressionChecks();
const selector = (expression: string) => ({ cel: { expression } });

const LOOPS =
  "device.attributes['a'].all(x, device.attributes['a'].all(y, device.attributes['a'].all(z, device.attributes['a'].all(w, x.matches('aaaaaaaaaaaaaaaa') && y == z && w == x))))";

test.each<{ expression: string; want: string }>([
  { expression: "device.driver == 'gpu.example.com'", want: "" },
  { expression: "device.attributes['gpu.example.com'].model == 'a100'", want: "" },
  { expression: "device.attributes['gpu.example.com'].healthy", want: "" },
  { expression: "device.attributes['a'].version.isLessThan(semver('2.0.0'))", want: "" },
  { expression: "device.capacity['a'].memory.compareTo(quantity('10Gi')) >= 0", want: "" },
  { expression: "device.allowMultipleAllocations == true", want: "" },
  { expression: "cel.bind(own, device.attributes['a'], own.b > 1 && own.c)", want: "" },
  {
    expression: "device.driver",
    want: 'Invalid value: "device.driver": must evaluate to bool or the unknown type, not string',
  },
  {
    expression: "dyn(true)",
    want: 'Invalid value: "dyn(true)": must evaluate to bool or the unknown type, not dyn',
  },
  {
    expression: "device.name",
    want: `Invalid value: "device.name": compilation failed: ERROR: <input>:1:7: undefined field 'name'\n | device.name\n | ......^`,
  },
  {
    expression: "object",
    want: `Invalid value: "object": compilation failed: ERROR: <input>:1:1: undeclared reference to 'object' (in container '')\n | object\n | ^`,
  },
  { expression: LOOPS, want: "Forbidden: too complex, exceeds cost limit" },
])("selectors of devices are judged: $expression", ({ expression, want }) => {
  const errors = errorTexts(checks.selectors([selector("true"), selector(expression)], "spec.selectors"));
  expect(errors).toEqual(want === "" ? [] : [`spec.selectors[1].cel.expression: ${want}`]);
});

test("selectors that are too long or too many are left to validation", () => {
  expect(checks.selectors([{}, selector("x".repeat(10_241))], "spec.selectors")).toEqual([]);
  expect(
    checks.selectors(
      Array.from({ length: 33 }, () => selector("x")),
      "spec.selectors",
    ),
  ).toEqual([]);
});

test("all requests of a claim are judged", () => {
  const bad = { deviceClassName: "gpu", selectors: [selector("1")] };
  const requests = [
    { name: "a", exactly: bad },
    {
      name: "b",
      firstAvailable: [
        { ...bad, name: "x", selectors: [] },
        { ...bad, name: "y" },
      ],
    },
  ];
  expect(checks.claim({ requests }, "spec.devices").map(({ field }) => field)).toEqual([
    "spec.devices.requests[0].exactly.selectors[0].cel.expression",
    "spec.devices.requests[1].firstAvailable[1].selectors[0].cel.expression",
  ]);
});
