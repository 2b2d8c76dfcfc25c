/** What webhooks are asked (apiserver `plugin/webhook/request/admissionreview.go`). */
import type { AdmissionRequest } from "../admission-plugin.ts";
import { describeRequest } from "../matching/describe-request.ts";
import type { MatchedResource } from "../matching/resource-matcher.ts";
import type { VersionedObjects } from "../matching/versioned-objects.ts";
import { formatOptions } from "../operation-options.ts";

export type ReviewVersion = "v1" | "v1beta1";

const KNOWN: ReadonlySet<string> = new Set(["v1", "v1beta1"] satisfies ReviewVersion[]);

/** The first version of those that a webhook can read which this server can write. */
export function reviewVersion(versions: readonly string[]): ReviewVersion | undefined {
  return versions.find((each): each is ReviewVersion => KNOWN.has(each));
}

export function admissionReview(
  { uid, version }: { readonly uid: string; readonly version: ReviewVersion },
  request: AdmissionRequest,
  { matched, objects }: { readonly matched: MatchedResource; readonly objects: VersionedObjects },
): object {
  const { object = null, oldObject = null } = objects;
  return {
    kind: "AdmissionReview",
    apiVersion: `admission.k8s.io/${version}`,
    request: {
      uid,
      ...describeRequest(request, matched),
      object,
      oldObject,
      dryRun: request.dryRun,
      options: formatOptions(request.options),
    },
  };
}
