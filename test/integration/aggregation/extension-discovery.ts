const VERBS = ["create", "delete", "deletecollection", "get", "list", "watch"];
const READ = ["get", "list"];

const flunder = {
  name: "flunders",
  singular: "flunder",
  kind: "Flunder",
  namespaced: true,
  verbs: VERBS,
  shortNames: ["fl"],
};
const nodeMetrics = {
  name: "nodes",
  singular: "",
  kind: "NodeMetrics",
  namespaced: false,
  verbs: READ,
  shortNames: [],
};
const podMetrics = {
  name: "pods",
  singular: "",
  kind: "PodMetrics",
  namespaced: true,
  verbs: READ,
  shortNames: [],
};

const GROUPS = [
  { group: "wardle.example.com", version: "v1alpha1", resources: [flunder] },
  { group: "metrics.k8s.io", version: "v1beta1", resources: [nodeMetrics, podMetrics] },
];

export const AGGREGATED_TYPE = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

export const aggregatedDiscovery = {
  kind: "APIGroupDiscoveryList",
  apiVersion: "apidiscovery.k8s.io/v2",
  metadata: {},
  items: GROUPS.map(({ group, version, resources }) => ({
    metadata: { name: group },
    versions: [
      {
        version,
        freshness: "Current",
        resources: resources.map(({ name, singular, kind, namespaced, verbs, shortNames }) => ({
          resource: name,
          responseKind: { group, version, kind },
          scope: namespaced ? "Namespaced" : "Cluster",
          singularResource: singular,
          verbs,
          shortNames,
        })),
      },
    ],
  })),
};

/** The old document of a group version. */
export function resourceList(path: string): unknown {
  const found = GROUPS.find(({ group, version }) => path === `/apis/${group}/${version}`);
  if (found === undefined) return undefined;
  const { group, version, resources } = found;
  return {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion: `${group}/${version}`,
    resources: resources.map(({ name, singular, ...rest }) => ({ name, singularName: singular, ...rest })),
  };
}
