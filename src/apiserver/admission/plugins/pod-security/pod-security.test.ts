import { beforeEach, describe, expect, test } from "bun:test";
import type { KubeObject } from "#apimachinery/meta.ts";
import { Metrics } from "#observability/metrics.ts";
import { anAdmissionEnvironment, anAdmissionRequest } from "#testing/admission.ts";
import { aNamespace, aPod } from "#testing/objects.ts";
import { aCronJob, aDeployment } from "#testing/workloads.ts";
import { type PodSecurityConfiguration, UNRESTRICTED } from "./configuration.ts";
import { podSecurity } from "./pod-security.ts";
import { PodSecurityMetrics } from "./pod-security-metrics.ts";
import { PREFIX } from "./policy.ts";

let metrics: Metrics;
let recorder: PodSecurityMetrics;
beforeEach(() => {
  metrics = new Metrics();
  recorder = new PodSecurityMetrics(metrics);
});

/** What is counted, without what stands in front of labels that are always the same. */
async function counted(): Promise<readonly string[]> {
  const lines = (await metrics.expose()).split("\n").filter((line) => line.startsWith("pod_security_"));
  return lines.map((line) => line.replaceAll(/^pod_security_|_total|request_|policy_|"/g, ""));
}

/** What comes of a request: refusal, warnings, annotations. */
async function outcomeOf(
  what: string,
  objects: { readonly object: KubeObject; readonly oldObject?: KubeObject },
  cluster: readonly KubeObject[],
  configuration: PodSecurityConfiguration = UNRESTRICTED,
) {
  const [warnings, annotations]: [string[], Record<string, string>] = [[], {}];
  const request = anAdmissionRequest(what, {
    ...objects,
    warn: (text) => warnings.push(text),
    annotate: (key, value) => (annotations[key.slice(PREFIX.length)] = value),
  });
  const plugin = podSecurity(configuration, recorder);
  const refusal = await plugin.validate?.(request, anAdmissionEnvironment(cluster));
  return { refusal: refusal?.message ?? "", warnings, annotations };
}

const labelled = (labels: Record<string, string>): KubeObject =>
  aNamespace("default", {
    labels: Object.fromEntries(Object.entries(labels).map(([key, value]) => [PREFIX + key, value])),
  });

const onHost = { hostNetwork: true };
const spec = { containers: [{ name: "c", image: "nginx:1" }] };
const good = aPod("a", { namespace: "default", spec });
const bad = aPod("a", { namespace: "default", spec: { ...spec, ...onHost } });
const HOST = "host namespaces (hostNetwork=true)";

describe("a pod", () => {
  const create = (labels: Record<string, string>, object: KubeObject = bad) =>
    outcomeOf("CREATE pods default/a", { object }, [labelled(labels)]);

  test("is what it likes where no label restricts it", async () => {
    const annotations = { "enforce-policy": "privileged:latest" };
    expect(await create({})).toEqual({ refusal: "", warnings: [], annotations });
  });

  test("is refused by what is enforced, and nobody is warned besides", async () => {
    expect(await create({ enforce: "baseline", audit: "baseline", warn: "baseline" })).toEqual({
      refusal: `pods "a" is forbidden: violates PodSecurity "baseline:latest": ${HOST}`,
      warnings: [],
      annotations: {
        "enforce-policy": "baseline:latest",
        "audit-violations": `would violate PodSecurity "baseline:latest": ${HOST}`,
      },
    });
  });

  test("that is allowed is warned of and audited", async () => {
    expect(await create({ warn: "baseline", "warn-version": "v1.20", audit: "baseline" })).toEqual({
      refusal: "",
      warnings: [`would violate PodSecurity "baseline:v1.20": ${HOST}`],
      annotations: {
        "enforce-policy": "privileged:latest",
        "audit-violations": `would violate PodSecurity "baseline:latest": ${HOST}`,
      },
    });
  });

  test("is let in when it keeps to the level", async () => {
    const annotations = { "enforce-policy": "baseline:latest" };
    expect(await create({ enforce: "baseline" }, good)).toEqual({ refusal: "", warnings: [], annotations });
  });

  test("is held to the strictest level where labels cannot be read", async () => {
    const { refusal, annotations } = await create({ enforce: "x" });
    expect(refusal).toStartWith('pods "a" is forbidden: violates PodSecurity "restricted:latest": ');
    const problem = "must be one of privileged, baseline, restricted";
    expect(annotations["error"]).toBe(
      `Failed to parse policy: metadata.labels[${PREFIX}enforce]: Invalid value: "x": ${problem}`,
    );
  });

  const update = async (target: string, object: KubeObject): Promise<string> => {
    const cluster = [labelled({ enforce: "baseline" })];
    return (await outcomeOf(`UPDATE ${target} default/a`, { object, oldObject: bad }, cluster)).refusal;
  };
  const changed = (more: object): KubeObject =>
    aPod("a", { namespace: "default", spec: { ...spec, ...onHost, ...more } });
  const debugger_ = { name: "d", image: "busybox" };

  test.each<[string, object, boolean]>([
    ["pods", { activeDeadlineSeconds: 3 }, false],
    ["pods", { containers: [{ name: "c", image: "nginx:2" }] }, true],
    ["pods/ephemeralcontainers", { ephemeralContainers: [debugger_] }, true],
    ["pods/resize", { containers: [{ ...spec.containers[0], resources: {} }] }, false],
  ])("that is there is judged when what runs changes: %s %j", async (target, more, isJudged) => {
    expect((await update(target, changed(more))) !== "").toBe(isJudged);
  });
});

describe("a template", () => {
  const warning = `would violate PodSecurity "baseline:latest": ${HOST}`;
  const template = { template: { metadata: {}, spec: bad.spec } };

  test.each<[string, KubeObject]>([
    ["deployments.apps", aDeployment("a", { spec: template })],
    ["cronjobs.batch", aCronJob("a", { spec: { jobTemplate: { spec: template } } })],
  ])("in %s is warned of and never refused", async (target, object) => {
    const cluster = [labelled({ enforce: "baseline", audit: "baseline" })];
    expect(await outcomeOf(`CREATE ${target} default/a`, { object }, cluster)).toEqual({
      refusal: "",
      warnings: [warning],
      annotations: { "audit-violations": warning },
    });
  });
});

describe("a namespace", () => {
  const relabel = (before: Record<string, string>, after: Record<string, string>, pods: KubeObject[] = []) =>
    outcomeOf(
      "UPDATE namespaces default/default",
      { object: labelled(after), oldObject: labelled(before) },
      pods,
    );

  test("is refused with labels that cannot be read", async () => {
    const { refusal } = await relabel({}, { audit: "x" });
    expect(refusal).toBe(
      `Namespace "default" is invalid: metadata.labels[${PREFIX}audit]: Invalid value: "x": must be one of privileged, baseline, restricted`,
    );
  });

  test("may keep labels that cannot be read", async () => {
    expect((await relabel({ audit: "x" }, { audit: "x", other: "y" })).refusal).toBe("");
  });

  const owned = (name: string): KubeObject => {
    const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "r", uid: "r", controller: true };
    return aPod(name, { namespace: "default", ownerReferences: [owner], spec: bad.spec });
  };
  const pods = [
    aPod("z", { namespace: "default", spec: bad.spec }),
    owned("r-1"),
    owned("r-2"),
    aPod("p", {
      namespace: "default",
      spec: { containers: [{ name: "c", securityContext: { privileged: true } }] },
    }),
    good,
  ];

  test("that asks for more warns of the pods that are there", async () => {
    expect((await relabel({}, { enforce: "baseline" }, pods)).warnings).toEqual([
      'existing pods in namespace "default" violate the new PodSecurity enforce level "baseline:latest"',
      "p: privileged",
      "r-1 (and 2 other pods): host namespaces",
    ]);
  });

  test.each<[Record<string, string>, Record<string, string>]>([
    [{ enforce: "restricted" }, { enforce: "baseline" }],
    [{ enforce: "baseline" }, { enforce: "baseline", warn: "restricted" }],
    [{ enforce: "baseline" }, {}],
  ])("that does not ask for more warns of nothing: %j %j", async (before, after) => {
    expect((await relabel(before, after, pods)).warnings).toEqual([]);
  });

  test("looks at no more than 3000 pods, and says so", async () => {
    const many = Array.from({ length: 3002 }, (_, index) =>
      aPod(`p${String(index)}`, { namespace: "default" }),
    );
    expect((await relabel({}, { enforce: "baseline" }, many)).warnings).toEqual([
      "new PodSecurity enforce level only checked against the first 3000 of 3002 existing pods",
    ]);
  });
});

describe("exempt", () => {
  const baseline = { level: "baseline", version: "latest" } as const;
  const configuration: PodSecurityConfiguration = {
    defaults: { enforce: baseline, audit: baseline, warn: baseline },
    exemptions: { usernames: ["jane"], namespaces: [], runtimeClasses: [] },
  };
  const cluster = [aNamespace("default")];
  const gvisor = aPod("a", { namespace: "default", spec: { ...bad.spec, runtimeClassName: "gvisor" } });
  const exempt = (exemptions: Partial<PodSecurityConfiguration["exemptions"]>): PodSecurityConfiguration => ({
    ...configuration,
    exemptions: { usernames: [], namespaces: [], runtimeClasses: [], ...exemptions },
  });

  test.each<[string, Partial<PodSecurityConfiguration["exemptions"]>]>([
    ["user", { usernames: ["jane"] }],
    ["namespace", { namespaces: ["default"] }],
    ["runtimeClass", { runtimeClasses: ["gvisor"] }],
  ])("is what the configuration names by %s", async (annotation, exemptions) => {
    const outcome = await outcomeOf("CREATE pods default/a", { object: gvisor }, cluster, exempt(exemptions));
    expect(outcome).toEqual({ refusal: "", warnings: [], annotations: { exempt: annotation } });
  });

  test("is nobody else", async () => {
    const elsewhere = exempt({ usernames: ["joe"], namespaces: ["other"], runtimeClasses: ["kata"] });
    const outcome = await outcomeOf("CREATE pods default/a", { object: gvisor }, cluster, elsewhere);
    expect(outcome.refusal).toBe(`pods "a" is forbidden: violates PodSecurity "baseline:latest": ${HOST}`);
  });

  test("namespaces are warned of labels that mean nothing", async () => {
    const object = labelled({ enforce: "restricted", "enforce-version": "v1.20" });
    const configured = exempt({ namespaces: ["default"] });
    const { warnings } = await outcomeOf("CREATE namespaces default/default", { object }, [], configured);
    expect(warnings).toEqual([
      'namespace "default" is exempt from Pod Security, and the policy (enforce=restricted:v1.20) will be ignored',
    ]);
  });
});

describe("counts", () => {
  const create = (labels: Record<string, string>, configuration = UNRESTRICTED) =>
    outcomeOf("CREATE pods default/a", { object: bad }, [labelled(labels)], configuration);
  const request = "operation=create,resource=pod,subresource=";
  const evaluated = (decision: string, level: string, version: string, mode: string): string =>
    `evaluations{decision=${decision},level=${level},version=${version},mode=${mode},${request}} 1`;

  test.each<[string, Record<string, string>, readonly string[]]>([
    ["what may be all it likes", {}, [evaluated("allow", "privileged", "latest", "enforce")]],
    [
      "each mode that finds something",
      { audit: "baseline", "audit-version": "v1.20", warn: "baseline", "warn-version": "v1.99" },
      [
        evaluated("allow", "privileged", "latest", "enforce"),
        evaluated("deny", "baseline", "v1.20", "audit"),
        evaluated("deny", "baseline", "future", "warn"),
      ],
    ],
    [
      "labels that cannot be read",
      { enforce: "x" },
      [evaluated("deny", "restricted", "latest", "enforce"), `errors{fatal=false,${request}} 1`],
    ],
  ])("%s", async (_, labels, lines) => {
    await create(labels);
    expect(await counted()).toEqual([...lines]);
  });

  test("who is exempt, and what has no namespace", async () => {
    const exemptions = { usernames: [], namespaces: ["default"], runtimeClasses: [] };
    await create({ enforce: "baseline" }, { ...UNRESTRICTED, exemptions });
    await outcomeOf("CREATE pods default/a", { object: bad }, []);
    expect(await counted()).toEqual([`exemptions{${request}} 1`, `errors{fatal=true,${request}} 1`]);
  });
});
