import type { Pod } from "#api/generated/core-v1.ts";
import type { StatusError } from "#apimachinery/status-error.ts";
import { LruMap } from "#base/lru-map.ts";
import type { KubeconfigWebhook } from "../../../webhook/kubeconfig-webhook.ts";
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

/** How often a webhook is asked that does not answer, and how the time in between grows (apiserver `util/webhook`). */
const ATTEMPTS = 5;
const GROWTH = 1.5;

const AUDIT_PREFIX = "imagepolicywebhook.image-policy.k8s.io/";

export interface ImagePolicyDependencies {
  readonly webhook: Pick<KubeconfigWebhook, "post">;
}

interface Review {
  readonly allowed?: boolean;
  readonly reason?: string;
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

interface Remembered {
  readonly status: Review;
  readonly until: number;
}

/** Asks a webhook whether the images of a pod may run. */
export function imagePolicyWebhook(
  policy: ImagePolicy,
  { webhook }: ImagePolicyDependencies,
): AdmissionPlugin {
  const remembered = new LruMap<string, Remembered>(REMEMBERED);
  return defineAdmissionPlugin({
    name: "ImagePolicyWebhook",
    operations: ["CREATE", "UPDATE"],
    resources: ["pods", "pods/ephemeralcontainers"],
    validate: async (request, environment) => {
      const spec = reviewSpec(request);
      const key = JSON.stringify(spec);
      const known = remembered.get(key);
      const now = environment.clock.now();
      if (known !== undefined && known.until > now) return judge(request, known.status);
      try {
        const status = await ask(webhook, spec, { policy, request, environment });
        const ttlMs = status.allowed === true ? policy.allowTtlMs : policy.denyTtlMs;
        remembered.set(key, { status, until: environment.clock.now() + ttlMs });
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
  readonly environment: AdmissionEnvironment;
}

/** Rejects when the webhook does not answer, however often it is asked. */
async function ask(
  webhook: ImagePolicyDependencies["webhook"],
  spec: ReviewSpec,
  { policy, request, environment }: Asking,
): Promise<Review> {
  const body = JSON.stringify({
    kind: "ImageReview",
    apiVersion: "imagepolicy.k8s.io/v1alpha1",
    metadata: {},
    spec,
    status: { allowed: false },
  });
  for (let attempt = 1, waitMs = policy.retryBackoffMs; ; attempt += 1, waitMs *= GROWTH) {
    try {
      const answer = await webhook.post(body, request.signal);
      const { status = {} } = (await answer.json()) as { readonly status?: Review };
      return status;
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await environment.clock.sleep(waitMs, request.signal);
    }
  }
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
