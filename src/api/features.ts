/**
 * Feature gates of Kubernetes v1.36 that are off unless the operator says otherwise (kubernetes
 * `pkg/features/kube_features.go`). What the others switch that are off there is not here at all.
 */
export const FEATURES = ["ClusterTrustBundle", "ClusterTrustBundleProjection"] as const;

export type Feature = (typeof FEATURES)[number];

/** What is switched on. */
export type Features = ReadonlySet<Feature>;

export const NO_FEATURES: Features = new Set();

/** What a feature is nothing without. */
const DEPENDENCIES: Readonly<Partial<Record<Feature, readonly Feature[]>>> = {
  ClusterTrustBundleProjection: ["ClusterTrustBundle"],
};

/** In the words of component-base `featuregate`. */
export function featureProblems(features: Features): readonly string[] {
  return [...features].flatMap((feature) => {
    const missing = (DEPENDENCIES[feature] ?? []).filter((each) => !features.has(each));
    return missing.length === 0
      ? []
      : [`${feature} is enabled, but depends on features that are disabled: [${missing.join(" ")}]`];
  });
}
