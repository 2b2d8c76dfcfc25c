import type { Metrics } from "#observability/metrics.ts";
import type { AdmissionPlugin } from "./admission-plugin.ts";
import type { AdmissionConfiguration } from "./configuration/admission-configuration.ts";
import type { DynamicPlugins } from "./dynamic-admission.ts";
import { isEnabled, PLUGIN_NAMES } from "./plugin-names.ts";
import { alwaysDenyPlugin } from "./plugins/always-deny.ts";
import { alwaysPullImagesPlugin } from "./plugins/always-pull-images.ts";
import {
  certificateApprovalPlugin,
  certificateSigningPlugin,
} from "./plugins/certificates/certificate-rights.ts";
import { certificateSubjectRestrictionPlugin } from "./plugins/certificates/certificate-subject-restriction.ts";
import { clusterTrustBundleAttestPlugin } from "./plugins/certificates/cluster-trust-bundle-attest.ts";
import { defaultIngressClassPlugin } from "./plugins/default-ingress-class.ts";
import { defaultStorageClassPlugin } from "./plugins/default-storage-class.ts";
import { defaultTolerationSecondsPlugin } from "./plugins/default-toleration-seconds.ts";
import { denyServiceExternalIPsPlugin } from "./plugins/deny-service-external-ips.ts";
import { eventRateLimit } from "./plugins/event-rate-limit/event-rate-limit.ts";
import { extendedResourceTolerationPlugin } from "./plugins/extended-resource-toleration.ts";
import {
  type ImagePolicyDependencies,
  imagePolicyWebhook,
} from "./plugins/image-policy-webhook/image-policy-webhook.ts";
import { limitPodHardAntiAffinityTopologyPlugin } from "./plugins/limit-pod-hard-anti-affinity-topology.ts";
import { limitRangerPlugin } from "./plugins/limit-ranger/limit-ranger.ts";
import { namespaceAutoProvisionPlugin } from "./plugins/namespace-auto-provision.ts";
import { namespaceExistsPlugin } from "./plugins/namespace-exists.ts";
import { namespaceLifecyclePlugin } from "./plugins/namespace-lifecycle.ts";
import { nodeDeclaredFeatureValidatorPlugin } from "./plugins/node-declared-feature-validator.ts";
import { nodeRestrictionPlugin } from "./plugins/node-restriction/node-restriction.ts";
import { ownerReferencesPermissionEnforcementPlugin } from "./plugins/owner-references-permission-enforcement.ts";
import { persistentVolumeClaimResizePlugin } from "./plugins/persistent-volume-claim-resize.ts";
import { podNodeSelector } from "./plugins/pod-node-selector/pod-node-selector.ts";
import { podResizeValidatorPlugin } from "./plugins/pod-resize-validator.ts";
import { podSecurity } from "./plugins/pod-security/pod-security.ts";
import { PodSecurityMetrics } from "./plugins/pod-security/pod-security-metrics.ts";
import { podTolerationRestriction } from "./plugins/pod-toleration-restriction/pod-toleration-restriction.ts";
import { podTopologyLabelsPlugin } from "./plugins/pod-topology-labels.ts";
import { priorityPlugin } from "./plugins/priority.ts";
import { resourceQuotaPlugin } from "./plugins/resource-quota.ts";
import { runtimeClassPlugin } from "./plugins/runtime-class/runtime-class.ts";
import { serviceAccountPlugin } from "./plugins/service-account/service-account.ts";
import { storageObjectInUseProtectionPlugin } from "./plugins/storage-object-in-use-protection.ts";
import { taintNodesByConditionPlugin } from "./plugins/taint-nodes-by-condition.ts";

export interface PluginDependencies {
  /** Undefined where nobody is asked about images. */
  readonly imagePolicy: ImagePolicyDependencies | undefined;
  readonly metrics: Metrics;
}

/** The plugins that are switched on, in the order in which they run. Some names stand for what is not served, or do nothing. */
export function orderPlugins(
  dynamic: DynamicPlugins,
  configuration: AdmissionConfiguration,
  dependencies: PluginDependencies,
): readonly AdmissionPlugin[] {
  const plugins = [
    ...STATIC,
    ...configured(configuration, dependencies),
    dynamic.mutatingPolicies,
    dynamic.mutatingWebhooks,
    dynamic.validatingPolicies,
    dynamic.validatingWebhooks,
  ];
  const byName = new Map(plugins.map((plugin) => [plugin.name, plugin]));
  return PLUGIN_NAMES.filter((name) => isEnabled(name, configuration.plugins)).flatMap(
    (name) => byName.get(name) ?? [],
  );
}

/** Those that are the same in every cluster, in alphabetical order. */
const STATIC: readonly AdmissionPlugin[] = [
  alwaysDenyPlugin,
  alwaysPullImagesPlugin,
  certificateApprovalPlugin,
  certificateSigningPlugin,
  certificateSubjectRestrictionPlugin,
  clusterTrustBundleAttestPlugin,
  defaultIngressClassPlugin,
  defaultStorageClassPlugin,
  defaultTolerationSecondsPlugin,
  denyServiceExternalIPsPlugin,
  extendedResourceTolerationPlugin,
  limitPodHardAntiAffinityTopologyPlugin,
  limitRangerPlugin,
  namespaceAutoProvisionPlugin,
  namespaceExistsPlugin,
  namespaceLifecyclePlugin,
  nodeDeclaredFeatureValidatorPlugin,
  nodeRestrictionPlugin,
  ownerReferencesPermissionEnforcementPlugin,
  persistentVolumeClaimResizePlugin,
  podResizeValidatorPlugin,
  podTopologyLabelsPlugin,
  priorityPlugin,
  resourceQuotaPlugin,
  runtimeClassPlugin,
  serviceAccountPlugin,
  storageObjectInUseProtectionPlugin,
  taintNodesByConditionPlugin,
];

function configured(
  configuration: AdmissionConfiguration,
  { imagePolicy: webhook, metrics }: PluginDependencies,
): readonly AdmissionPlugin[] {
  const { imagePolicy } = configuration;
  return [
    eventRateLimit(configuration.eventRateLimit),
    ...(imagePolicy && webhook ? [imagePolicyWebhook(imagePolicy, webhook)] : []),
    podNodeSelector(configuration.podNodeSelector),
    podSecurity(configuration.podSecurity, new PodSecurityMetrics(metrics)),
    podTolerationRestriction(configuration.podTolerationRestriction),
  ];
}
