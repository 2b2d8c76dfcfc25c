import { expect, test } from "bun:test";
import { formatFieldError } from "#apimachinery/field-error.ts";
import { formatLevelVersion, MODES, type Policy, PRIVILEGED, policyOf } from "./policy.ts";

const DEFAULTS: Policy = { enforce: PRIVILEGED, audit: PRIVILEGED, warn: PRIVILEGED };

/** `enforce audit warn`, and the problems. */
function read(labels: Record<string, string>, defaults = DEFAULTS): readonly string[] {
  const named = Object.entries(labels).map(([key, value]) => [`pod-security.kubernetes.io/${key}`, value]);
  const { policy, errors } = policyOf(Object.fromEntries(named) as Record<string, string>, defaults);
  return [MODES.map((mode) => formatLevelVersion(policy[mode])).join(" "), ...errors.map(formatFieldError)];
}

const path = (label: string): string => `metadata.labels[pod-security.kubernetes.io/${label}]`;
const LEVELS = "must be one of privileged, baseline, restricted";

test.each<[Record<string, string>, ...string[]]>([
  [{}, "privileged:latest privileged:latest privileged:latest"],
  [{ enforce: "baseline" }, "baseline:latest privileged:latest baseline:latest"],
  [
    { enforce: "restricted", "enforce-version": "v1.22" },
    "restricted:v1.22 privileged:latest restricted:v1.22",
  ],
  [
    { enforce: "restricted", "enforce-version": "v1.22", "warn-version": "v1.3" },
    "restricted:v1.22 privileged:latest restricted:v1.3",
  ],
  [{ enforce: "restricted", warn: "privileged" }, "restricted:latest privileged:latest privileged:latest"],
  [{ audit: "baseline", "audit-version": "v1.0" }, "privileged:latest baseline:v1.0 privileged:latest"],
  [
    { enforce: "strict", audit: "x", warn: "y" },
    "restricted:latest privileged:latest privileged:latest",
    `${path("enforce")}: Invalid value: "strict": ${LEVELS}`,
    `${path("audit")}: Invalid value: "x": ${LEVELS}`,
    `${path("warn")}: Invalid value: "y": ${LEVELS}`,
  ],
  [
    { enforce: "baseline", "enforce-version": "v1.022" },
    "baseline:latest privileged:latest baseline:latest",
    `${path("enforce-version")}: Invalid value: "v1.022": must be "latest" or "v1.x"`,
  ],
])("%j", (labels, ...expected) => {
  expect(read(labels)).toEqual(expected);
});

test("labels go before defaults, mode by mode", () => {
  const baseline = { level: "baseline", version: 20 } as const;
  const defaults: Policy = { enforce: baseline, audit: baseline, warn: baseline };
  expect(read({ enforce: "privileged" }, defaults)).toEqual([
    "privileged:v1.20 baseline:v1.20 baseline:v1.20",
  ]);
});
