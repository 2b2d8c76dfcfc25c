/** Of each kind one object that is valid once defaulted, and one that is not where the kind has rules. */
import type { KubeObject } from "#apimachinery/meta.ts";
import { groupFixtures } from "./group-fixtures.ts";
import {
  aBinding,
  aComponentStatus,
  aConfigMap,
  aLimitRange,
  aNamespace,
  aNode,
  anEndpoints,
  anEvent,
  aPersistentVolume,
  aPersistentVolumeClaim,
  aPod,
  aPodTemplateObject,
  aReplicationController,
  aResourceQuota,
  aSecret,
  aService,
  aServiceAccount,
} from "./objects.ts";
import { aPodTemplate } from "./workloads.ts";

export interface KindFixture {
  readonly valid: KubeObject;
  readonly invalid?: KubeObject;
}

/** By group, version and kind, as in `v1/Pod`. */
export const kindFixtures: Readonly<Record<string, KindFixture>> = {
  ...groupFixtures,
  "v1/Binding": { valid: aBinding("web", "node-1"), invalid: aBinding("web", "") },
  "v1/ComponentStatus": { valid: aComponentStatus("etcd-0") },
  "v1/ConfigMap": { valid: aConfigMap("web"), invalid: aConfigMap("web", { data: { "a b": "" } }) },
  "v1/Endpoints": { valid: anEndpoints("web"), invalid: anEndpoints("web", { subsets: [{}] }) },
  "v1/Event": {
    valid: anEvent("web"),
    invalid: anEvent("web", { fields: { involvedObject: { namespace: "b" } } }),
  },
  "v1/LimitRange": {
    valid: aLimitRange("limits"),
    invalid: aLimitRange("limits", { limits: [{ type: "" }] }),
  },
  "v1/Namespace": { valid: aNamespace("web"), invalid: aNamespace("web", { finalizers: ["mine"] }) },
  "v1/Node": { valid: aNode("node-1"), invalid: aNode("node-1", { spec: { podCIDRs: ["x"] } }) },
  "v1/PersistentVolume": {
    valid: aPersistentVolume("pv"),
    invalid: aPersistentVolume("pv", { spec: { capacity: {} } }),
  },
  "v1/PersistentVolumeClaim": {
    valid: aPersistentVolumeClaim("data"),
    invalid: aPersistentVolumeClaim("data", { spec: { accessModes: [] } }),
  },
  "v1/Pod": { valid: aPod("web"), invalid: aPod("web", { spec: { containers: [] } }) },
  "v1/PodTemplate": {
    valid: aPodTemplateObject("web"),
    invalid: aPodTemplateObject("web", { template: aPodTemplate({ containers: [] }) }),
  },
  "v1/ReplicationController": {
    valid: aReplicationController("web"),
    invalid: aReplicationController("web", { spec: { replicas: -1 } }),
  },
  "v1/ResourceQuota": {
    valid: aResourceQuota("quota"),
    invalid: aResourceQuota("quota", { spec: { hard: { pods: "-1" } } }),
  },
  "v1/Secret": { valid: aSecret("web"), invalid: aSecret("web", { type: "kubernetes.io/tls" }) },
  "v1/Service": { valid: aService("web"), invalid: aService("web", { ports: [] }) },
  "v1/ServiceAccount": { valid: aServiceAccount("app") },
};
