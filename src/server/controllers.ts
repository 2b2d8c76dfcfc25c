import type { Changing } from "#base/changing.ts";
import { parseCIDRs } from "#base/cidr.ts";
import { trustBundlePublisher } from "#controllers/certificates/clustertrustbundle-publisher.ts";
import { csrApprovingController } from "#controllers/certificates/csrapproving.ts";
import { csrCleanerController } from "#controllers/certificates/csrcleaner.ts";
import { csrSigningController, type RequestAuthority } from "#controllers/certificates/csrsigning.ts";
import { clusterRoleAggregationController } from "#controllers/clusterrole-aggregation.ts";
import { deploymentController } from "#controllers/deployment/deployment.ts";
import { endpointsController } from "#controllers/endpoints/endpoints.ts";
import { endpointSliceController } from "#controllers/endpoints/endpointslice.ts";
import { endpointSliceMirroringController } from "#controllers/endpoints/endpointslicemirroring.ts";
import { garbageCollectorController } from "#controllers/garbage-collector/garbage-collector.ts";
import { legacyTokenCleanerController } from "#controllers/legacy-service-account-token-cleaner.ts";
import { legacyTokenTrackingController } from "#controllers/legacy-token-tracking.ts";
import { namespaceController } from "#controllers/namespace.ts";
import { nodeEvictionController } from "#controllers/node-lifecycle/node-eviction.ts";
import { nodeLifecycleController } from "#controllers/node-lifecycle/node-lifecycle.ts";
import { nodePasswordController } from "#controllers/node-password.ts";
import { nodeRoleController } from "#controllers/node-role.ts";
import { type ClusterRange, nodeIpamController } from "#controllers/nodeipam.ts";
import { finishedPodsController } from "#controllers/pod-garbage-collector/finished-pods.ts";
import { podGarbageCollectorController } from "#controllers/pod-garbage-collector/pod-garbage-collector.ts";
import { replicaSetController } from "#controllers/replicaset/replicaset.ts";
import { resourceQuotaController } from "#controllers/resourcequota.ts";
import { rootCAController } from "#controllers/root-ca.ts";
import { serviceAccountController } from "#controllers/serviceaccount.ts";
import { serviceAccountTokensController, type TokenAuthority } from "#controllers/serviceaccount-tokens.ts";
import { serviceCIDRController } from "#controllers/servicecidr.ts";
import { pvProtectionController } from "#controllers/storage-protection/pv-protection.ts";
import { pvcProtectionController } from "#controllers/storage-protection/pvc-protection.ts";
import { taintEvictionController } from "#controllers/taint-eviction.ts";
import { tokenCleanerController } from "#controllers/token-cleaner.ts";
import type { Controller } from "#reconcile/controller.ts";
import type { ServerConfig } from "./config.ts";
import { isServed } from "./served-kinds.ts";

export interface ClusterAuthorities {
  /** The PEM that pods verify the API with. */
  readonly rootCA: Changing<string>;
  /** Of certificates that somebody has requested. */
  readonly requests: RequestAuthority;
  /** Makes the tokens of service accounts that Secrets hold. */
  readonly signToken: TokenAuthority["sign"];
}

type ControllerSettings = Pick<
  ServerConfig,
  | "clusterCidr"
  | "featureGates"
  | "legacyServiceAccountTokenCleanUpPeriodMs"
  | "nodeCidrMaskSizeIPv4"
  | "nodeCidrMaskSizeIPv6"
  | "nodeName"
  | "runtimeConfig"
>;

/** Every controller of the cluster, in alphabetical order. */
export function clusterControllers(
  config: ControllerSettings,
  { rootCA, requests, signToken }: ClusterAuthorities,
): readonly Controller[] {
  return [
    clusterRoleAggregationController,
    csrApprovingController,
    csrCleanerController,
    csrSigningController(requests),
    deploymentController,
    endpointsController,
    endpointSliceController,
    endpointSliceMirroringController,
    finishedPodsController,
    garbageCollectorController,
    legacyTokenCleanerController(config.legacyServiceAccountTokenCleanUpPeriodMs),
    legacyTokenTrackingController,
    namespaceController,
    nodeEvictionController,
    nodeIpamController(podRangesOf(config)),
    nodeLifecycleController,
    nodePasswordController,
    nodeRoleController(config.nodeName),
    podGarbageCollectorController,
    pvcProtectionController,
    pvProtectionController,
    replicaSetController,
    resourceQuotaController,
    rootCAController(rootCA),
    serviceAccountController,
    serviceAccountTokensController({ rootCA, sign: signToken }),
    serviceCIDRController,
    taintEvictionController,
    tokenCleanerController,
    ...(isServed("ClusterTrustBundle", config) ? [trustBundlePublisher(rootCA)] : []),
  ];
}

type PodRangeSettings = Pick<ServerConfig, "clusterCidr" | "nodeCidrMaskSizeIPv4" | "nodeCidrMaskSizeIPv6">;

function podRangesOf(config: PodRangeSettings): readonly ClusterRange[] {
  return (parseCIDRs(config.clusterCidr) ?? []).map((cluster) => ({
    cluster,
    nodePrefixLength: cluster.base.family === 4 ? config.nodeCidrMaskSizeIPv4 : config.nodeCidrMaskSizeIPv6,
  }));
}
