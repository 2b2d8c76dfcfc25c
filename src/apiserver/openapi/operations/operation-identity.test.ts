import { expect, test } from "bun:test";
import { identityOf } from "./operation-identity.ts";

test.each([
  ["/api/v1/pods", "listPodForAllNamespaces", "listCoreV1PodForAllNamespaces", "core_v1"],
  ["/apis/apps/v1/watch/deployments", "watchDeploymentList", "watchAppsV1DeploymentList", "apps_v1"],
  [
    "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "deletecollectionClusterRole",
    "deleteRbacAuthorizationV1CollectionClusterRole",
    "rbacAuthorization_v1",
  ],
  [
    "/apis/my-group.example.com/v1beta1/things",
    "readThing",
    "readMyGroupExampleComV1beta1Thing",
    "myGroupExampleCom_v1beta1",
  ],
  ["/apis/apps/", "getAPIGroup", "getAppsAPIGroup", "apps"],
  ["/api/", "getAPIVersions", "getCoreAPIVersions", "core"],
  ["/apis/", "getAPIVersions", "getAPIVersions", "apis"],
  [
    "/.well-known/openid-configuration/",
    "getServiceAccountIssuerOpenIDConfiguration",
    "getServiceAccountIssuerOpenIDConfiguration",
    "WellKnown",
  ],
])("%s %s is %s", (path, name, id, tag) => {
  expect(identityOf({ path, name })).toEqual({ id, tag });
});
