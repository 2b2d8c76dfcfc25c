import type { Namespace, Pod } from "#api/generated/core-v1.ts";
import { formatFieldError } from "#apimachinery/field-error.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { aggregate, internalError, type StatusError } from "#apimachinery/status-error.ts";
import {
  type AdmissionPlugin,
  type AdmissionRequest,
  admissionTarget,
  type ClusterView,
  defineAdmissionPlugin,
} from "../../admission-plugin.ts";
import type { PodSecurityConfiguration } from "./configuration.ts";
import { isExempt, isExemptPod, type PodSecurityEnvironment } from "./exemptions.ts";
import { judgePod } from "./judge-pod.ts";
import { refuseLabels } from "./namespaces.ts";
import type { PodSecurityMetrics } from "./pod-security-metrics.ts";
import {
  formatLevelVersion,
  isPrivileged,
  type LabelledPolicy,
  PREFIX,
  PRIVILEGED,
  policyOf,
} from "./policy.ts";
import { isSignificantUpdate } from "./significant-update.ts";
import { TEMPLATES, templateOf } from "./templates.ts";

/** The other subresources of pods cannot change what runs in them. */
const PODS: readonly string[] = ["pods", "pods/ephemeralcontainers", "pods/resize"];

/** Holds pods to the Pod Security Standards, as the labels of their namespace want it. */
export function podSecurity(
  configuration: PodSecurityConfiguration,
  metrics: PodSecurityMetrics,
): AdmissionPlugin {
  const environment = { configuration, metrics };
  return defineAdmissionPlugin({
    name: "PodSecurity",
    operations: ["CREATE", "UPDATE"],
    resources: ["namespaces", ...PODS, ...TEMPLATES],
    validate: (request, { cluster }) => {
      const target = admissionTarget(request);
      if (target === "namespaces") return refuseLabels(request, configuration, cluster);
      if (isExempt(request, environment)) return undefined;
      return PODS.includes(target)
        ? refusePod(request, environment, cluster)
        : warnOfTemplate(request, environment, cluster);
    },
  });
}

function refusePod(
  request: AdmissionRequest,
  environment: PodSecurityEnvironment,
  cluster: ClusterView,
): StatusError | undefined {
  const { configuration, metrics } = environment;
  const namespace = cluster.get("Namespace", { name: request.namespace });
  if (namespace === undefined) {
    metrics.failed(request, { fatal: true });
    return internalError(`failed to lookup namespace "${request.namespace}"`);
  }
  const labelled = labelledPolicy(namespace, configuration);
  if (labelled.errors.length === 0 && isPrivileged(labelled.policy)) {
    request.annotate(`${PREFIX}enforce-policy`, formatLevelVersion(PRIVILEGED));
    metrics.evaluated(request, { decision: "allow", mode: "enforce", policy: PRIVILEGED });
    return undefined;
  }
  const pod = request.object as Pod;
  const isUpdate = request.operation === "UPDATE";
  if (isUpdate && !isSignificantUpdate(pod.spec, (request.oldObject as Pod).spec)) return undefined;
  if (isExemptPod(request, pod, environment)) return undefined;
  noteErrors(request, labelled, metrics);
  return judgePod(request, pod, labelled.policy, { enforce: true, metrics });
}

/** What is made of a template is refused when it is made; its author is warned. */
function warnOfTemplate(
  request: AdmissionRequest,
  environment: PodSecurityEnvironment,
  cluster: ClusterView,
): StatusError | undefined {
  const { configuration, metrics } = environment;
  const namespace = cluster.get("Namespace", { name: request.namespace });
  if (namespace === undefined) {
    metrics.failed(request, { fatal: true });
    const problem = `namespaces "${request.namespace}" not found`;
    request.annotate(`${PREFIX}error`, `failed to lookup namespace "${request.namespace}": ${problem}`);
    return undefined;
  }
  const labelled = labelledPolicy(namespace, configuration);
  const { audit, warn } = labelled.policy;
  const isSilent = audit.level === "privileged" && warn.level === "privileged";
  if (labelled.errors.length === 0 && isSilent) return undefined;
  const template = templateOf(request.object as KubeObject);
  if (template === undefined || isExemptPod(request, template, environment)) return undefined;
  noteErrors(request, labelled, metrics);
  return judgePod(request, template, labelled.policy, { enforce: false, metrics });
}

function labelledPolicy(
  { metadata: { labels = {} } }: Namespace,
  { defaults }: PodSecurityConfiguration,
): LabelledPolicy {
  return policyOf(labels, defaults);
}

function noteErrors(
  request: AdmissionRequest,
  { errors }: LabelledPolicy,
  metrics: PodSecurityMetrics,
): void {
  if (errors.length === 0) return;
  metrics.failed(request, { fatal: false });
  request.annotate(`${PREFIX}error`, `Failed to parse policy: ${aggregate(errors.map(formatFieldError))}`);
}
