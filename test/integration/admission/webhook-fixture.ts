import type {
  MutatingWebhook,
  RuleWithOperations,
  ValidatingWebhook,
} from "#api/generated/admissionregistration-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { TestServer } from "../apiserver/server.ts";

export interface AdmissionReview {
  readonly apiVersion: string;
  readonly kind: string;
  readonly request: {
    readonly uid: string;
    readonly operation: string;
    readonly subResource?: string;
    readonly object: KubeObject | null;
    readonly oldObject: KubeObject | null;
    readonly [field: string]: unknown;
  };
}

/** What is in the `response` of an answer, besides the uid. */
export interface Answer {
  readonly allowed: boolean;
  readonly [field: string]: unknown;
}

export const CONFIG_MAPS: RuleWithOperations = {
  apiGroups: [""],
  apiVersions: ["v1"],
  resources: ["configmaps"],
  operations: ["CREATE"],
};

/** Answers reviews under this URL, and keeps them. */
export function answerReviews(
  server: TestServer,
  url: string,
  answer: (review: AdmissionReview) => Answer,
): readonly AdmissionReview[] {
  const seen: AdmissionReview[] = [];
  server.webhooks.answer(url, (review: AdmissionReview) => {
    seen.push(review);
    const { apiVersion, kind, request } = review;
    return { apiVersion, kind, response: { uid: request.uid, ...answer(review) } };
  });
  return seen;
}

export function jsonPatch(...operations: readonly object[]): Pick<Answer, "patch" | "patchType"> {
  return { patch: btoa(JSON.stringify(operations)), patchType: "JSONPatch" };
}

export const URL = "https://hook.example.com";

type Kind = (typeof KINDS)[number];

/** A configuration with one webhook, `a.example.com` of the configuration `a`, for ConfigMaps that are created. */
export async function configure(
  server: TestServer,
  kind: Kind,
  webhook: Partial<MutatingWebhook> = {},
  name = "a",
): Promise<void> {
  await server.client.create(kind, {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind,
    metadata: { name },
    webhooks: [aWebhook(`${name}.example.com`, webhook)],
  } as never);
}

const KINDS = ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"] as const;

/** Leaves nothing of a test to the next. */
export async function removeAll(server: TestServer): Promise<void> {
  for (const kind of KINDS) {
    for (const { metadata } of server.state.objects.list(kind)) {
      await server.client.delete(kind, { name: metadata.name });
    }
  }
  await server.send({ kind: "ConfigMap", namespace: "default" }, { verb: "deletecollection" });
  await server.send({ kind: "Event", namespace: "default" }, { verb: "deletecollection" });
}

function aWebhook(name: string, more: Partial<MutatingWebhook>): ValidatingWebhook {
  return {
    name,
    clientConfig: { url: URL },
    sideEffects: "None",
    admissionReviewVersions: ["v1"],
    rules: [CONFIG_MAPS],
    ...more,
  };
}
