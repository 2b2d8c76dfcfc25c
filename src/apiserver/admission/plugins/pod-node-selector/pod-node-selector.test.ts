import { expect, test } from "bun:test";
import type { Namespace, Pod } from "#api/generated/core-v1.ts";
import { admit, anAdmissionEnvironment, anAdmissionRequest } from "#testing/admission.ts";
import { aNamespace, aPod } from "#testing/objects.ts";
import type { NodeSelectors } from "./node-selectors.ts";
import { podNodeSelector } from "./pod-node-selector.ts";

interface Case {
  readonly name: string;
  readonly pod?: Readonly<Record<string, string>>;
  readonly namespace?: string;
  readonly cluster?: NodeSelectors;
  readonly want: string | Readonly<Record<string, string>>;
}

const conflicting =
  'pods "a" is forbidden: pod node label selector conflicts with its namespace node label selector';
const notAllowed =
  'pods "a" is forbidden: pod node label selector labels conflict with its namespace whitelist';

const cases: readonly Case[] = [
  { name: "nobody wants anything", want: {} },
  { name: "the pod alone wants something", pod: { env: "test" }, want: { env: "test" } },
  { name: "the namespace wants something", namespace: "infra=true", want: { infra: "true" } },
  {
    name: "both want different things",
    pod: { env: "test" },
    namespace: "infra = true",
    want: { infra: "true", env: "test" },
  },
  { name: "both want the same", pod: { infra: "true" }, namespace: "infra=true", want: { infra: "true" } },
  {
    name: "the pod wants something else",
    pod: { infra: "false" },
    namespace: "infra=true",
    want: conflicting,
  },
  {
    name: "the cluster has a default",
    cluster: { clusterDefaultNodeSelector: "env=test" },
    want: { env: "test" },
  },
  {
    name: "the namespace does not want the default",
    namespace: "",
    cluster: { clusterDefaultNodeSelector: "env=test" },
    want: {},
  },
  {
    name: "the cluster allows what the pod wants",
    pod: { env: "test" },
    cluster: { team: "env=test,infra=true" },
    want: { env: "test" },
  },
  {
    name: "the cluster does not allow what the pod wants",
    pod: { env: "prod" },
    cluster: { team: "env=test" },
    want: notAllowed,
  },
  {
    name: "the cluster does not allow what the namespace wants",
    namespace: "infra=true",
    cluster: { team: "env=test" },
    want: notAllowed,
  },
  { name: "the namespace makes no sense", namespace: "infra", want: "invalid selector: [infra]" },
];

function teamWith(selector: string | undefined): Namespace {
  const namespace = aNamespace("team");
  const annotations = selector !== undefined && { "scheduler.alpha.kubernetes.io/node-selector": selector };
  return { ...namespace, metadata: { ...namespace.metadata, ...(annotations && { annotations }) } };
}

test.each(cases)("a pod when $name", async ({ pod, namespace, cluster = {}, want }) => {
  const request = anAdmissionRequest("CREATE pods team/a", {
    object: aPod("a", { spec: pod === undefined ? {} : { nodeSelector: pod } }),
  });
  const environment = anAdmissionEnvironment([teamWith(namespace)]);
  const outcome = await admit<Pod>(podNodeSelector(cluster), request, environment);
  expect(typeof outcome === "string" ? outcome : outcome.spec.nodeSelector).toEqual(want as never);
});
