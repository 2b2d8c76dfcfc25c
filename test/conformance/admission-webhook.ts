import { startWebhookServer, type WebhookPlace, type WebhookServer } from "./webhook-server.ts";

interface Review {
  readonly request: {
    readonly uid: string;
    readonly object: { readonly metadata: { readonly labels?: Readonly<Record<string, string>> } };
  };
}

/** Denies what is labelled `webhook=deny`, warns about `webhook=warn`, and gives `webhook=patch` another label. */
export function startAdmissionWebhook(place?: WebhookPlace): Promise<WebhookServer> {
  const answer = (review: Review) => {
    const { uid, object } = review.request;
    return { ...review, response: { uid, ...answerTo(object.metadata.labels?.["webhook"]) } };
  };
  return startWebhookServer("/admit", answer, place);
}

function answerTo(wish = ""): object {
  if (wish === "deny") return { allowed: false, status: { code: 403, message: "you asked for it" } };
  if (wish === "warn") return { allowed: true, warnings: ["this will not end well"] };
  if (wish !== "patch") return { allowed: true };
  const patch = [{ op: "add", path: "/metadata/labels/patched", value: "yes" }];
  return { allowed: true, patchType: "JSONPatch", patch: btoa(JSON.stringify(patch)) };
}
