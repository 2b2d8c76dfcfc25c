/** The roles of v1.36 with its default features (kubernetes `plugin/pkg/auth/authorizer/rbac/bootstrappolicy`). */
import { allow, READ, RECORD_EVENTS, type RoleDeclaration } from "./declarations.ts";

/** Without the prefix `system:controller:`. Each is for the service account in `kube-system` that has its name. */
export const controllerRoles: readonly RoleDeclaration[] = [
  {
    name: "attachdetach-controller",
    rules: [
      allow("list watch", "core", "persistentvolumeclaims persistentvolumes"),
      allow(READ, "core", "nodes"),
      allow("patch update", "core", "nodes/status"),
      allow("list watch", "core", "pods"),
      RECORD_EVENTS,
      allow("create delete get list watch", "storage.k8s.io", "volumeattachments"),
      allow(READ, "storage.k8s.io", "csidrivers"),
      allow(READ, "storage.k8s.io", "csinodes"),
    ],
  },
  {
    name: "certificate-controller",
    rules: [
      allow("delete get list watch", "certificates.k8s.io", "certificatesigningrequests"),
      allow(
        "update",
        "certificates.k8s.io",
        "certificatesigningrequests/approval certificatesigningrequests/status",
      ),
      allow("approve", "certificates.k8s.io", "signers", "kubernetes.io/kube-apiserver-client-kubelet"),
      allow(
        "sign",
        "certificates.k8s.io",
        "signers",
        "kubernetes.io/kube-apiserver-client",
        "kubernetes.io/kube-apiserver-client-kubelet",
        "kubernetes.io/kubelet-serving",
        "kubernetes.io/legacy-unknown",
      ),
      allow("create", "authorization.k8s.io", "subjectaccessreviews"),
      RECORD_EVENTS,
    ],
  },
  {
    name: "clusterrole-aggregation-controller",
    rules: [allow("escalate get list patch update watch", "rbac.authorization.k8s.io", "clusterroles")],
  },
  {
    name: "cronjob-controller",
    rules: [
      allow("get list update watch", "batch", "cronjobs"),
      allow("create delete get list patch update watch", "batch", "jobs"),
      allow("update", "batch", "cronjobs/status"),
      allow("update", "batch", "cronjobs/finalizers"),
      allow("delete list watch", "core", "pods"),
      RECORD_EVENTS,
    ],
  },
  {
    name: "daemon-set-controller",
    rules: [
      allow(READ, "apps extensions", "daemonsets"),
      allow("update", "apps extensions", "daemonsets/status"),
      allow("update", "apps extensions", "daemonsets/finalizers"),
      allow("list watch", "core", "nodes"),
      allow("create delete list patch watch", "core", "pods"),
      allow("create", "core", "pods/binding"),
      allow("create delete get list patch update watch", "apps", "controllerrevisions"),
      RECORD_EVENTS,
    ],
  },
  {
    name: "deployment-controller",
    rules: [
      allow("get list update watch", "apps extensions", "deployments"),
      allow("update", "apps extensions", "deployments/status"),
      allow("update", "apps extensions", "deployments/finalizers"),
      allow("create delete get list patch update watch", "apps extensions", "replicasets"),
      allow("get list update watch", "core", "pods"),
      RECORD_EVENTS,
    ],
  },
  {
    name: "device-taint-eviction-controller",
    rules: [
      allow("delete get list watch", "core", "pods"),
      allow("patch update", "core", "pods/status"),
      allow(READ, "resource.k8s.io", "resourceclaims"),
      allow(READ, "resource.k8s.io", "resourceslices"),
      allow(READ, "resource.k8s.io", "deviceclasses"),
      RECORD_EVENTS,
    ],
  },
  {
    name: "disruption-controller",
    rules: [
      allow(READ, "apps extensions", "deployments"),
      allow(READ, "apps extensions", "replicasets"),
      allow(READ, "core", "replicationcontrollers"),
      allow(READ, "policy", "poddisruptionbudgets"),
      allow(READ, "apps", "statefulsets"),
      allow("update", "policy", "poddisruptionbudgets/status"),
      allow("patch update", "core", "pods/status"),
      allow("get", "*", "*/scale"),
      RECORD_EVENTS,
    ],
  },
  {
    name: "endpoint-controller",
    rules: [
      allow(READ, "core", "pods services"),
      allow("create delete get list update watch", "core", "endpoints"),
      allow("create", "core", "endpoints/restricted"),
      RECORD_EVENTS,
    ],
  },
  {
    name: "endpointslice-controller",
    rules: [
      allow(READ, "core", "nodes pods services"),
      allow("update", "core", "services/finalizers"),
      allow("create delete get list update watch", "discovery.k8s.io", "endpointslices"),
      RECORD_EVENTS,
    ],
  },
  {
    name: "endpointslicemirroring-controller",
    rules: [
      allow(READ, "core", "endpoints services"),
      allow("update", "core", "services/finalizers"),
      allow("update", "core", "endpoints/finalizers"),
      allow("create delete get list update watch", "discovery.k8s.io", "endpointslices"),
      RECORD_EVENTS,
    ],
  },
  {
    name: "ephemeral-volume-controller",
    rules: [
      allow(READ, "core", "pods"),
      allow("update", "core", "pods/finalizers"),
      allow("create get list watch", "core", "persistentvolumeclaims"),
      RECORD_EVENTS,
    ],
  },
  {
    name: "expand-controller",
    rules: [
      allow("get list patch update watch", "core", "persistentvolumes"),
      allow("patch update", "core", "persistentvolumeclaims/status"),
      allow(READ, "core", "persistentvolumeclaims"),
      RECORD_EVENTS,
    ],
  },
  {
    name: "generic-garbage-collector",
    rules: [allow("delete get list patch update watch", "*", "*"), RECORD_EVENTS],
  },
  {
    name: "horizontal-pod-autoscaler",
    rules: [
      allow(READ, "autoscaling", "horizontalpodautoscalers"),
      allow("update", "autoscaling", "horizontalpodautoscalers/status"),
      allow("get update", "*", "*/scale"),
      allow("list watch", "core", "pods"),
      allow("list watch", "metrics.k8s.io", "pods"),
      allow(READ, "custom.metrics.k8s.io", "*"),
      allow(READ, "external.metrics.k8s.io", "*"),
      RECORD_EVENTS,
    ],
  },
  {
    name: "job-controller",
    rules: [
      allow("get list patch update watch", "batch", "jobs"),
      allow("update", "batch", "jobs/status"),
      allow("update", "batch", "jobs/finalizers"),
      allow("create delete list patch watch", "core", "pods"),
      RECORD_EVENTS,
    ],
  },
  {
    name: "legacy-service-account-token-cleaner",
    rules: [
      allow("get", "core", "configmaps", "kube-apiserver-legacy-service-account-token-tracking"),
      allow("delete patch", "core", "secrets"),
    ],
  },
  {
    name: "namespace-controller",
    rules: [
      allow("delete get list watch", "core", "namespaces"),
      allow("update", "core", "namespaces/finalize namespaces/status"),
      allow("delete deletecollection get list watch", "*", "*"),
    ],
  },
  {
    name: "node-controller",
    rules: [
      allow("delete get list patch update watch", "core", "nodes"),
      allow("patch update", "core", "nodes/status"),
      allow("patch update", "core", "pods/status"),
      allow("delete get list watch", "core", "pods"),
      RECORD_EVENTS,
    ],
  },
  {
    name: "persistent-volume-binder",
    rules: [
      allow("create delete get list update watch", "core", "persistentvolumes"),
      allow("update", "core", "persistentvolumes/status"),
      allow("get list update watch", "core", "persistentvolumeclaims"),
      allow("update", "core", "persistentvolumeclaims/status"),
      allow("create delete get list watch", "core", "pods"),
      allow(READ, "storage.k8s.io", "storageclasses"),
      allow("list watch", "core", "nodes"),
      RECORD_EVENTS,
      allow("watch", "core", "events"),
    ],
  },
  {
    name: "pod-garbage-collector",
    rules: [
      allow("delete list watch", "core", "pods"),
      allow(READ, "core", "nodes"),
      allow("patch", "core", "pods/status"),
    ],
  },
  {
    name: "pv-protection-controller",
    rules: [allow("get list update watch", "core", "persistentvolumes"), RECORD_EVENTS],
  },
  {
    name: "pvc-protection-controller",
    rules: [
      allow("get list update watch", "core", "persistentvolumeclaims"),
      allow("update", "core", "persistentvolumeclaims/status"),
      allow(READ, "core", "pods"),
      RECORD_EVENTS,
    ],
  },
  {
    name: "replicaset-controller",
    rules: [
      allow("get list update watch", "apps extensions", "replicasets"),
      allow("update", "apps extensions", "replicasets/status"),
      allow("update", "apps extensions", "replicasets/finalizers"),
      allow("create delete list patch watch", "core", "pods"),
      RECORD_EVENTS,
    ],
  },
  {
    name: "replication-controller",
    rules: [
      allow("get list update watch", "core", "replicationcontrollers"),
      allow("update", "core", "replicationcontrollers/status"),
      allow("update", "core", "replicationcontrollers/finalizers"),
      allow("create delete list patch watch", "core", "pods"),
      RECORD_EVENTS,
    ],
  },
  {
    name: "resource-claim-controller",
    rules: [
      allow(READ, "core", "pods"),
      allow("update", "core", "pods/finalizers"),
      allow("create delete get list watch", "resource.k8s.io", "resourceclaims"),
      allow("patch update", "resource.k8s.io", "resourceclaims resourceclaims/status"),
      allow("patch update", "core", "pods/status"),
      RECORD_EVENTS,
      allow("patch update", "resource.k8s.io", "resourceclaims/binding"),
    ],
  },
  {
    name: "resourcequota-controller",
    rules: [allow("list watch", "*", "*"), allow("update", "core", "resourcequotas/status"), RECORD_EVENTS],
  },
  { name: "root-ca-cert-publisher", rules: [allow("create update", "core", "configmaps"), RECORD_EVENTS] },
  {
    name: "route-controller",
    rules: [allow("list watch", "core", "nodes"), allow("patch", "core", "nodes/status"), RECORD_EVENTS],
  },
  {
    name: "selinux-warning-controller",
    rules: [
      RECORD_EVENTS,
      allow(READ, "core", "persistentvolumes"),
      allow(READ, "core", "persistentvolumeclaims"),
      allow(READ, "core", "pods"),
      allow(READ, "storage.k8s.io", "csidrivers"),
    ],
  },
  { name: "service-account-controller", rules: [allow("create", "core", "serviceaccounts"), RECORD_EVENTS] },
  {
    name: "service-cidrs-controller",
    rules: [
      allow("get list patch update watch", "networking.k8s.io", "servicecidrs"),
      allow("patch update", "networking.k8s.io", "servicecidrs/finalizers"),
      allow("patch update", "networking.k8s.io", "servicecidrs/status"),
      allow(READ, "networking.k8s.io", "ipaddresses"),
      RECORD_EVENTS,
    ],
  },
  {
    name: "service-controller",
    rules: [
      allow(READ, "core", "services"),
      allow("patch update", "core", "services/status"),
      allow("list watch", "core", "nodes"),
      RECORD_EVENTS,
    ],
  },
  {
    name: "statefulset-controller",
    rules: [
      allow("list watch", "core", "pods"),
      allow(READ, "apps", "statefulsets"),
      allow("update", "apps", "statefulsets/status"),
      allow("update", "apps", "statefulsets/finalizers"),
      allow("create delete get patch update", "core", "pods"),
      allow("create delete get list patch update watch", "apps", "controllerrevisions"),
      allow("create get list watch", "core", "persistentvolumeclaims"),
      allow("delete update", "core", "persistentvolumeclaims"),
      allow("update", "core", "pods/finalizers"),
      RECORD_EVENTS,
    ],
  },
  {
    name: "ttl-after-finished-controller",
    rules: [allow("delete get list watch", "batch", "jobs"), RECORD_EVENTS],
  },
  { name: "ttl-controller", rules: [allow("list patch update watch", "core", "nodes"), RECORD_EVENTS] },
  {
    name: "validatingadmissionpolicy-status-controller",
    rules: [
      allow(READ, "admissionregistration.k8s.io", "validatingadmissionpolicies"),
      allow("get patch update", "admissionregistration.k8s.io", "validatingadmissionpolicies/status"),
      RECORD_EVENTS,
    ],
  },
  {
    name: "volumeattributesclass-protection-controller",
    rules: [
      allow(READ, "core", "persistentvolumeclaims"),
      allow(READ, "core", "persistentvolumes"),
      allow("get list update watch", "storage.k8s.io", "volumeattributesclasses"),
      RECORD_EVENTS,
    ],
  },
];
