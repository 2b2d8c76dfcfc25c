import { describe, expect, test } from "bun:test";
import { errorTexts, rowOf, someWrite } from "#testing/kinds.ts";
import { aJob, aPodTemplate } from "#testing/workloads.ts";
import type { Job, JobSpec, PodFailurePolicyRule } from "../../generated/batch-v1.ts";
import type { PodSpec } from "../../generated/core-v1.ts";
import { job } from "./job.ts";

/** A job as it is stored: defaulted, with its selector. */
function created(spec: Partial<JobSpec> = {}, name = "once"): Job {
  const object = aJob(name, { spec, uid: "uid-once" });
  const defaulted = job.setDefaults?.(object) ?? object;
  return job.prepareForCreate?.(defaulted, someWrite) ?? defaulted;
}

function withFailureRule(rule: PodFailurePolicyRule, spec: Partial<JobSpec> = {}): Job {
  return created({ podFailurePolicy: { rules: [rule] }, ...spec });
}

describe("job.setDefaults", () => {
  const specOf = (spec: Partial<JobSpec>) => job.setDefaults?.(aJob("once", { spec })).spec;

  test("makes a single pod of a job that names no numbers", () => {
    expect(specOf({})).toMatchObject({
      completions: 1,
      parallelism: 1,
      backoffLimit: 6,
      completionMode: "NonIndexed",
      suspend: false,
      podReplacementPolicy: "TerminatingOrFailed",
      manualSelector: false,
    });
  });

  test("leaves the completions of a work queue open", () => {
    expect(specOf({ parallelism: 3 })).not.toHaveProperty("completions");
    expect(specOf({ completions: 3 })).toMatchObject({ completions: 3, parallelism: 1 });
  });

  test("follows what else is set", () => {
    expect(specOf({ backoffLimitPerIndex: 1 })?.backoffLimit).toBe(2147483647);
    const onPodConditions = [{ type: "DisruptionTarget", status: "" }];
    const defaulted = specOf({ podFailurePolicy: { rules: [{ action: "Ignore", onPodConditions }] } });
    expect(defaulted?.podReplacementPolicy).toBe("Failed");
    expect(defaulted?.podFailurePolicy?.rules[0]?.onPodConditions?.[0]?.status).toBe("True");
  });

  test("labels the job like its pods", () => {
    expect(job.setDefaults?.(aJob("once")).metadata.labels).toEqual({ app: "web" });
    expect(job.setDefaults?.(aJob("once", { labels: { a: "b" } })).metadata.labels).toEqual({ a: "b" });
  });
});

describe("the generated selector", () => {
  const generated = {
    "batch.kubernetes.io/controller-uid": "uid-once",
    "batch.kubernetes.io/job-name": "once",
    "controller-uid": "uid-once",
    "job-name": "once",
  };

  test("is the uid, which the pods get as a label", () => {
    const { spec } = created();
    expect(spec.selector).toEqual({ matchLabels: { "batch.kubernetes.io/controller-uid": "uid-once" } });
    expect(spec.template.metadata?.labels).toEqual({ app: "web", ...generated });
  });

  test("is left to the user who wants it", () => {
    const manual = created({ manualSelector: true, selector: { matchLabels: { app: "web" } } });
    expect(manual.spec.template.metadata?.labels).toEqual({ app: "web" });
    expect(job.validate?.(manual)).toEqual([]);
  });

  test("cannot be contradicted", () => {
    const object = created({ template: aPodTemplate({ restartPolicy: "Never" }, { "job-name": "other" }) });
    expect(errorTexts(job.validate?.(object))).toEqual([
      `spec.template.metadata.labels[job-name]: Invalid value: ${JSON.stringify({ ...generated, "job-name": "other" })}: must be 'once'`,
    ]);
    const selector = { matchLabels: { "batch.kubernetes.io/controller-uid": "x" } };
    expect(errorTexts(job.validate?.(created({ selector })))).toEqual([
      'spec.selector: Invalid value: {"matchLabels":{"batch.kubernetes.io/controller-uid":"x"}}: `selector` not auto-generated',
      `spec.template.metadata.labels: Invalid value: ${JSON.stringify({ app: "web", ...generated })}: \`selector\` does not match template \`labels\``,
    ]);
  });

  test("may lack the prefixed labels on a job that was stored without them", () => {
    const { "controller-uid": uid, "job-name": name } = generated;
    const template = {
      ...created().spec.template,
      metadata: { labels: { "controller-uid": uid, "job-name": name } },
    };
    const old: Job = {
      ...created(),
      spec: { ...created().spec, template, selector: { matchLabels: { "job-name": name } } },
    };
    expect(job.validate?.(old)).toHaveLength(2);
    expect(job.validateUpdate?.(old, old)).toEqual([]);
  });
});

describe("job.validate", () => {
  const indexed = { completionMode: "Indexed", completions: 3 } as const;

  const cases: { name: string; object: Job; want: string[] }[] = [
    { name: "the defaults", object: created(), want: [] },
    {
      name: "an indexed job",
      object: created({ ...indexed, backoffLimitPerIndex: 1, maxFailedIndexes: 2 }),
      want: [],
    },
    {
      name: "negative numbers",
      object: created({ parallelism: -1, completions: -1, backoffLimit: -1, ttlSecondsAfterFinished: -1 }),
      want: [
        "spec.parallelism: Invalid value: -1: must be greater than or equal to 0",
        "spec.completions: Invalid value: -1: must be greater than or equal to 0",
        "spec.backoffLimit: Invalid value: -1: must be greater than or equal to 0",
        "spec.ttlSecondsAfterFinished: Invalid value: -1: must be greater than or equal to 0",
      ],
    },
    {
      name: "a mode that does not exist",
      object: created({ completionMode: "Random" as "Indexed" }),
      want: ['spec.completionMode: Unsupported value: "Random": supported values: "NonIndexed", "Indexed"'],
    },
    {
      name: "limits of indexes without indexes",
      object: created({ maxFailedIndexes: 1 }),
      want: [
        "spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified",
        "spec.maxFailedIndexes: Invalid value: 1: requires indexed completion mode",
      ],
    },
    {
      name: "an indexed work queue",
      object: created({ completionMode: "Indexed", parallelism: 100_001 }),
      want: [
        "spec.completions: Required value: when completion mode is Indexed",
        "spec.parallelism: Invalid value: 100001: must be less than or equal to 100000 when completion mode is Indexed",
      ],
    },
    {
      name: "too many failing indexes",
      object: created({ ...indexed, backoffLimitPerIndex: 1, maxFailedIndexes: 4 }),
      want: ["spec.maxFailedIndexes: Invalid value: 4: must be less than or equal to completions"],
    },
    {
      name: "fewer completions than none",
      object: created({ ...indexed, completions: -1 }),
      want: ["spec.completions: Invalid value: -1: must be greater than or equal to 0"],
    },
    {
      name: "very many completions",
      object: created({ ...indexed, completions: 100_001, parallelism: 10_001, backoffLimitPerIndex: 1 }),
      want: [
        "spec.maxFailedIndexes: Required value: must be specified when completions is above 100000",
        "spec.parallelism: Invalid value: 10001: must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index",
      ],
    },
    {
      name: "a manager",
      object: created({ managedBy: `a.b/${"x".repeat(60)}` }),
      want: ["spec.managedBy: Too long: may not be more than 63 bytes"],
    },
    {
      name: "an index that makes the host name too long",
      object: created({ ...indexed, completions: 11 }, "x".repeat(61)),
      want: [
        `metadata.name: Invalid value: "${"x".repeat(61)}": will not able to create pod with invalid DNS label: ${"x".repeat(61)}-10`,
      ],
    },
    {
      name: "pods that are restarted",
      object: created({ template: aPodTemplate() }),
      want: ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
    },
    {
      name: "a failure policy of restarted pods",
      object: withFailureRule(
        { action: "FailJob", onExitCodes: { operator: "In", values: [1] } },
        {
          template: aPodTemplate({ restartPolicy: "OnFailure" }),
          podReplacementPolicy: "TerminatingOrFailed",
        },
      ),
      want: [
        'spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"',
        'spec.template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported when podFailurePolicy is specified',
      ],
    },
    {
      name: "exit codes",
      object: withFailureRule({
        action: "FailIndex",
        onExitCodes: { operator: "In", containerName: "db", values: [2, 0, 2] },
      }),
      want: [
        'spec.podFailurePolicy.rules[0].action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set',
        'spec.podFailurePolicy.rules[0].onExitCodes.containerName: Invalid value: "db": must be one of the container or initContainer names in the pod template',
        "spec.podFailurePolicy.rules[0].onExitCodes.values[1]: Invalid value: 0: must not be 0 for the In operator",
        "spec.podFailurePolicy.rules[0].onExitCodes.values[2]: Duplicate value: 2",
        "spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [2,0,2]: must be ordered",
      ],
    },
    {
      name: "rules without action and condition",
      object: withFailureRule({ action: "" as "Count" }),
      want: [
        'spec.podFailurePolicy.rules[0].action: Required value: valid values: ["Count" "FailIndex" "FailJob" "Ignore"]',
        "spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required",
      ],
    },
    {
      name: "a rule with too many conditions",
      object: withFailureRule({
        action: "Retry" as "Count",
        onExitCodes: { operator: "Is" as "In", values: [] },
        onPodConditions: [{ type: "Ready", status: "Maybe" }],
      }),
      want: [
        'spec.podFailurePolicy.rules[0].action: Unsupported value: "Retry": supported values: "Count", "FailIndex", "FailJob", "Ignore"',
        'spec.podFailurePolicy.rules[0].onExitCodes.operator: Unsupported value: "Is": supported values: "In", "NotIn"',
        "spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: []: at least one value is required",
        'spec.podFailurePolicy.rules[0].onPodConditions[0].status: Unsupported value: "Maybe": supported values: "False", "True", "Unknown"',
        "spec.podFailurePolicy.rules[0]: Invalid value: specifying both OnExitCodes and OnPodConditions is not supported",
      ],
    },
    {
      name: "a success policy without indexes",
      object: created({ successPolicy: { rules: [] } }),
      want: ['spec.successPolicy: Invalid value: {"Rules":[]}: requires indexed completion mode'],
    },
    {
      name: "a success policy that cannot be met",
      object: created({
        ...indexed,
        successPolicy: {
          rules: [
            {},
            { succeededIndexes: "0-3" },
            { succeededIndexes: "0,1", succeededCount: 3 },
            { succeededCount: 4 },
          ],
        },
      }),
      want: [
        "spec.successPolicy.rules[0]: Required value: at least one of succeededCount or succeededIndexes must be specified",
        'spec.successPolicy.rules[1].succeededIndexes: Invalid value: "0-3": error parsing succeededIndexes: too large index: "3"',
        "spec.successPolicy.rules[2].succeededCount: Invalid value: 3: must be less than or equal to 2 (the number of indexes in the specified succeededIndexes field)",
        "spec.successPolicy.rules[3].succeededCount: Invalid value: 4: must be less than or equal to 3 (the number of specified completions)",
      ],
    },
  ];

  test.each(cases)("judges $name", ({ object, want }) => {
    expect(errorTexts(job.validate?.(object))).toEqual(want);
  });
});

describe("job.validateUpdate", () => {
  const template = (spec: Partial<PodSpec>) => aPodTemplate({ restartPolicy: "Never", ...spec });
  const updated = (from: Job, spec: Partial<JobSpec>): Job => ({ ...from, spec: { ...from.spec, ...spec } });
  const withPods = (from: Job, spec: Partial<PodSpec>): Job => {
    const old = from.spec.template;
    return updated(from, { template: { ...old, spec: { containers: [], ...old.spec, ...spec } } });
  };

  test("parallelism and suspension may change", () => {
    const stored = created();
    expect(job.validateUpdate?.(updated(stored, { parallelism: 5, suspend: true }), stored)).toEqual([]);
  });

  test("completions change only with the parallelism of an indexed job", () => {
    const stored = created();
    expect(errorTexts(job.validateUpdate?.(updated(stored, { completions: 2 }), stored))).toEqual([
      "spec.completions: Invalid value: 2: field is immutable",
    ]);
    const indexed = created({ completionMode: "Indexed", completions: 2, parallelism: 2 });
    expect(job.validateUpdate?.(updated(indexed, { completions: 3, parallelism: 3 }), indexed)).toEqual([]);
    expect(errorTexts(job.validateUpdate?.(updated(indexed, { completions: 3 }), indexed))).toEqual([
      "spec.completions: Invalid value: 3: can only be modified in tandem with spec.parallelism",
    ]);
  });

  test("the template stays", () => {
    const stored = created();
    const [error = ""] = errorTexts(
      job.validateUpdate?.(withPods(stored, { nodeSelector: { a: "b" } }), stored),
    );
    expect(error).toStartWith("spec.template: Invalid value: {");
    expect(error).toEndWith(": field is immutable");
  });

  test("a suspended job may be moved and resized before it starts", () => {
    const stored = created({ suspend: true, template: template({}) });
    const containers = (stored.spec.template.spec?.containers ?? []).map((container) => ({
      ...container,
      resources: { requests: { cpu: "1" } },
    }));
    const moved = withPods(stored, { containers, nodeSelector: { a: "b" }, affinity: { nodeAffinity: {} } });
    expect(job.validateUpdate?.(moved, stored)).toEqual([]);
    const other = withPods(stored, { hostNetwork: true });
    const [error = "", ...more] = errorTexts(job.validateUpdate?.(other, stored));
    expect(error).toStartWith("spec.template: Invalid value: {");
    expect(error).toEndWith(": field is immutable");
    expect(more).toEqual([]);
    const active: Job = { ...stored, status: { active: 1 } };
    expect(job.validateUpdate?.({ ...moved, status: { active: 1 } }, active)).toHaveLength(1);
  });

  test("policies and selector stay", () => {
    const stored = created();
    const next = updated(stored, {
      managedBy: "a.b/c",
      selector: { matchLabels: { "job-name": "once" } },
    });
    expect(errorTexts(job.validateUpdate?.(next, stored))).toEqual([
      'spec.selector: Invalid value: {"matchLabels":{"job-name":"once"}}: field is immutable',
      'spec.managedBy: Invalid value: "a.b/c": field is immutable',
    ]);
  });
});

test("field selectors know the succeeded pods", () => {
  expect(job.selectableFields?.["status.successful"]?.(aJob("a", { status: { succeeded: 2 } }))).toBe("2");
});

test("very many indexes bring a warning", () => {
  const spec = { completionMode: "Indexed", completions: 100_001, parallelism: 10_001 } as const;
  expect(job.warnings?.(created(spec), undefined)).toHaveLength(1);
  expect(job.warnings?.(created({ ...spec, parallelism: 1 }), undefined)).toEqual([]);
});

describe("the table", () => {
  const condition = (type: string) => [{ type, status: "True" }];

  test.each<{ object: Job; want: Record<string, unknown> }>([
    { object: created(), want: { Status: "Running", Completions: "0/1", Duration: "" } },
    {
      object: aJob("a", {
        spec: { completions: 3 },
        status: { startTime: "1970-01-01T00:00:10Z", succeeded: 1 },
      }),
      want: { Status: "Running", Completions: "1/3", Duration: "50s" },
    },
    {
      object: aJob("a", {
        spec: { parallelism: 2 },
        status: {
          startTime: "1970-01-01T00:00:10Z",
          completionTime: "1970-01-01T00:00:15Z",
          succeeded: 1,
          conditions: condition("Complete"),
        },
      }),
      want: { Status: "Complete", Completions: "1/1 of 2", Duration: "5s" },
    },
    {
      object: aJob("a", {
        deletionTimestamp: "1970-01-01T00:00:10Z",
        status: { conditions: condition("Suspended") },
      }),
      want: { Status: "Terminating", Completions: "0/1" },
    },
    {
      object: aJob("a", { status: { conditions: condition("FailureTarget") } }),
      want: { Status: "FailureTarget" },
    },
  ])("shows $want", ({ object, want }) => {
    expect(rowOf(job, object, 60_000)).toMatchObject(want);
  });
});
