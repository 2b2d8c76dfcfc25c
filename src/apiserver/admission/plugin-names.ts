import { goString, quote } from "#apimachinery/go-text.ts";

/** All plugins of kube-apiserver in the order in which they run (`kubeapiserver/options/plugins.go`). */
export const PLUGIN_NAMES = [
  "AlwaysAdmit",
  "NamespaceAutoProvision",
  "NamespaceLifecycle",
  "NamespaceExists",
  "LimitPodHardAntiAffinityTopology",
  "LimitRanger",
  "ServiceAccount",
  "NodeRestriction",
  "TaintNodesByCondition",
  "AlwaysPullImages",
  "ImagePolicyWebhook",
  "PodSecurity",
  "PodNodeSelector",
  "Priority",
  "DefaultTolerationSeconds",
  "PodTolerationRestriction",
  "EventRateLimit",
  "ExtendedResourceToleration",
  "DefaultStorageClass",
  "StorageObjectInUseProtection",
  "PodGroupProtection",
  "OwnerReferencesPermissionEnforcement",
  "PersistentVolumeClaimResize",
  "RuntimeClass",
  "CertificateApproval",
  "CertificateSigning",
  "ClusterTrustBundleAttest",
  "CertificateSubjectRestriction",
  "DefaultIngressClass",
  "DenyServiceExternalIPs",
  "PodTopologyLabels",
  "PodGroupWorkloadExists",
  "NodeDeclaredFeatureValidator",
  "JobValidation",
  "PodResizeValidator",
  "MutatingAdmissionPolicy",
  "MutatingAdmissionWebhook",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionWebhook",
  "ResourceQuota",
  "AlwaysDeny",
] as const;

export type PluginName = (typeof PLUGIN_NAMES)[number];

/** NodeRestriction is one of them upstream; every distribution switches it on, because nodes are trusted with nothing without it. */
const OFF_BY_DEFAULT: readonly PluginName[] = [
  "AlwaysAdmit",
  "NamespaceAutoProvision",
  "NamespaceExists",
  "LimitPodHardAntiAffinityTopology",
  "AlwaysPullImages",
  "ImagePolicyWebhook",
  "PodNodeSelector",
  "PodTolerationRestriction",
  "EventRateLimit",
  "ExtendedResourceToleration",
  "OwnerReferencesPermissionEnforcement",
  "DenyServiceExternalIPs",
  "AlwaysDeny",
];

/** What an operator switches on and off, in any order. */
export interface PluginChoice {
  readonly enabled: readonly string[];
  readonly disabled: readonly string[];
}

export const DEFAULT_CHOICE: PluginChoice = { enabled: [], disabled: [] };

export function isEnabled(name: PluginName, { enabled, disabled }: PluginChoice): boolean {
  return enabled.includes(name) || !(OFF_BY_DEFAULT.includes(name) || disabled.includes(name));
}

/** In kube-apiserver's words (apiserver `server/options/admission.go`). */
export function choiceProblems({ enabled, disabled }: PluginChoice): readonly string[] {
  const known: readonly string[] = PLUGIN_NAMES;
  const both = [...new Set(enabled)].filter((name) => disabled.includes(name)).toSorted();
  return [
    ...unknown("enable-admission-plugins", enabled, known),
    ...unknown("disable-admission-plugins", disabled, known),
    ...(both.length === 0
      ? []
      : [`${goString(both)} in enable-admission-plugins and disable-admission-plugins overlapped`]),
  ];
}

function unknown(flag: string, names: readonly string[], known: readonly string[]): readonly string[] {
  return names
    .filter((name) => !known.includes(name))
    .map((name) => `${flag} plugin ${quote(name)} is unknown`);
}
