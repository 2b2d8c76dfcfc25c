import type { PersistentVolumeClaim } from "#api/generated/core-v1.ts";
import type { ResourceSlice } from "#api/generated/resource-v1.ts";
import { semanticallyEqual } from "#api/validation/equality.ts";
import type { StatusError } from "#apimachinery/status-error.ts";
import { omit } from "#base/omit.ts";
import { nodeOf } from "../../../authorization/node/node-identity.ts";
import {
  type AdmissionEnvironment,
  type AdmissionRequest,
  admissionTarget,
  defineAdmissionPlugin,
} from "../../admission-plugin.ts";
import { refuse } from "../../refuse.ts";
import { refuseCertificateRequest } from "./certificate-requests.ts";
import { refuseEndpointSlice } from "./endpoint-slices.ts";
import { refuseNodeWrite } from "./node-objects.ts";
import { refusePodEviction, refusePodStatus, refusePodWrite } from "./pods.ts";
import { refuseToken } from "./token-requests.ts";

const LEASE_NAMESPACE = "kube-node-lease";

type Refusal = StatusError | undefined | Promise<StatusError | undefined>;

/** Why a node may not write something; undefined when it may. */
type Restriction = (request: AdmissionRequest, node: string, environment: AdmissionEnvironment) => Refusal;

/** A node writes only what is its own: its Node, its Lease, and the pods on it. Nobody else is restricted. */
export const nodeRestrictionPlugin = defineAdmissionPlugin({
  name: "NodeRestriction",
  operations: ["CREATE", "UPDATE", "DELETE"],
  resources: ["*"],
  // Refuses among the mutations, as upstream does; a deletion has none.
  mutate: (request, environment) => refuseForeign(request, environment),
  validate: (request, environment) =>
    request.operation === "DELETE" ? refuseForeign(request, environment) : undefined,
});

function refuseForeign(request: AdmissionRequest, environment: AdmissionEnvironment): Refusal {
  const node = nodeOf(request.user);
  if (node === undefined) return undefined;
  if (node === "") return refuse(request, `could not determine node from user "${request.user.name}"`);
  return restrictionOf(request)?.(request, node, environment);
}

const RESTRICTIONS: Readonly<Record<string, Restriction>> = {
  pods: refusePodWrite,
  "pods/status": refusePodStatus,
  "pods/eviction": refusePodEviction,
  "persistentvolumeclaims/status": refuseClaimStatus,
  "serviceaccounts/token": refuseToken,
  "leases.coordination.k8s.io": refuseLease,
  "csinodes.storage.k8s.io": (request, node) =>
    nameOf(request) === node
      ? undefined
      : refuse(request, "can only access CSINode with the same name as the requesting node"),
  "certificatesigningrequests.certificates.k8s.io": refuseCertificateRequest,
  "endpointslices.discovery.k8s.io": refuseEndpointSlice,
  "resourceslices.resource.k8s.io": refuseSlice,
};

function restrictionOf(request: AdmissionRequest): Restriction | undefined {
  const known = RESTRICTIONS[admissionTarget(request)];
  const { group, resource } = request.resource;
  if (known !== undefined || group !== "") return known;
  if (resource === "nodes") return refuseNodeWrite;
  if (resource === "pods") {
    return () =>
      refuse(
        request,
        `unexpected pod subresource "${request.subresource}", only 'status' and 'eviction' are allowed`,
      );
  }
  return resource === "persistentvolumeclaims"
    ? () => refuse(request, "may only update PVC status")
    : undefined;
}

function refuseLease(request: AdmissionRequest, node: string): StatusError | undefined {
  if (request.namespace !== LEASE_NAMESPACE) {
    return refuse(request, `can only access leases in the "${LEASE_NAMESPACE}" system namespace`);
  }
  return nameOf(request) === node
    ? undefined
    : refuse(request, "can only access node lease with the same name as the requesting node");
}

function refuseSlice(request: AdmissionRequest, node: string): StatusError | undefined {
  if (request.operation === "UPDATE") return undefined;
  const slice = (request.object ?? request.oldObject) as ResourceSlice;
  const verb = request.operation === "CREATE" ? "create" : "delete";
  return slice.spec.nodeName === node
    ? undefined
    : refuse(request, `can only ${verb} ResourceSlice with the same NodeName as the requesting node`);
}

function refuseClaimStatus(request: AdmissionRequest, node: string): StatusError | undefined {
  if (request.operation !== "UPDATE") return refuse(request, `unexpected operation "${request.operation}"`);
  const [next, previous] = [request.object, request.oldObject].map((claim) =>
    withoutNodeFields(claim as PersistentVolumeClaim),
  );
  return semanticallyEqual(next, previous)
    ? undefined
    : refuse(
        request,
        `node "${node}" is not allowed to update fields other than status.quantity and status.conditions`,
      );
}

/** What is left of a claim when everything is taken away that a node may change. */
function withoutNodeFields({ metadata, status = {}, ...rest }: PersistentVolumeClaim): unknown {
  return {
    ...rest,
    metadata: omit(omit(metadata, "resourceVersion"), "managedFields"),
    status: {
      ...status,
      capacity: undefined,
      conditions: undefined,
      allocatedResources: undefined,
      allocatedResourceStatuses: undefined,
    },
  };
}

function nameOf({ operation, object, name }: AdmissionRequest): string {
  return operation === "CREATE" ? (object?.metadata.name ?? "") : name;
}
