import { describe, expect, test } from "bun:test";
import type { CustomResourceDefinition } from "#api/generated/apiextensions-v1.ts";
import { aCronTabDefinition } from "#testing/cron-tabs.ts";
import { planStatus } from "./plan-status.ts";

const now = "2026-01-01T00:00:00Z";

function aDefinition(overrides: Partial<CustomResourceDefinition["spec"]> = {}): CustomResourceDefinition {
  const { metadata, spec, ...rest } = aCronTabDefinition() as CustomResourceDefinition;
  return { ...rest, metadata: { ...metadata, uid: "1" }, spec: { ...spec, ...overrides } };
}

function established(definition: CustomResourceDefinition): CustomResourceDefinition {
  const status = planStatus(definition, [], now);
  return status === undefined ? definition : { ...definition, status };
}

function textOf(
  definition: CustomResourceDefinition,
  group: readonly CustomResourceDefinition[] = [],
): string[] {
  const conditions = planStatus(definition, group, now)?.conditions ?? [];
  return conditions.map(({ type, status, reason = "" }) => `${type} ${status} ${reason}`);
}

describe("planStatus", () => {
  test("is quiet when everything is said", () => {
    expect(planStatus(established(aDefinition()), [], now)).toBeUndefined();
  });

  const names = aDefinition().spec.names;
  test.each([
    ["PluralConflict", { plural: "ct" }],
    ["SingularConflict", { singular: "crontabs" }],
    ["ShortNamesConflict", { shortNames: ["x", "ct"] }],
    ["KindConflict", { kind: "CronTab" }],
    ["ListKindConflict", { listKind: "CronTabList" }],
  ])("%s keeps a definition from being established", (reason, own) => {
    const other = { plural: "a", singular: "b", kind: "C", listKind: "D", shortNames: ["e"], ...own };
    const definition = aDefinition({ names: other });
    expect(textOf(definition, [established(aDefinition())])).toEqual([
      `NamesAccepted False ${reason}`,
      "Established False NotAccepted",
    ]);
  });

  test("a definition that is established stays so when it wants a name of somebody else", () => {
    const definition = established(aDefinition());
    const other = established(
      aDefinition({ names: { plural: "others", singular: "other", kind: "Other", listKind: "OtherList" } }),
    );
    const wanting = {
      ...definition,
      spec: { ...definition.spec, names: { ...names, shortNames: ["ct", "other"] } },
    };
    expect(textOf(wanting, [definition, other])).toEqual([
      "NamesAccepted False ShortNamesConflict",
      "Established True InitialNamesAccepted",
    ]);
  });

  test("establishes no definition whose conversion webhook could not be trusted, until it has been", () => {
    const clientConfig = { url: "https://example.com", caBundle: btoa("no certificate") };
    const webhook = { clientConfig, conversionReviewVersions: ["v1"] };
    const conversion = { strategy: "Webhook", webhook };
    const definition = aDefinition({ conversion });
    expect(planStatus(definition, [], now)?.conditions.at(-1)).toEqual({
      type: "Established",
      status: "False",
      reason: "InvalidCABundle",
      message: "The conversion webhook CABundle is invalid",
      lastTransitionTime: now,
    });
    const before = established(aDefinition());
    expect(planStatus({ ...before, spec: definition.spec }, [], now)).toBeUndefined();
  });

  test("says of a protected group whether it is approved", () => {
    expect(textOf(aDefinition({ group: "apps.k8s.io" }))).toContain(
      "KubernetesAPIApprovalPolicyConformant False MissingAnnotation",
    );
  });

  test("says that a schema is not structural", () => {
    const [version] = aDefinition().spec.versions;
    if (version === undefined) throw new TypeError("Definition has no version");
    const schema = { openAPIV3Schema: { type: "object", properties: { spec: {} } } };
    expect(textOf(aDefinition({ versions: [{ ...version, schema }] }))).toContain(
      "NonStructuralSchema True Violations",
    );
  });
});
