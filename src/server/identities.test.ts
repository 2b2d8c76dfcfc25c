import { describe, expect, test } from "bun:test";
import { PRIVILEGED_GROUP } from "#apimachinery/user.ts";
import { unchanging } from "#base/changing.ts";
import { clusterControllers } from "./controllers.ts";
import {
  CLUSTER_DNS,
  CONTROLLER_MANAGER,
  controllerIdentity,
  KUBE_PROXY,
  nodeIdentity,
  SCHEDULER,
} from "./identities.ts";

/**
 * As whom kube-controller-manager lets each of them work (kubernetes `cmd/kube-controller-manager/app`); the passwords
 * and roles of nodes are Kubelith's own, and the tracking of tokens is the API server's upstream.
 */
const ACCOUNTS: Readonly<Record<string, string>> = {
  "clusterrole-aggregation": "clusterrole-aggregation-controller",
  csrapproving: "certificate-controller",
  csrcleaner: "certificate-controller",
  csrsigning: "certificate-controller",
  deployment: "deployment-controller",
  endpoints: "endpoint-controller",
  endpointslice: "endpointslice-controller",
  endpointslicemirroring: "endpointslicemirroring-controller",
  "finished-pods": "pod-garbage-collector",
  "garbage-collector": "generic-garbage-collector",
  "legacy-service-account-token-cleaner": "legacy-service-account-token-cleaner",
  "legacy-token-tracking": "legacy-token-tracking-controller",
  namespace: "namespace-controller",
  "node-eviction": "node-controller",
  "node-ipam": "node-controller",
  "node-lifecycle": "node-controller",
  "node-password": "node-password-controller",
  "node-role": "node-controller",
  "pod-garbage-collector": "pod-garbage-collector",
  "pv-protection": "pv-protection-controller",
  "pvc-protection": "pvc-protection-controller",
  replicaset: "replicaset-controller",
  resourcequota: "resourcequota-controller",
  "root-ca-certificate-publisher": "root-ca-cert-publisher",
  serviceaccount: "service-account-controller",
  "service-cidr": "service-cidrs-controller",
  "taint-eviction": "node-controller",
  "token-cleaner": "token-cleaner",
  "kube-apiserver-serving-clustertrustbundle-publisher":
    "kube-apiserver-serving-clustertrustbundle-publisher",
};

/** The controller manager itself, since it makes the tokens with which the others could work. */
const UNDER_ITS_OWN_NAME = ["serviceaccount-token"];

const controllers = clusterControllers(
  {
    clusterCidr: "10.42.0.0/16",
    featureGates: [{ feature: "ClusterTrustBundle", isEnabled: true }],
    runtimeConfig: [{ api: "certificates.k8s.io/v1beta1", isEnabled: true }],
    nodeCidrMaskSizeIPv4: 24,
    nodeCidrMaskSizeIPv6: 64,
    legacyServiceAccountTokenCleanUpPeriodMs: 1,
    nodeName: "n1",
  },
  { rootCA: unchanging(""), requests: { sign: () => "", lifetimeMs: 0 }, signToken: () => "" },
);

describe("controllerIdentity", () => {
  test("is that of Kubernetes for every controller", () => {
    const accounts = Object.entries(ACCOUNTS).map(([name, account]) => [
      name,
      `system:serviceaccount:kube-system:${account}`,
    ]);
    const manager = UNDER_ITS_OWN_NAME.map((name) => [name, "system:kube-controller-manager"]);
    const identities = controllers.map((controller) => [
      controller.name,
      controllerIdentity(controller).name,
    ]);
    expect(Object.fromEntries(identities)).toEqual(Object.fromEntries([...accounts, ...manager]));
  });
});

test("no component is the administrator", () => {
  const components = [CLUSTER_DNS, CONTROLLER_MANAGER, KUBE_PROXY, SCHEDULER, nodeIdentity("n1")];
  for (const { name, groups } of [...components, ...controllers.map(controllerIdentity)]) {
    expect(groups, name).not.toContain(PRIVILEGED_GROUP);
  }
});
