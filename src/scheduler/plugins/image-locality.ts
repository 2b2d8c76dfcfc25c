import type { Pod } from "#api/generated/core-v1.ts";
import { definePlugin } from "../framework/plugin.ts";
import { MAX_SCORE } from "../framework/run-scores.ts";
import { SKIP } from "../framework/status.ts";

const MB = 1024 * 1024;
/** Most images are between these sizes; what is beyond counts as much as the bound. */
const MIN_BYTES = 23 * MB;
const MAX_BYTES_PER_CONTAINER = 1000 * MB;

interface ScoreState {
  /** Images of the pod that some node has, with the share of all nodes that have it. */
  readonly images: readonly { readonly name: string; readonly spread: number }[];
  readonly maxBytes: number;
}

/** Prefers nodes that have the pod's images already, unless few others do. */
export const imageLocalityPlugin = definePlugin<undefined, ScoreState>({
  name: "ImageLocality",
  preScore: ({ pod }, _nodes, { snapshot }) => {
    const { containers, initContainers = [] } = pod.spec;
    const maxBytes = MAX_BYTES_PER_CONTAINER * (containers.length + initContainers.length);
    const images = imagesOf(pod)
      .map((name) => ({ name, spread: snapshot.imageSpread(name) / snapshot.nodes.length }))
      .filter(({ spread }) => spread > 0);
    return images.length === 0 ? SKIP : { images, maxBytes };
  },
  score: ({ images, maxBytes }, _pod, node) => {
    // An image counts less the fewer nodes have it, so that they do not attract all pods that use it.
    const bytes = images.reduce(
      (sum, { name, spread }) => sum + Math.trunc((node.images.get(name) ?? 0) * spread),
      0,
    );
    const bounded = Math.min(Math.max(bytes, MIN_BYTES), maxBytes);
    return Math.trunc((MAX_SCORE * (bounded - MIN_BYTES)) / (maxBytes - MIN_BYTES));
  },
});

function imagesOf({ spec }: Pod): readonly string[] {
  const containers = [...(spec.initContainers ?? []), ...spec.containers].map(({ image = "" }) => image);
  const volumes = (spec.volumes ?? []).flatMap(({ image }) => image?.reference ?? []);
  return [...containers, ...volumes].map(withTag);
}

/** As nodes report names: never without a tag. */
function withTag(image: string): string {
  return image.lastIndexOf(":") <= image.lastIndexOf("/") ? `${image}:latest` : image;
}
