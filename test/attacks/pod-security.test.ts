/** Ways around the Pod Security Standards of a namespace. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Container, PodSpec } from "#api/generated/core-v1.ts";
import { aPod } from "#testing/objects.ts";
import { AttackedCluster, send } from "./attacked-cluster.ts";
import { type Attack, expectRefusal } from "./refusal.ts";

const IN = "/api/v1/namespaces/strict";
const MODEST = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
} as const;

let cluster: AttackedCluster;
const admin = () => cluster.as("system:admin", "system:masters");
beforeAll(async () => {
  cluster = await AttackedCluster.start();
  const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
  await send(await admin(), "POST /api/v1/namespaces", { metadata: { name: "strict", labels } });
  await send(await admin(), `POST ${IN}/serviceaccounts`, { metadata: { name: "default" } });
  await send(await admin(), `POST ${IN}/pods`, aModestPod("modest", {}));
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

function aModestPod(name: string, spec: Partial<PodSpec>, changes: object = {}) {
  const containers = [{ name: "c", image: "i", securityContext: MODEST }];
  return aPod(name, { namespace: "strict", ...changes, spec: { containers, ...spec } });
}

const PRIVILEGED = { privileged: true, allowPrivilegeEscalation: undefined };

const withContainer = (changes: object): Container[] => [
  { name: "x", image: "i", securityContext: { ...MODEST, ...changes } },
];

test("what is allowed is a modest pod", async () => {
  expect((await send(await admin(), `POST ${IN}/pods`, aModestPod("another", {}))).code).toBe(201);
});

describe("a pod is refused", () => {
  const create = (spec: Partial<PodSpec>, changes: object = {}) => ({
    what: `POST ${IN}/pods`,
    body: () => aModestPod("rogue", spec, changes),
  });
  const attacks: Attack[] = [
    {
      name: "that is privileged",
      ...create({ containers: withContainer(PRIVILEGED) }),
      why: "privileged",
    },
    {
      name: "that is privileged at its start",
      ...create({ initContainers: withContainer(PRIVILEGED) }),
      why: "privileged",
    },
    {
      name: "that says it runs on Windows",
      ...create({
        os: { name: "windows" },
        containers: [{ name: "x", image: "i", securityContext: { runAsNonRoot: true } }],
        volumes: [{ name: "h", hostPath: { path: "/" } }],
      }),
      why: 'volume "h" uses restricted volume type "hostPath"',
    },
    {
      name: "that runs as the host on Windows",
      ...create({ securityContext: { windowsOptions: { hostProcess: true } }, hostNetwork: true }),
      why: "hostProcess",
    },
    {
      name: "that calls itself privileged",
      ...create({ hostPID: true }, { labels: { "pod-security.kubernetes.io/enforce": "privileged" } }),
      why: "hostPID=true",
    },
    {
      name: "with a path of its host",
      ...create({ volumes: [{ name: "h", hostPath: { path: "/" } }] }),
      why: 'volume "h" uses restricted volume type "hostPath"',
    },
    {
      name: "without AppArmor by an annotation",
      ...create({}, { annotations: { "container.apparmor.security.beta.kubernetes.io/c": "unconfined" } }),
      why: "forbidden AppArmor profile",
    },
    {
      name: "with capabilities beside the dropped ones",
      ...create({ containers: withContainer({ capabilities: { drop: ["ALL"], add: ["SYS_ADMIN"] } }) }),
      why: "SYS_ADMIN",
    },
    {
      name: "with the proc of its host",
      ...create({ containers: withContainer({ procMount: "Unmasked" }), hostUsers: false }),
      why: "procMount",
    },
    {
      name: "with sysctls that are not safe",
      ...create({ securityContext: { sysctls: [{ name: "kernel.msgmax", value: "1" }] } }),
      why: "forbidden sysctls",
    },
    {
      name: "that is debugged with privileges",
      what: `PATCH ${IN}/pods/modest/ephemeralcontainers`,
      body: () => ({ spec: { ephemeralContainers: withContainer(PRIVILEGED) } }),
      why: "privileged",
    },
    {
      name: "that is debugged as root",
      what: `PATCH ${IN}/pods/modest/ephemeralcontainers`,
      body: () => ({ spec: { ephemeralContainers: withContainer({ runAsUser: 0 }) } }),
      why: "runAsUser=0",
    },
  ];
  test.each(attacks)("$name", async (attack) => expectRefusal(await admin(), attack));
});
