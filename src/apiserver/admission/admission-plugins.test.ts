import { describe, expect, test } from "bun:test";
import { Metrics } from "#observability/metrics.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { type AdmissionPlugin, defineAdmissionPlugin } from "./admission-plugin.ts";
import { orderPlugins } from "./admission-plugins.ts";
import { DEFAULT_CONFIGURATION } from "./configuration/admission-configuration.ts";
import { choiceProblems, PLUGIN_NAMES, type PluginChoice } from "./plugin-names.ts";

const named = (name: string): AdmissionPlugin =>
  defineAdmissionPlugin({ name, operations: [], resources: [] });
const dynamic = {
  mutatingPolicies: named("MutatingAdmissionPolicy"),
  mutatingWebhooks: named("MutatingAdmissionWebhook"),
  validatingPolicies: named("ValidatingAdmissionPolicy"),
  validatingWebhooks: named("ValidatingAdmissionWebhook"),
};
const imagePolicy = {
  kubeConfigFile: "",
  allowTtlMs: 0,
  denyTtlMs: 0,
  retryBackoffMs: 0,
  defaultAllow: false,
};
const webhook = { post: () => Promise.reject(new Error("Nobody is asked")) };
const clock = new FakeClock();

function namesWith(plugins: PluginChoice): readonly string[] {
  return orderPlugins(
    dynamic,
    { ...DEFAULT_CONFIGURATION, plugins, imagePolicy },
    {
      imagePolicy: { webhook, clock },
      metrics: new Metrics(),
    },
  ).map(({ name }) => name);
}

/** What v1.36 has switched on that does nothing by itself, or only to resources that are not served. */
const WITHOUT_EFFECT = ["AlwaysAdmit", "PodGroupProtection", "PodGroupWorkloadExists", "JobValidation"];

describe("the plugins", () => {
  test("that are on by default run in Kubernetes' order", () => {
    expect(namesWith({ enabled: [], disabled: [] })).toEqual([
      "NamespaceLifecycle",
      "LimitRanger",
      "ServiceAccount",
      "NodeRestriction",
      "TaintNodesByCondition",
      "PodSecurity",
      "Priority",
      "DefaultTolerationSeconds",
      "DefaultStorageClass",
      "StorageObjectInUseProtection",
      "PersistentVolumeClaimResize",
      "RuntimeClass",
      "CertificateApproval",
      "CertificateSigning",
      "ClusterTrustBundleAttest",
      "CertificateSubjectRestriction",
      "DefaultIngressClass",
      "PodTopologyLabels",
      "NodeDeclaredFeatureValidator",
      "PodResizeValidator",
      "MutatingAdmissionPolicy",
      "MutatingAdmissionWebhook",
      "ValidatingAdmissionPolicy",
      "ValidatingAdmissionWebhook",
      "ResourceQuota",
    ]);
  });

  test("are all there", () => {
    const all = namesWith({ enabled: PLUGIN_NAMES, disabled: [] });
    expect(all).toEqual(PLUGIN_NAMES.filter((name) => !WITHOUT_EFFECT.includes(name)));
  });

  test("can be switched on and off in any order", () => {
    const names = namesWith({
      enabled: ["NamespaceExists", "AlwaysPullImages", "NamespaceAutoProvision"],
      disabled: ["ResourceQuota", "PodSecurity", "LimitRanger"],
    });
    expect(names.slice(0, 6)).toEqual([
      "NamespaceAutoProvision",
      "NamespaceLifecycle",
      "NamespaceExists",
      "ServiceAccount",
      "NodeRestriction",
      "TaintNodesByCondition",
    ]);
    expect(names).toContain("AlwaysPullImages");
    expect(names).not.toContain("ResourceQuota");
  });
});

test.each<[PluginChoice, readonly string[]]>([
  [{ enabled: ["NodeRestriction"], disabled: ["AlwaysDeny"] }, []],
  [
    { enabled: ["Initializers"], disabled: ["PodSecurityPolicy"] },
    [
      'enable-admission-plugins plugin "Initializers" is unknown',
      'disable-admission-plugins plugin "PodSecurityPolicy" is unknown',
    ],
  ],
  [
    { enabled: ["ResourceQuota", "LimitRanger"], disabled: ["LimitRanger", "ResourceQuota"] },
    ["[LimitRanger ResourceQuota] in enable-admission-plugins and disable-admission-plugins overlapped"],
  ],
])("%j is told to have these problems: %j", (choice, problems) => {
  expect(choiceProblems(choice)).toEqual(problems);
});
