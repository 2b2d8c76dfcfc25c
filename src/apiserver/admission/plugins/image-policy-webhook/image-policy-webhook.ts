import type { Pod } from "#api/generated/core-v1.ts";
import type { StatusError } from "#apimachinery/status-error.ts";
import { AnswerCache } from "#base/answer-cache.ts";
import type { Clock } from "#base/clock.ts";
import type { KubeconfigWebhook } from "../../../webhook/kubeconfig-webhook.ts";
import { retryWebhook } from "../../../webhook/retry-webhook.ts";
import {
  type AdmissionEnvironment,
  type AdmissionPlugin,
  type AdmissionRequest,
  defineAdmissionPlugin,
} from "../../admission-plugin.ts";
import { refuse } from "../../refuse.ts";
import type { ImagePolicy } from "./image-policy.ts";

/** How many answers are remembered (kube-apiserver `imagepolicy`). */
const REMEMBERED = 1024;

const AUDIT_PREFIX = "imagepolicywebhook.image-policy.k8s.io/";

export interface ImagePolicyDependencies {
  readonly webhook: Pick<KubeconfigWebhook, "post">;
  readonly clock: Clock;
}

interface Review {
  readonly allowed?: boolean;
  readonly reason?: string;
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

/** Asks a webhook whether the images of a pod may run. */
export function imagePolicyWebhook(
  policy: ImagePolicy,
  dependencies: ImagePolicyDependencies,
): AdmissionPlugin {
  const answers = new AnswerCache<Review>(REMEMBERED, dependencies);
  return defineAdmissionPlugin({
    name: "ImagePolicyWebhook",
    operations: ["CREATE", "UPDATE"],
    resources: ["pods", "pods/ephemeralcontainers"],
    validate: async (request, environment) => {
      const spec = reviewSpec(request);
      const key = JSON.stringify(spec);
      const known = answers.get(key);
      if (known !== undefined) return judge(request, known.answer);
      try {
        const status = await ask(spec, { policy, request, random: environment.random }, dependencies);
        answers.set(key, status, status.allowed === true ? policy.allowTtlMs : policy.denyTtlMs);
        return judge(request, status);
      } catch (error) {
        request.signal.throwIfAborted();
        return unanswered(request, policy, error instanceof Error ? error.message : String(error));
      }
    },
  });
}

interface ReviewSpec {
  readonly containers: readonly { readonly image: string | undefined }[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly namespace: string;
}

function reviewSpec({ object, namespace, subresource }: AdmissionRequest): ReviewSpec {
  const { spec, metadata } = object as Pod;
  const { containers, initContainers = [], ephemeralContainers = [] } = spec;
  const asked = subresource === "" ? [...containers, ...initContainers] : ephemeralContainers;
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([key]) =>
    key.includes(".image-policy.k8s.io/"),
  );
  return {
    containers: asked.map(({ image }) => ({ image })),
    ...(annotations.length > 0 && { annotations: Object.fromEntries(annotations) }),
    namespace,
  };
}

interface Asking {
  readonly policy: ImagePolicy;
  readonly request: AdmissionRequest;
  readonly random: AdmissionEnvironment["random"];
}

/** Rejects when the webhook does not answer. */
async function ask(
  spec: ReviewSpec,
  { policy, request: { signal }, random }: Asking,
  { webhook, clock }: ImagePolicyDependencies,
): Promise<Review> {
  const review = {
    kind: "ImageReview",
    apiVersion: "imagepolicy.k8s.io/v1alpha1",
    metadata: {},
    spec,
    status: { allowed: false },
  };
  const answer = await retryWebhook(
    () => webhook.post(review, signal),
    { initialMs: policy.retryBackoffMs, pause: (ms) => clock.sleep(ms, signal) },
    { clock, random },
  );
  const { status = {} } = answer as { readonly status?: Review };
  return status;
}

function judge(request: AdmissionRequest, { allowed, reason = "", auditAnnotations = {} }: Review) {
  for (const [key, value] of Object.entries(auditAnnotations)) {
    request.annotate(AUDIT_PREFIX + key, value);
  }
  if (allowed === true) return undefined;
  return refuse(
    request,
    reason === ""
      ? "one or more images rejected by webhook backend"
      : `image policy webhook backend denied one or more images: ${reason}`,
  );
}

function unanswered(
  request: AdmissionRequest,
  { defaultAllow }: ImagePolicy,
  why: string,
): StatusError | undefined {
  if (!defaultAllow) return refuse(request, why);
  request.annotate(`${AUDIT_PREFIX}failed-open`, "true");
  return undefined;
}
