import { beforeEach, describe, expect, test } from "bun:test";
import { NO_FEATURES } from "#api/features.ts";
import type { PersistentVolume } from "#api/generated/core-v1.ts";
import type { UserInfo } from "#apimachinery/user.ts";
import { aPod } from "#testing/objects.ts";
import { resourcePlace } from "#testing/resource-place.ts";
import { nodeRules } from "../../bootstrap/policy/policy.ts";
import type { Authorizer, Decision, ResourceAttributes } from "../authorizer.ts";
import { nodeAuthorizer } from "./node-authorizer.ts";
import { NodeGraph } from "./node-graph.ts";

const NODE: UserInfo = { name: "system:node:n1", groups: ["system:nodes", "system:authenticated"] };

const pod = aPod("web", {
  namespace: "default",
  spec: {
    nodeName: "n1",
    serviceAccountName: "robot",
    imagePullSecrets: [{ name: "pull" }],
    containers: [
      {
        name: "c",
        image: "i",
        env: [
          { name: "A", valueFrom: { secretKeyRef: { name: "env-secret", key: "k" } } },
          { name: "B", valueFrom: { configMapKeyRef: { name: "env-map", key: "k" } } },
        ],
        envFrom: [{ secretRef: { name: "from-secret" } }, { configMapRef: { name: "from-map" } }],
      },
    ],
    volumes: [
      { name: "s", secret: { secretName: "volume-secret" } },
      { name: "m", configMap: { name: "volume-map" } },
      {
        name: "p",
        projected: {
          sources: [{ secret: { name: "projected-secret" } }, { configMap: { name: "projected-map" } }],
        },
      },
      { name: "c", persistentVolumeClaim: { claimName: "claim" } },
      { name: "e", ephemeral: {} },
    ],
  },
});

const volume: PersistentVolume = {
  apiVersion: "v1",
  kind: "PersistentVolume",
  metadata: { name: "pv", uid: "pv" },
  spec: {
    claimRef: { namespace: "default", name: "claim" },
    csi: {
      driver: "d",
      volumeHandle: "h",
      nodePublishSecretRef: { namespace: "storage", name: "publish" },
      controllerPublishSecretRef: { namespace: "storage", name: "controller" },
    },
  },
};

let graph: NodeGraph;
let authorizer: Authorizer;
beforeEach(() => {
  graph = new NodeGraph();
  authorizer = nodeAuthorizer(graph, nodeRules(NO_FEATURES));
  graph.putPod(pod);
  graph.putVolume(volume);
  graph.putPod(
    aPod("other", { namespace: "default", spec: { nodeName: "n2", serviceAccountName: "other" } }),
  );
  graph.putAttachment({
    apiVersion: "storage.k8s.io/v1",
    kind: "VolumeAttachment",
    metadata: { name: "attached", uid: "a" },
    spec: { attacher: "d", nodeName: "n1", source: {} },
  });
});

/** `get secrets default/a`, `create serviceaccounts/token default/a`, `list pods * spec.nodeName=n1`. */
function ask(text: string, user: UserInfo = NODE): Decision {
  const [verb = "", target = "", place, selector = ""] = text.split(" ");
  const [field = "", value = ""] = selector.split("=");
  const attributes: ResourceAttributes = {
    type: "resource",
    user,
    verb,
    version: "v1",
    ...resourcePlace(target, place),
    ...(selector !== "" && { fieldSelector: [{ field, operator: "=", value }] }),
  };
  return authorizer.authorize(attributes) as Decision;
}

const UNRELATED = "no relationship found between node 'n1' and this object";

describe("nodeAuthorizer", () => {
  test.each([
    ...["pull", "env-secret", "from-secret", "volume-secret", "projected-secret"].map(
      (name) => `get secrets default/${name}`,
    ),
    ...["env-map", "from-map", "volume-map", "projected-map"].map(
      (name) => `watch configmaps default/${name}`,
    ),
    "list secrets default/pull",
    "get secrets storage/publish",
    "get persistentvolumeclaims default/claim",
    "get persistentvolumeclaims default/web-e",
    "patch persistentvolumeclaims/status default/claim",
    "get persistentvolumes pv",
    "get volumeattachments.storage.k8s.io attached",
    "get serviceaccounts default/robot",
    "create serviceaccounts/token default/robot",
    "get pods default/web",
    "watch pods default/web",
    "list pods * spec.nodeName=n1",
    "create pods default/*",
    "delete pods default/anything",
    "patch pods/status default/anything",
    "create pods/eviction default/anything",
    "get nodes n1",
    "watch nodes n1",
    "create nodes",
    "patch nodes/status n2",
    "get leases.coordination.k8s.io kube-node-lease/n1",
    "create leases.coordination.k8s.io kube-node-lease/*",
    "update csinodes.storage.k8s.io n1",
    "create resourceslices.resource.k8s.io",
    "list resourceslices.resource.k8s.io * spec.nodeName=n1",
    "list services",
    "create events default/*",
    "create tokenreviews.authentication.k8s.io",
    "list runtimeclasses.node.k8s.io",
  ])("allows: %s", (text) => {
    expect(ask(text)).toEqual({ outcome: "allow", reason: "" });
  });

  test.each([
    ["get secrets default/other", UNRELATED],
    ["get secrets kube-system/pull", UNRELATED],
    ["get secrets storage/controller", UNRELATED],
    ["list secrets default/*", "No Object name found"],
    ["list secrets", "can only read namespaced object of this type"],
    ["update secrets default/pull", "can only read resources of this type"],
    ["get configmaps default/other", UNRELATED],
    ["get configmaps/status default/env-map", "cannot read subresource"],
    ["list persistentvolumeclaims default/claim", "can only get individual resources of this type"],
    ["get persistentvolumeclaims default/other", UNRELATED],
    ["get persistentvolumeclaims/status default/claim", "can only get/update/patch this type"],
    ["get persistentvolumes other", UNRELATED],
    ["get serviceaccounts default/other", UNRELATED],
    ["create serviceaccounts/token default/other", UNRELATED],
    ["create serviceaccounts default/robot", "can only create token subresource of serviceaccount"],
    ["delete serviceaccounts default/robot", "can only create tokens for individual service accounts"],
    ["get pods default/other", UNRELATED],
    ["list pods", "can only list/watch pods with spec.nodeName field selector"],
    ["list pods * spec.nodeName=n2", "can only list/watch pods with spec.nodeName field selector"],
    ["update pods default/web", ""],
    ["create pods/exec default/web", ""],
    ["deletecollection pods default/*", ""],
    ["get nodes n2", "node 'n1' cannot read 'n2', only its own Node object"],
    ["list nodes", "node 'n1' cannot read all nodes, only its own Node object"],
    ["delete nodes n1", ""],
    ["get nodes/proxy n1", ""],
    [
      "get leases.coordination.k8s.io kube-node-lease/n2",
      "can only access node lease with the same name as the requesting node",
    ],
    [
      "get leases.coordination.k8s.io kube-system/n1",
      'can only access leases in the "kube-node-lease" system namespace',
    ],
    [
      "list leases.coordination.k8s.io kube-node-lease/*",
      "can only get, create, update, patch, or delete a node lease",
    ],
    ["get csinodes.storage.k8s.io n2", "can only access CSINode with the same name as the requesting node"],
    ["get resourceslices.resource.k8s.io s", UNRELATED],
    ["get podcertificaterequests.certificates.k8s.io default/a", ""],
    ["delete services default/web", ""],
    ["list endpointslices.discovery.k8s.io", ""],
    ["list clusterroles.rbac.authorization.k8s.io", ""],
  ])("does not allow: %s", (text, reason) => {
    expect(ask(text)).toEqual({ outcome: "noOpinion", reason });
  });

  test("has no opinion about anybody else", () => {
    expect(ask("get nodes n1", { ...NODE, groups: [] })).toEqual({ outcome: "noOpinion", reason: "" });
    expect(ask("get nodes n1", { ...NODE, name: "n1" })).toEqual({ outcome: "noOpinion", reason: "" });
    expect(ask("get nodes n1", { ...NODE, name: "system:node:" }).reason).toBe(
      'unknown node for user "system:node:"',
    );
  });

  test("cannot list what nodes may do", () => {
    expect(authorizer.rulesFor(NODE, "default")).toMatchObject({
      incomplete: true,
      evaluationError: "node authorizer does not support user rule resolution",
    });
    expect(authorizer.rulesFor({ name: "jane", groups: [] }, "default")).toMatchObject({ incomplete: false });
  });
});

describe("NodeGraph", () => {
  test("forgets what a pod needed when it goes, unless another needs it", () => {
    const twin = aPod("twin", {
      namespace: "default",
      spec: { nodeName: "n1", imagePullSecrets: [{ name: "pull" }] },
    });
    graph.putPod(twin);
    graph.removePod(pod);
    expect(ask("get secrets default/pull").outcome).toBe("allow");
    expect(ask("get secrets default/env-secret").outcome).toBe("noOpinion");
    expect(ask("get persistentvolumes pv").outcome).toBe("noOpinion");
    graph.removePod(twin);
    expect(ask("get secrets default/pull").outcome).toBe("noOpinion");
    expect(ask("get pods default/web").outcome).toBe("noOpinion");
  });

  test("gives nothing to a node for a pod that waits for one, or that is a mirror", () => {
    const spec = { imagePullSecrets: [{ name: "waiting" }] };
    graph.putPod(aPod("waits", { namespace: "default", spec }));
    expect(ask("get secrets default/waiting").outcome).toBe("noOpinion");
    graph.putPod(
      aPod("mirror", {
        namespace: "default",
        annotations: { "kubernetes.io/config.mirror": "x" },
        spec: { ...spec, nodeName: "n1" },
      }),
    );
    expect(ask("get secrets default/waiting").outcome).toBe("noOpinion");
    expect(ask("get pods default/mirror").outcome).toBe("allow");
    graph.putPod(aPod("waits", { namespace: "default", spec: { ...spec, nodeName: "n1" } }));
    expect(ask("get secrets default/waiting").outcome).toBe("allow");
  });

  test("sees what containers for debugging bring", () => {
    const debugger_ = { name: "d", image: "i", envFrom: [{ secretRef: { name: "late" } }] };
    graph.putPod({ ...pod, spec: { ...pod.spec, ephemeralContainers: [debugger_] } });
    expect(ask("get secrets default/late").outcome).toBe("allow");
  });

  test("follows a volume to another claim", () => {
    graph.putVolume({
      ...volume,
      spec: { ...volume.spec, claimRef: { namespace: "default", name: "other" } },
    });
    expect(ask("get secrets storage/publish").outcome).toBe("noOpinion");
    graph.putVolume(volume);
    expect(ask("get secrets storage/publish").outcome).toBe("allow");
    graph.removeVolume(volume);
    expect(ask("get persistentvolumes pv").outcome).toBe("noOpinion");
  });
});
