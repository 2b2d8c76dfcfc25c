import type { Feature } from "#api/features.ts";

/** What is there of what Kubernetes has switched off. */
export interface FeatureConfig {
  /** Of one that is there repeatedly the last counts, here and below. */
  readonly featureGates: readonly FeatureGate[];
  readonly runtimeConfig: readonly ApiSwitch[];
}

export interface FeatureGate {
  readonly feature: Feature;
  readonly isEnabled: boolean;
}

export interface ApiSwitch {
  /** `<group>/<version>`, with `/<resource>` or without; or `api/all`, `api/ga`, `api/beta`, `api/alpha`. */
  readonly api: string;
  readonly isEnabled: boolean;
}
