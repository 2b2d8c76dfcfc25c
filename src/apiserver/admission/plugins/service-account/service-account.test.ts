import { describe, expect, test } from "bun:test";
import type { Pod, PodSpec, ServiceAccount } from "#api/generated/core-v1.ts";
import { StatusError } from "#apimachinery/status-error.ts";
import { anAdmissionEnvironment, anAdmissionRequest } from "#testing/admission.ts";
import { aPod, aServiceAccount } from "#testing/objects.ts";
import type { AdmissionEnvironment, AdmissionRequest } from "../../admission-plugin.ts";
import { serviceAccountPlugin } from "./service-account.ts";

const anEnvironment = (...accounts: readonly ServiceAccount[]): AdmissionEnvironment =>
  anAdmissionEnvironment(accounts);

const aRequest = (object: Pod, more: Partial<AdmissionRequest> = {}): AdmissionRequest =>
  anAdmissionRequest("CREATE pods default/*", { object, ...more });

async function mutate(pod: Pod, environment = anEnvironment(aServiceAccount("default"))) {
  return (await serviceAccountPlugin.mutate?.(aRequest(pod), environment)) ?? pod;
}

async function refusalOf(
  pod: Pod,
  environment: AdmissionEnvironment,
  more: Partial<AdmissionRequest> = {},
): Promise<string | undefined> {
  const refusal = await serviceAccountPlugin.validate?.(aRequest(pod, more), environment);
  return refusal?.message;
}

/** A pod that runs as the default account. */
const aServed = (spec: Partial<PodSpec>): Pod =>
  aPod("a", { spec: { serviceAccountName: "default", ...spec } });

describe("mirror pods", () => {
  const mirror = (spec: Partial<PodSpec>): Pod =>
    aPod("a", { spec, annotations: { "kubernetes.io/config.mirror": "x" } });

  test("are left as they are", async () => {
    expect(((await mutate(mirror({}))) as Pod).spec.serviceAccountName).toBeUndefined();
  });

  test.each<[string, Partial<PodSpec>, string]>([
    [
      "a service account",
      { serviceAccountName: "default" },
      "a mirror pod may not reference service accounts",
    ],
    ["a pull secret", { imagePullSecrets: [{ name: "s" }] }, "a mirror pod may not reference secrets"],
    [
      "a secret in a volume",
      { volumes: [{ name: "v", secret: { secretName: "s" } }] },
      "a mirror pod may not reference secrets",
    ],
    [
      "a secret in the environment",
      {
        containers: [
          { name: "c", env: [{ name: "E", valueFrom: { secretKeyRef: { name: "s", key: "k" } } }] },
        ],
      },
      "a mirror pod may not reference secrets",
    ],
    [
      "a token",
      {
        volumes: [{ name: "v", projected: { sources: [{ serviceAccountToken: { path: "token" } }] } }],
      },
      "a mirror pod may not use ServiceAccountToken volume projections",
    ],
  ])("cannot have %s", async (_what, spec, why) => {
    const result = await mutate(mirror(spec));
    expect(result).toBeInstanceOf(StatusError);
    expect((result as StatusError).message).toBe(`pods "a" is forbidden: ${why}`);
  });
});

describe("the token", () => {
  test("is mounted where nothing else is", async () => {
    const mounted = { name: "own", mountPath: "/var/run/secrets/kubernetes.io/serviceaccount" };
    const pod = aPod("a", {
      spec: {
        initContainers: [{ name: "i" }],
        containers: [{ name: "c", volumeMounts: [mounted] }, { name: "d" }],
        volumes: [{ name: "own", emptyDir: {} }],
      },
    });
    const { spec } = (await mutate(pod)) as Pod;
    expect(spec.volumes?.map(({ name }) => name)).toEqual(["own", "kube-api-access-bbbbb"]);
    const mounts = [...(spec.initContainers ?? []), ...spec.containers].map(({ volumeMounts = [] }) =>
      volumeMounts.map(({ name }) => name),
    );
    expect(mounts).toEqual([["kube-api-access-bbbbb"], ["own"], ["kube-api-access-bbbbb"]]);
  });

  test("needs no volume when every container has something there", async () => {
    const mounted = { name: "own", mountPath: "/var/run/secrets/kubernetes.io/serviceaccount" };
    const pod = aPod("a", { spec: { containers: [{ name: "c", volumeMounts: [mounted] }] } });
    expect(((await mutate(pod)) as Pod).spec.volumes).toBeUndefined();
  });
});

describe("an account that restricts secrets", () => {
  const restricting: ServiceAccount = {
    ...aServiceAccount("default", { annotations: { "kubernetes.io/enforce-mountable-secrets": "true" } }),
    secrets: [{ name: "good" }],
    imagePullSecrets: [{ name: "puller" }],
  };
  const environment = anEnvironment(restricting);
  const env = (name: string) => [{ name: "E", valueFrom: { secretKeyRef: { name, key: "k" } } }];

  test("lets pods have those that it lists", async () => {
    const pod = aServed({
      volumes: [{ name: "v", secret: { secretName: "good" } }],
      containers: [{ name: "c", env: env("good"), envFrom: [{ secretRef: { name: "good" } }] }],
      imagePullSecrets: [{ name: "puller" }],
    });
    expect(await refusalOf(pod, environment)).toBeUndefined();
  });

  test.each<[Partial<PodSpec>, string]>([
    [
      { volumes: [{ name: "v", secret: { secretName: "bad" } }] },
      'volume with secret.secretName="bad" is not allowed because service account default does not reference that secret',
    ],
    [
      { initContainers: [{ name: "i", env: env("bad") }] },
      'init container i with envVar E referencing secret.secretName="bad" is not allowed because service account default does not reference that secret',
    ],
    [
      { containers: [{ name: "c", envFrom: [{ secretRef: { name: "bad" } }] }] },
      'container c with envFrom referencing secret.secretName="bad" is not allowed because service account default does not reference that secret',
    ],
    [
      { imagePullSecrets: [{ name: "bad" }] },
      'imagePullSecrets[0].name="bad" is not allowed because service account default does not reference that imagePullSecret',
    ],
  ])("refuses others: %j", async (spec, why) => {
    expect(await refusalOf(aServed(spec), environment)).toBe(`pods "a" is forbidden: ${why}`);
  });

  test("does not restrict them when it only looks as if it did", async () => {
    const pod = aServed({ volumes: [{ name: "v", secret: { secretName: "bad" } }] });
    expect(await refusalOf(pod, anEnvironment(aServiceAccount("default")))).toBeUndefined();
  });
});
