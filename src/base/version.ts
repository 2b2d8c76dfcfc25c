/** Replaced by `bun build --define`; undefined when the sources run without being compiled. */
declare const KUBELITH_VERSION: string | undefined;
declare const KUBELITH_COMMIT: string | undefined;
declare const KUBELITH_BUILD_DATE: string | undefined;

/** The Kubernetes release whose API and behaviour this version implements. */
export const KUBERNETES_VERSION = "v1.36.3";

export interface BuildVersion {
  /** Semantic version with a leading `v`. */
  readonly kubelith: string;
  readonly kubernetes: string;
  /** Abbreviated commit, `unknown` for sources that were not built by scripts/build. */
  readonly commit: string;
  /** RFC 3339. */
  readonly date: string;
  readonly bun: string;
}

export const buildVersion: BuildVersion = {
  kubelith: typeof KUBELITH_VERSION === "string" ? KUBELITH_VERSION : "v0.0.0-source",
  kubernetes: KUBERNETES_VERSION,
  commit: typeof KUBELITH_COMMIT === "string" ? KUBELITH_COMMIT : "unknown",
  date: typeof KUBELITH_BUILD_DATE === "string" ? KUBELITH_BUILD_DATE : "1970-01-01T00:00:00Z",
  bun: Bun.version,
};

/** What clients and `kubectl get nodes` are told, in the manner of other distributions: `v1.36.3+kubelith0.1.0`. */
export function gitVersion({ kubernetes, kubelith }: Pick<BuildVersion, "kubernetes" | "kubelith">): string {
  return `${kubernetes}+kubelith${kubelith.slice(1)}`;
}
