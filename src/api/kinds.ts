/** All built-in kinds. A new one gets its import and its line here. Those of `kinds` are always served. */

import { mutatingAdmissionPolicy } from "./admissionregistration/v1/mutatingadmissionpolicy.ts";
import { mutatingAdmissionPolicyBinding } from "./admissionregistration/v1/mutatingadmissionpolicybinding.ts";
import { mutatingWebhookConfiguration } from "./admissionregistration/v1/mutatingwebhookconfiguration.ts";
import { validatingAdmissionPolicy } from "./admissionregistration/v1/validatingadmissionpolicy.ts";
import { validatingAdmissionPolicyBinding } from "./admissionregistration/v1/validatingadmissionpolicybinding.ts";
import { validatingWebhookConfiguration } from "./admissionregistration/v1/validatingwebhookconfiguration.ts";
import { customResourceDefinition } from "./apiextensions/v1/customresourcedefinition.ts";
import { apiService } from "./apiregistration/v1/apiservice.ts";
import { controllerRevision } from "./apps/v1/controllerrevision.ts";
import { daemonSet } from "./apps/v1/daemonset.ts";
import { deployment } from "./apps/v1/deployment.ts";
import { replicaSet } from "./apps/v1/replicaset.ts";
import { statefulSet } from "./apps/v1/statefulset.ts";
import { selfSubjectReview } from "./authentication/v1/selfsubjectreview.ts";
import { tokenReview } from "./authentication/v1/tokenreview.ts";
import { localSubjectAccessReview } from "./authorization/v1/localsubjectaccessreview.ts";
import { selfSubjectAccessReview } from "./authorization/v1/selfsubjectaccessreview.ts";
import { selfSubjectRulesReview } from "./authorization/v1/selfsubjectrulesreview.ts";
import { subjectAccessReview } from "./authorization/v1/subjectaccessreview.ts";
import { horizontalPodAutoscaler as horizontalPodAutoscalerV1 } from "./autoscaling/v1/horizontalpodautoscaler.ts";
import { horizontalPodAutoscaler as horizontalPodAutoscalerV2 } from "./autoscaling/v2/horizontalpodautoscaler.ts";
import { cronJob } from "./batch/v1/cronjob.ts";
import { job } from "./batch/v1/job.ts";
import { certificateSigningRequest } from "./certificates/v1/certificatesigningrequest.ts";
import { clusterTrustBundle } from "./certificates/v1beta1/clustertrustbundle.ts";
import { lease } from "./coordination/v1/lease.ts";
import { binding } from "./core/v1/binding.ts";
import { componentStatus } from "./core/v1/componentstatus.ts";
import { configMap } from "./core/v1/configmap.ts";
import { endpoints } from "./core/v1/endpoints.ts";
import { event } from "./core/v1/event.ts";
import { limitRange } from "./core/v1/limitrange.ts";
import { namespace } from "./core/v1/namespace.ts";
import { node } from "./core/v1/node.ts";
import { persistentVolume } from "./core/v1/persistentvolume.ts";
import { persistentVolumeClaim } from "./core/v1/persistentvolumeclaim.ts";
import { pod } from "./core/v1/pod.ts";
import { podTemplate } from "./core/v1/podtemplate.ts";
import { replicationController } from "./core/v1/replicationcontroller.ts";
import { resourceQuota } from "./core/v1/resourcequota.ts";
import { secret } from "./core/v1/secret.ts";
import { service } from "./core/v1/service.ts";
import { serviceAccount } from "./core/v1/serviceaccount.ts";
import { endpointSlice } from "./discovery/v1/endpointslice.ts";
import { event as eventV1 } from "./events/v1/event.ts";
import type { Feature } from "./features.ts";
import { flowSchema } from "./flowcontrol/v1/flowschema.ts";
import { priorityLevelConfiguration } from "./flowcontrol/v1/prioritylevelconfiguration.ts";
import type { Kind } from "./kind.ts";
import { ingress } from "./networking/v1/ingress.ts";
import { ingressClass } from "./networking/v1/ingressclass.ts";
import { ipAddress } from "./networking/v1/ipaddress.ts";
import { networkPolicy } from "./networking/v1/networkpolicy.ts";
import { serviceCIDR } from "./networking/v1/servicecidr.ts";
import { runtimeClass } from "./node/v1/runtimeclass.ts";
import { podDisruptionBudget } from "./policy/v1/poddisruptionbudget.ts";
import { clusterRole } from "./rbac/v1/clusterrole.ts";
import { clusterRoleBinding } from "./rbac/v1/clusterrolebinding.ts";
import { role } from "./rbac/v1/role.ts";
import { roleBinding } from "./rbac/v1/rolebinding.ts";
import { deviceClass } from "./resource/v1/deviceclass.ts";
import { resourceClaim } from "./resource/v1/resourceclaim.ts";
import { resourceClaimTemplate } from "./resource/v1/resourceclaimtemplate.ts";
import { resourceSlice } from "./resource/v1/resourceslice.ts";
import { priorityClass } from "./scheduling/v1/priorityclass.ts";
import { csiDriver } from "./storage/v1/csidriver.ts";
import { csiNode } from "./storage/v1/csinode.ts";
import { csiStorageCapacity } from "./storage/v1/csistoragecapacity.ts";
import { storageClass } from "./storage/v1/storageclass.ts";
import { volumeAttachment } from "./storage/v1/volumeattachment.ts";
import { volumeAttributesClass } from "./storage/v1/volumeattributesclass.ts";

const all = [
  // core/v1
  binding,
  componentStatus,
  configMap,
  endpoints,
  event,
  limitRange,
  namespace,
  node,
  persistentVolume,
  persistentVolumeClaim,
  pod,
  podTemplate,
  replicationController,
  resourceQuota,
  secret,
  service,
  serviceAccount,
  // admissionregistration/v1
  mutatingAdmissionPolicy,
  mutatingAdmissionPolicyBinding,
  mutatingWebhookConfiguration,
  validatingAdmissionPolicy,
  validatingAdmissionPolicyBinding,
  validatingWebhookConfiguration,
  // apiextensions/v1
  customResourceDefinition,
  // apiregistration/v1
  apiService,
  // apps/v1
  controllerRevision,
  daemonSet,
  deployment,
  replicaSet,
  statefulSet,
  // authentication/v1
  selfSubjectReview,
  tokenReview,
  // authorization/v1
  localSubjectAccessReview,
  selfSubjectAccessReview,
  selfSubjectRulesReview,
  subjectAccessReview,
  // autoscaling/v1
  horizontalPodAutoscalerV1,
  // autoscaling/v2
  horizontalPodAutoscalerV2,
  // batch/v1
  cronJob,
  job,
  // certificates/v1
  certificateSigningRequest,
  // coordination/v1
  lease,
  // discovery/v1
  endpointSlice,
  // events/v1
  eventV1,
  // flowcontrol/v1
  flowSchema,
  priorityLevelConfiguration,
  // networking/v1
  ingress,
  ingressClass,
  ipAddress,
  networkPolicy,
  serviceCIDR,
  // node/v1
  runtimeClass,
  // policy/v1
  podDisruptionBudget,
  // rbac/v1
  clusterRole,
  clusterRoleBinding,
  role,
  roleBinding,
  // resource/v1
  deviceClass,
  resourceClaim,
  resourceClaimTemplate,
  resourceSlice,
  // scheduling/v1
  priorityClass,
  // storage/v1
  csiDriver,
  csiNode,
  csiStorageCapacity,
  storageClass,
  volumeAttachment,
  volumeAttributesClass,
] satisfies readonly Pick<Kind, "resource">[];

/**
 * The kinds as those see them that handle objects of any kind. A kind is found by the resource of an object, so that
 * it is given its own objects only, which the compiler cannot know.
 */
export const kinds = all as readonly unknown[] as readonly Kind[];

export interface SwitchedKind {
  readonly kind: Kind;
  /** What must be switched on besides the API. */
  readonly feature: Feature;
}

/** Kinds that are served where the operator wants them, as `kinds` has the others. */
export const switchedKinds = [
  { kind: clusterTrustBundle, feature: "ClusterTrustBundle" },
] as readonly unknown[] as readonly SwitchedKind[];
