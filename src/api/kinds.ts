import { mutatingAdmissionPolicy as mutatingAdmissionPolicy_2 } from "./admissionregistration/v1/mutatingadmissionpolicy.ts";
import { mutatingAdmissionPolicyBinding as mutatingAdmissionPolicyBinding_0 } from "./admissionregistration/v1/mutatingadmissionpolicybinding.ts";
import { mutatingWebhookConfiguration as mutatingWebhookConfiguration_4 } from "./admissionregistration/v1/mutatingwebhookconfiguration.ts";
import { validatingAdmissionPolicy as validatingAdmissionPolicy_5 } from "./admissionregistration/v1/validatingadmissionpolicy.ts";
import { validatingAdmissionPolicyBinding as validatingAdmissionPolicyBinding_3 } from "./admissionregistration/v1/validatingadmissionpolicybinding.ts";
import { validatingWebhookConfiguration as validatingWebhookConfiguration_1 } from "./admissionregistration/v1/validatingwebhookconfiguration.ts";
import { controllerRevision as controllerRevision_26 } from "./apps/v1/controllerrevision.ts";
import { daemonSet as daemonSet_27 } from "./apps/v1/daemonset.ts";
import { deployment as deployment_25 } from "./apps/v1/deployment.ts";
import { replicaSet as replicaSet_29 } from "./apps/v1/replicaset.ts";
import { statefulSet as statefulSet_28 } from "./apps/v1/statefulset.ts";
import { selfSubjectReview as selfSubjectReview_30 } from "./authentication/v1/selfsubjectreview.ts";
import { tokenReview as tokenReview_31 } from "./authentication/v1/tokenreview.ts";
import { localSubjectAccessReview as localSubjectAccessReview_37 } from "./authorization/v1/localsubjectaccessreview.ts";
import { selfSubjectAccessReview as selfSubjectAccessReview_38 } from "./authorization/v1/selfsubjectaccessreview.ts";
import { selfSubjectRulesReview as selfSubjectRulesReview_35 } from "./authorization/v1/selfsubjectrulesreview.ts";
import { subjectAccessReview as subjectAccessReview_36 } from "./authorization/v1/subjectaccessreview.ts";
import { horizontalPodAutoscaler as horizontalPodAutoscaler_40 } from "./autoscaling/v1/horizontalpodautoscaler.ts";
import { horizontalPodAutoscaler as horizontalPodAutoscaler_39 } from "./autoscaling/v2/horizontalpodautoscaler.ts";
import { cronJob as cronJob_24 } from "./batch/v1/cronjob.ts";
import { job as job_23 } from "./batch/v1/job.ts";
import { certificateSigningRequest as certificateSigningRequest_60 } from "./certificates/v1/certificatesigningrequest.ts";
import { lease as lease_34 } from "./coordination/v1/lease.ts";
import { binding as binding_11 } from "./core/v1/binding.ts";
import { componentStatus as componentStatus_22 } from "./core/v1/componentstatus.ts";
import { configMap as configMap_9 } from "./core/v1/configmap.ts";
import { endpoints as endpoints_8 } from "./core/v1/endpoints.ts";
import { event as event_15 } from "./core/v1/event.ts";
import { limitRange as limitRange_7 } from "./core/v1/limitrange.ts";
import { namespace as namespace_12 } from "./core/v1/namespace.ts";
import { node as node_20 } from "./core/v1/node.ts";
import { persistentVolume as persistentVolume_6 } from "./core/v1/persistentvolume.ts";
import { persistentVolumeClaim as persistentVolumeClaim_10 } from "./core/v1/persistentvolumeclaim.ts";
import { pod as pod_14 } from "./core/v1/pod.ts";
import { podTemplate as podTemplate_16 } from "./core/v1/podtemplate.ts";
import { replicationController as replicationController_17 } from "./core/v1/replicationcontroller.ts";
import { resourceQuota as resourceQuota_21 } from "./core/v1/resourcequota.ts";
import { secret as secret_19 } from "./core/v1/secret.ts";
import { service as service_13 } from "./core/v1/service.ts";
import { serviceAccount as serviceAccount_18 } from "./core/v1/serviceaccount.ts";
import { endpointSlice as endpointSlice_52 } from "./discovery/v1/endpointslice.ts";
import { flowSchema as flowSchema_32 } from "./flowcontrol/v1/flowschema.ts";
import { priorityLevelConfiguration as priorityLevelConfiguration_33 } from "./flowcontrol/v1/prioritylevelconfiguration.ts";
import type { Kind } from "./kind.ts";
import { ingress as ingress_53 } from "./networking/v1/ingress.ts";
import { ingressClass as ingressClass_57 } from "./networking/v1/ingressclass.ts";
import { ipAddress as ipAddress_55 } from "./networking/v1/ipaddress.ts";
import { networkPolicy as networkPolicy_54 } from "./networking/v1/networkpolicy.ts";
import { serviceCIDR as serviceCIDR_56 } from "./networking/v1/servicecidr.ts";
import { runtimeClass as runtimeClass_59 } from "./node/v1/runtimeclass.ts";
import { podDisruptionBudget as podDisruptionBudget_51 } from "./policy/v1/poddisruptionbudget.ts";
import { clusterRole as clusterRole_42 } from "./rbac/v1/clusterrole.ts";
import { clusterRoleBinding as clusterRoleBinding_43 } from "./rbac/v1/clusterrolebinding.ts";
import { role as role_44 } from "./rbac/v1/role.ts";
import { roleBinding as roleBinding_41 } from "./rbac/v1/rolebinding.ts";
import { priorityClass as priorityClass_58 } from "./scheduling/v1/priorityclass.ts";
import { csiDriver as csiDriver_45 } from "./storage/v1/csidriver.ts";
import { csiNode as csiNode_50 } from "./storage/v1/csinode.ts";
import { csiStorageCapacity as csiStorageCapacity_46 } from "./storage/v1/csistoragecapacity.ts";
import { storageClass as storageClass_49 } from "./storage/v1/storageclass.ts";
import { volumeAttachment as volumeAttachment_47 } from "./storage/v1/volumeattachment.ts";
import { volumeAttributesClass as volumeAttributesClass_48 } from "./storage/v1/volumeattributesclass.ts";
export const kinds = [
  mutatingAdmissionPolicyBinding_0,
  validatingWebhookConfiguration_1,
  mutatingAdmissionPolicy_2,
  validatingAdmissionPolicyBinding_3,
  mutatingWebhookConfiguration_4,
  validatingAdmissionPolicy_5,
  persistentVolume_6,
  limitRange_7,
  endpoints_8,
  configMap_9,
  persistentVolumeClaim_10,
  binding_11,
  namespace_12,
  service_13,
  pod_14,
  event_15,
  podTemplate_16,
  replicationController_17,
  serviceAccount_18,
  secret_19,
  node_20,
  resourceQuota_21,
  componentStatus_22,
  job_23,
  cronJob_24,
  deployment_25,
  controllerRevision_26,
  daemonSet_27,
  statefulSet_28,
  replicaSet_29,
  selfSubjectReview_30,
  tokenReview_31,
  flowSchema_32,
  priorityLevelConfiguration_33,
  lease_34,
  selfSubjectRulesReview_35,
  subjectAccessReview_36,
  localSubjectAccessReview_37,
  selfSubjectAccessReview_38,
  horizontalPodAutoscaler_39,
  horizontalPodAutoscaler_40,
  roleBinding_41,
  clusterRole_42,
  clusterRoleBinding_43,
  role_44,
  csiDriver_45,
  csiStorageCapacity_46,
  volumeAttachment_47,
  volumeAttributesClass_48,
  storageClass_49,
  csiNode_50,
  podDisruptionBudget_51,
  endpointSlice_52,
  ingress_53,
  networkPolicy_54,
  ipAddress_55,
  serviceCIDR_56,
  ingressClass_57,
  priorityClass_58,
  runtimeClass_59,
  certificateSigningRequest_60,
] as unknown as readonly Kind[];
