import { describe, expect, test } from "bun:test";
import { errorTexts, rowOf } from "#testing/kinds.ts";
import type {
  PriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
} from "../../generated/flowcontrol-v1.ts";
import { MANDATORY_PRIORITY_LEVELS } from "./mandatory.ts";
import { priorityLevelConfiguration } from "./prioritylevelconfiguration.ts";

function aLevel(spec: PriorityLevelConfigurationSpec, name = "mine"): PriorityLevelConfiguration {
  return {
    apiVersion: "flowcontrol.apiserver.k8s.io/v1",
    kind: "PriorityLevelConfiguration",
    metadata: { name, uid: "u" },
    spec,
  };
}

function aQueuingLevel(queuing: QueuingConfiguration): PriorityLevelConfiguration {
  return aLevel({ type: "Limited", limited: { limitResponse: { type: "Queue", queuing } } });
}

const QUEUING = "spec.limited.limitResponse.queuing";

describe("priorityLevelConfiguration.validate", () => {
  const cases: { name: string; object: PriorityLevelConfiguration; want: string[] }[] = [
    ...[...MANDATORY_PRIORITY_LEVELS].map(([name, spec]) => ({
      name: `the mandatory level ${name}`,
      object: aLevel(spec, name),
      want: [],
    })),
    {
      name: "the exempt level with other shares",
      object: aLevel(
        { type: "Exempt", exempt: { nominalConcurrencyShares: 5, lendablePercent: 50 } },
        "exempt",
      ),
      want: [],
    },
    {
      name: "queues that are dealt well",
      object: aQueuingLevel({ queues: 128, handSize: 8, queueLengthLimit: 50 }),
      want: [],
    },
    {
      name: "queues that need too many bits",
      object: aQueuingLevel({ queues: 1024, handSize: 7, queueLengthLimit: 0 }),
      want: [
        `${QUEUING}.queueLengthLimit: Invalid value: 0: must be positive`,
        `${QUEUING}.handSize: Invalid value: 7: required entropy bits of deckSize 1024 and handSize 7 should not be greater than 60`,
      ],
    },
    {
      name: "too many queues and a hand that exceeds them",
      object: aQueuingLevel({ queues: 10_000_001, handSize: 10_000_002, queueLengthLimit: 1 }),
      want: [
        `${QUEUING}.queues: Invalid value: 10000001: must not be greater than 10000000`,
        `${QUEUING}.handSize: Invalid value: 10000002: should not be greater than queues (10000001)`,
      ],
    },
    {
      name: "a limited level without limits",
      object: aLevel({ type: "Limited", exempt: {} }),
      want: [
        "spec.exempt: Forbidden: must be nil if the type is Limited",
        "spec.limited: Required value: must not be empty when type is Limited",
      ],
    },
    {
      name: "shares and percentages out of range",
      object: aLevel({
        type: "Limited",
        limited: {
          nominalConcurrencyShares: -1,
          lendablePercent: 101,
          borrowingLimitPercent: -1,
          limitResponse: { type: "Drop" },
        },
      }),
      want: [
        "spec.limited.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer",
        'spec.limited.limitResponse.type: Unsupported value: "Drop": supported values: "Queue", "Reject"',
        "spec.limited.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive",
        "spec.limited.borrowingLimitPercent: Invalid value: -1: if specified, must be a non-negative integer",
      ],
    },
    {
      name: "another exempt level",
      object: aLevel({ type: "Exempt", limited: {} }),
      want: [
        "spec.type: Invalid value: \"Exempt\": must be 'Exempt' if and only if `name` is 'exempt'",
        "spec.limited: Forbidden: must be nil if the type is not Limited",
      ],
    },
    {
      name: "a response without its queuing",
      object: aLevel({ type: "Limited", limited: { limitResponse: { type: "Queue" } } }),
      want: [`${QUEUING}: Required value: must not be empty if limited.limitResponse.type is Limited`],
    },
  ];

  test.each(cases)("judges $name", ({ object, want }) => {
    expect(errorTexts(priorityLevelConfiguration.validate?.(object))).toEqual(want);
  });

  test("keeps mandatory levels as they are", () => {
    const object = aLevel({ type: "Limited", limited: { limitResponse: { type: "Reject" } } }, "catch-all");
    const [error = ""] = errorTexts(priorityLevelConfiguration.validate?.(object));
    expect(error).toEndWith("spec of 'catch-all' must equal the fixed value");
  });
});

describe("priorityLevelConfiguration.setDefaults", () => {
  const defaulted = (spec: PriorityLevelConfigurationSpec) =>
    priorityLevelConfiguration.setDefaults?.(aLevel(spec)).spec;

  test("fills shares and queuing, and keeps zero shares", () => {
    expect(
      defaulted({
        type: "Limited",
        limited: {
          nominalConcurrencyShares: 0,
          limitResponse: { type: "Queue", queuing: { queues: 0, handSize: 0, queueLengthLimit: 0 } },
        },
      }),
    ).toEqual({
      type: "Limited",
      limited: {
        nominalConcurrencyShares: 0,
        lendablePercent: 0,
        limitResponse: { type: "Queue", queuing: { queues: 64, handSize: 8, queueLengthLimit: 50 } },
      },
    });
    expect(defaulted({ type: "Limited", limited: {} })?.limited?.nominalConcurrencyShares).toBe(30);
    expect(defaulted({ type: "Exempt", exempt: {} })?.exempt).toEqual({
      nominalConcurrencyShares: 0,
      lendablePercent: 0,
    });
  });
});

test("the table shows the queues of a level that has them", () => {
  const queuing = { queues: 64, handSize: 6, queueLengthLimit: 50 };
  const object = aQueuingLevel(queuing);
  expect(rowOf(priorityLevelConfiguration, object)).toMatchObject({
    Type: "Limited",
    NominalConcurrencyShares: "<none>",
    Queues: 64,
    HandSize: 6,
    QueueLengthLimit: 50,
  });
  expect(rowOf(priorityLevelConfiguration, aLevel({ type: "Exempt" }))).toMatchObject({ Queues: "<none>" });
});
