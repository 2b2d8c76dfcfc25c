import { describe, expect, test } from "bun:test";
import type { ConfigMap } from "#api/generated/core-v1.ts";
import { describePlan } from "#testing/actions.ts";
import { aConfigMap, aNamespace } from "#testing/objects.ts";
import { planRootCA, type RootCAView } from "./root-ca.ts";

const rootCA = "-----BEGIN CERTIFICATE-----";
const namespace = aNamespace("web");

function published(options: Partial<ConfigMap> = {}, description = "A text"): ConfigMap {
  const annotations = description === "" ? {} : { "kubernetes.io/description": description };
  return {
    ...aConfigMap("kube-root-ca.crt", { namespace: "web", annotations }),
    data: { "ca.crt": rootCA },
    ...options,
  };
}

describe("planRootCA", () => {
  const cases: { name: string; view: Omit<RootCAView, "rootCA">; want: string[] }[] = [
    {
      name: "publishes the authority",
      view: { namespace, configMap: undefined },
      want: ["create ConfigMap kube-root-ca.crt"],
    },
    { name: "is quiet when it is published", view: { namespace, configMap: published() }, want: [] },
    {
      name: "repairs what was changed",
      view: { namespace, configMap: published({ data: { "ca.crt": "other" } }) },
      want: ["update ConfigMap kube-root-ca.crt"],
    },
    {
      name: "removes what was added",
      view: { namespace, configMap: published({ data: { "ca.crt": rootCA, more: "1" } }) },
      want: ["update ConfigMap kube-root-ca.crt"],
    },
    {
      name: "describes it again",
      view: { namespace, configMap: published({}, "") },
      want: ["update ConfigMap kube-root-ca.crt"],
    },
    {
      name: "publishes nothing in a namespace that is going",
      view: { namespace: { ...namespace, status: { phase: "Terminating" } }, configMap: undefined },
      want: [],
    },
  ];
  test.each(cases)("$name", ({ view, want }) => {
    expect(describePlan(planRootCA({ ...view, rootCA }))).toEqual(want);
  });

  test("repairing leaves nothing to do", () => {
    const [action] = planRootCA({ namespace, configMap: published({ data: {} }, ""), rootCA }).actions;
    const configMap = action?.type === "update" ? (action.object as ConfigMap) : undefined;
    expect(configMap?.data).toEqual({ "ca.crt": rootCA });
    expect(planRootCA({ namespace, configMap, rootCA }).actions).toEqual([]);
  });
});
