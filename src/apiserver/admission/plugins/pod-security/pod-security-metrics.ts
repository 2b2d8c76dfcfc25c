/** What Kubernetes counts of the Pod Security Standards (pod-security-admission `metrics`). */
import type { Counter, Metrics } from "#observability/metrics.ts";
import type { AdmissionRequest } from "../../admission-plugin.ts";
import type { LevelVersion, MODES } from "./policy.ts";

/** The minor version of the API, whose rules are the newest. */
const NEWEST_MINOR = 36;

type RequestLabel = "request_operation" | "resource" | "subresource";

const REQUEST_LABELS: readonly RequestLabel[] = ["request_operation", "resource", "subresource"];

export interface Evaluation {
  readonly decision: "allow" | "deny";
  readonly mode: (typeof MODES)[number];
  readonly policy: LevelVersion;
}

export class PodSecurityMetrics {
  readonly #evaluations: Counter<RequestLabel | "decision" | "policy_level" | "policy_version" | "mode">;
  readonly #exemptions: Counter<RequestLabel>;
  readonly #errors: Counter<RequestLabel | "fatal">;

  constructor(metrics: Metrics) {
    this.#evaluations = metrics.counter({
      name: "pod_security_evaluations_total",
      help: "Number of policy evaluations that occurred, not counting ignored or exempt requests.",
      stability: "ALPHA",
      labels: ["decision", "policy_level", "policy_version", "mode", ...REQUEST_LABELS],
    });
    this.#exemptions = metrics.counter({
      name: "pod_security_exemptions_total",
      help: "Number of exempt requests, not counting ignored or out of scope requests.",
      stability: "ALPHA",
      labels: REQUEST_LABELS,
    });
    this.#errors = metrics.counter({
      name: "pod_security_errors_total",
      help: "Number of errors preventing normal evaluation. Non-fatal errors may result in the latest restricted profile being used for evaluation.",
      stability: "ALPHA",
      labels: ["fatal", ...REQUEST_LABELS],
    });
  }

  evaluated(request: AdmissionRequest, { decision, mode, policy }: Evaluation): void {
    this.#evaluations.add({
      decision,
      policy_level: policy.level,
      policy_version: versionLabel(policy),
      mode,
      ...labelsOf(request),
    });
  }

  exempted(request: AdmissionRequest): void {
    this.#exemptions.add(labelsOf(request));
  }

  /** A fatal error keeps everything from being looked at. */
  failed(request: AdmissionRequest, { fatal }: { readonly fatal: boolean }): void {
    this.#errors.add({ fatal: String(fatal), ...labelsOf(request) });
  }
}

function labelsOf({ operation, resource, subresource }: AdmissionRequest) {
  const isPod = resource.group === "" && resource.resource === "pods";
  return {
    request_operation: operation.toLowerCase(),
    resource: isPod ? "pod" : "controller",
    subresource,
  };
}

/** Everything is allowed by every version alike. */
function versionLabel({ level, version }: LevelVersion): string {
  if (version === "latest" || level === "privileged") return "latest";
  return version > NEWEST_MINOR ? "future" : `v1.${String(version)}`;
}
