import { allContainers } from "#api/core/v1/pod-spec/context.ts";
import type { Pod, PodSpec } from "#api/generated/core-v1.ts";
import { formatFieldError, notSupported } from "#apimachinery/field-error.ts";
import { aggregate, type StatusError, unclassified } from "#apimachinery/status-error.ts";
import { type AdmissionRequest, defineAdmissionPlugin } from "../admission-plugin.ts";
import { refuse } from "../refuse.ts";

const ALWAYS = "Always";

/** Images are pulled for every container, so that nobody runs one that another's secrets have brought to the node. */
export const alwaysPullImagesPlugin = defineAdmissionPlugin({
  name: "AlwaysPullImages",
  operations: ["CREATE", "UPDATE"],
  resources: ["pods"],
  mutate: (request) => (hasNewImage(request) ? pullAlways(request.object as Pod) : undefined),
  validate: (request) => (hasNewImage(request) ? refuseOthers(request) : undefined),
});

function hasNewImage({ object, oldObject }: AdmissionRequest): boolean {
  if (oldObject === undefined) return true;
  const known = imagesOf((oldObject as Pod).spec);
  return imagesOf((object as Pod).spec).some((image) => !known.includes(image));
}

function imagesOf(spec: PodSpec): readonly string[] {
  return allContainers(spec, "spec").map(({ container }) => container.image ?? "");
}

function pullAlways(pod: Pod): Pod {
  const { containers, initContainers, ephemeralContainers, volumes } = pod.spec;
  const always = <T extends object>(each: T): T => ({ ...each, imagePullPolicy: ALWAYS });
  return {
    ...pod,
    spec: {
      ...pod.spec,
      containers: containers.map(always),
      ...(initContainers && { initContainers: initContainers.map(always) }),
      ...(ephemeralContainers && { ephemeralContainers: ephemeralContainers.map(always) }),
      ...(volumes && {
        volumes: volumes.map((each) =>
          each.image === undefined ? each : { ...each, image: { ...each.image, pullPolicy: ALWAYS } },
        ),
      }),
    },
  };
}

/** Several refusals together are no Status upstream. */
function refuseOthers(request: AdmissionRequest): StatusError | undefined {
  const refusals = allContainers((request.object as Pod).spec, "spec")
    .filter(({ container }) => container.imagePullPolicy !== ALWAYS)
    .map(({ container: { imagePullPolicy = "" }, path }) =>
      notSupported(`${path}.imagePullPolicy`, imagePullPolicy, [ALWAYS]),
    )
    .map((error) => refuse(request, formatFieldError(error)).message);
  return refusals.length === 0 ? undefined : unclassified(aggregate(refusals));
}
