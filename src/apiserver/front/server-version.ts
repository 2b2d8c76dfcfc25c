/** What `/version` answers (apimachinery `pkg/version` Info, KEP-4330). */
export interface ServerVersion {
  readonly major: string;
  readonly minor: string;
  readonly emulationMajor: string;
  readonly emulationMinor: string;
  readonly minCompatibilityMajor: string;
  readonly minCompatibilityMinor: string;
  readonly gitVersion: string;
  readonly gitCommit: string;
  readonly gitTreeState: string;
  readonly buildDate: string;
  /** The runtime, where Kubernetes names its Go. */
  readonly goVersion: string;
  readonly compiler: string;
  readonly platform: string;
}

export interface ServerVersionOptions {
  /** Begins with the Kubernetes release whose API is served: `v1.36.3+kubelith0.1.0`. */
  readonly gitVersion: string;
  readonly commit: string;
  /** RFC 3339. */
  readonly buildDate: string;
  /** Such as `bun1.4.5`. */
  readonly runtime: string;
  /** In Go's words: `linux/amd64`. */
  readonly platform: string;
}

export function serverVersion(options: ServerVersionOptions): ServerVersion {
  const { gitVersion, commit, buildDate, runtime, platform } = options;
  const [major = "", minor = ""] = gitVersion.slice(1).split(".");
  return {
    major,
    minor,
    emulationMajor: major,
    emulationMinor: minor,
    minCompatibilityMajor: major,
    minCompatibilityMinor: String(Number(minor) - 1),
    gitVersion,
    gitCommit: commit,
    gitTreeState: "clean",
    buildDate,
    goVersion: runtime,
    compiler: "bun",
    platform,
  };
}
