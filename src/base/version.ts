/** Replaced by `bun build --define`; undefined when the sources run without being compiled. */
declare const KUBELITH_VERSION: string | undefined;
declare const KUBELITH_COMMIT: string | undefined;

/** The Kubernetes release whose API and behaviour this version implements. */
export const KUBERNETES_VERSION = "v1.36.3";

export interface BuildVersion {
  /** Semantic version with a leading `v`. */
  readonly kubelith: string;
  readonly kubernetes: string;
  /** Abbreviated commit, `unknown` for sources that were not built by scripts/build. */
  readonly commit: string;
  readonly bun: string;
}

export const buildVersion: BuildVersion = {
  kubelith: typeof KUBELITH_VERSION === "string" ? KUBELITH_VERSION : "v0.0.0-source",
  kubernetes: KUBERNETES_VERSION,
  commit: typeof KUBELITH_COMMIT === "string" ? KUBELITH_COMMIT : "unknown",
  bun: Bun.version,
};
