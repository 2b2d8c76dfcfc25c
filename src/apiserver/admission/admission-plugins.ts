import type { AdmissionPlugin } from "./admission-plugin.ts";
import {
  type AdmissionConfiguration,
  DEFAULT_CONFIGURATION,
} from "./configuration/admission-configuration.ts";
import type { DynamicPlugins } from "./dynamic-admission.ts";
import {
  certificateApprovalPlugin,
  certificateSigningPlugin,
} from "./plugins/certificates/certificate-rights.ts";
import { certificateSubjectRestrictionPlugin } from "./plugins/certificates/certificate-subject-restriction.ts";
import { defaultIngressClassPlugin } from "./plugins/default-ingress-class.ts";
import { defaultStorageClassPlugin } from "./plugins/default-storage-class.ts";
import { defaultTolerationSecondsPlugin } from "./plugins/default-toleration-seconds.ts";
import { limitRangerPlugin } from "./plugins/limit-ranger/limit-ranger.ts";
import { namespaceLifecyclePlugin } from "./plugins/namespace-lifecycle.ts";
import { nodeRestrictionPlugin } from "./plugins/node-restriction/node-restriction.ts";
import { persistentVolumeClaimResizePlugin } from "./plugins/persistent-volume-claim-resize.ts";
import { podSecurity } from "./plugins/pod-security/pod-security.ts";
import { podTopologyLabelsPlugin } from "./plugins/pod-topology-labels.ts";
import { priorityPlugin } from "./plugins/priority.ts";
import { resourceQuotaPlugin } from "./plugins/resource-quota.ts";
import { runtimeClassPlugin } from "./plugins/runtime-class/runtime-class.ts";
import { serviceAccountPlugin } from "./plugins/service-account/service-account.ts";
import { storageObjectInUseProtectionPlugin } from "./plugins/storage-object-in-use-protection.ts";
import { taintNodesByConditionPlugin } from "./plugins/taint-nodes-by-condition.ts";

/** The plugins in the order in which they run, that of kube-apiserver (`kubeapiserver/options/plugins.go`). */
export function orderPlugins(
  dynamic: DynamicPlugins,
  configuration: AdmissionConfiguration = DEFAULT_CONFIGURATION,
): readonly AdmissionPlugin[] {
  return [
    namespaceLifecyclePlugin,
    limitRangerPlugin,
    serviceAccountPlugin,
    nodeRestrictionPlugin,
    taintNodesByConditionPlugin,
    podSecurity(configuration.podSecurity),
    priorityPlugin,
    defaultTolerationSecondsPlugin,
    defaultStorageClassPlugin,
    storageObjectInUseProtectionPlugin,
    persistentVolumeClaimResizePlugin,
    runtimeClassPlugin,
    certificateApprovalPlugin,
    certificateSigningPlugin,
    certificateSubjectRestrictionPlugin,
    defaultIngressClassPlugin,
    podTopologyLabelsPlugin,
    // Whatever else there is comes before these; only quota comes after them.
    dynamic.mutatingPolicies,
    dynamic.mutatingWebhooks,
    dynamic.validatingPolicies,
    dynamic.validatingWebhooks,
    resourceQuotaPlugin,
  ];
}
