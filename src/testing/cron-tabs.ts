/** The CronTab of the Kubernetes documentation, with what tests need besides. */
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
} from "#api/generated/apiextensions-v1.ts";
import type { Resource } from "#api/resource.ts";
import type { NewObject } from "#apimachinery/meta.ts";

const SCHEMA: CustomResourceDefinitionVersion["schema"] = {
  openAPIV3Schema: {
    type: "object",
    properties: {
      spec: {
        type: "object",
        properties: {
          cronSpec: { type: "string", pattern: "^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$" },
          image: { type: "string" },
          replicas: { type: "integer", minimum: 1, maximum: 10, default: 1 },
        },
      },
      status: {
        type: "object",
        properties: { replicas: { type: "integer" }, labelSelector: { type: "string" } },
      },
    },
  },
};

export const CRON_TAB_V1: CustomResourceDefinitionVersion = {
  name: "v1",
  served: true,
  storage: true,
  schema: SCHEMA,
  subresources: {
    status: {},
    scale: {
      specReplicasPath: ".spec.replicas",
      statusReplicasPath: ".status.replicas",
      labelSelectorPath: ".status.labelSelector",
    },
  },
};

type Definition = NewObject<CustomResourceDefinition>;

export function aCronTabDefinition(
  versions: readonly CustomResourceDefinitionVersion[] = [CRON_TAB_V1],
  names: Partial<CustomResourceDefinition["spec"]["names"]> = {},
): Definition {
  const all = {
    plural: "crontabs",
    singular: "crontab",
    kind: "CronTab",
    listKind: "CronTabList",
    shortNames: ["ct"],
    ...names,
  };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${all.plural}.stable.example.com` },
    spec: { group: "stable.example.com", scope: "Namespaced", names: all, versions },
  };
}

/** How clients address the objects of a version. */
export function cronTabs(version = "v1"): Resource {
  return {
    group: "stable.example.com",
    version,
    kind: "CronTab",
    name: "crontabs",
    singular: "crontab",
    namespaced: true,
    verbs: [],
    shortNames: [],
    categories: [],
    subresources: [],
  };
}

export function aCronTab(name: string, spec: unknown = { cronSpec: "* * * * */5" }, version = "v1") {
  return {
    apiVersion: `stable.example.com/${version}`,
    kind: "CronTab",
    metadata: { name, namespace: "default" },
    spec,
  };
}
