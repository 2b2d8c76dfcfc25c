import type { Pod } from "#api/generated/core-v1.ts";
import type { NodeInfo } from "../framework/node-info.ts";
import { definePlugin } from "../framework/plugin.ts";
import { MAX_SCORE } from "../framework/run-scores.ts";
import type { Snapshot } from "../framework/snapshot.ts";

const MB = 1024 * 1024;
/** Most images are between these sizes; what is beyond counts as much as the bound. */
const MIN_BYTES = 23 * MB;
const MAX_BYTES_PER_CONTAINER = 1000 * MB;

/** Prefers nodes that have the pod's images already, unless few others do. */
export const imageLocalityPlugin = definePlugin<undefined, Snapshot>({
  name: "ImageLocality",
  preScore: (_pod, _nodes, { snapshot }) => snapshot,
  score: (snapshot, { pod }, node) => {
    const { containers, initContainers = [] } = pod.spec;
    const maxBytes = MAX_BYTES_PER_CONTAINER * (containers.length + initContainers.length);
    const bytes = imagesOf(pod).reduce((sum, image) => sum + spreadBytes(image, node, snapshot), 0);
    const bounded = Math.min(Math.max(bytes, MIN_BYTES), maxBytes);
    return Math.trunc((MAX_SCORE * (bounded - MIN_BYTES)) / (maxBytes - MIN_BYTES));
  },
});

/** An image counts less the fewer nodes have it, so that they do not attract all pods that use it. */
function spreadBytes(image: string, { images }: NodeInfo, snapshot: Snapshot): number {
  const bytes = images.get(image);
  if (bytes === undefined) return 0;
  return Math.trunc((bytes * snapshot.imageSpread(image)) / snapshot.nodes.length);
}

function imagesOf({ spec }: Pod): readonly string[] {
  const containers = [...(spec.initContainers ?? []), ...spec.containers].map(({ image = "" }) => image);
  const volumes = (spec.volumes ?? []).flatMap(({ image }) => image?.reference ?? []);
  return [...containers, ...volumes].map(withTag);
}

/** As nodes report names: never without a tag. */
function withTag(image: string): string {
  return image.lastIndexOf(":") <= image.lastIndexOf("/") ? `${image}:latest` : image;
}
