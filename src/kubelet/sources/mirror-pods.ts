import type { Node, Pod } from "#api/generated/core-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";
import { HASH_ANNOTATION, MIRROR_ANNOTATION } from "../pod/pod-origin.ts";

/** A change of the mirrors in the API. */
export type MirrorAction =
  | { readonly type: "create"; readonly pod: NewObject<Pod> }
  | { readonly type: "delete"; readonly pod: Pod };

export interface MirrorFacts {
  readonly staticPods: readonly Pod[];
  /** The mirrors that this node has in the API. */
  readonly mirrors: readonly Pod[];
  /** The node that owns the mirrors; without it none can be made. */
  readonly node: Node | undefined;
}

/** Every static pod has one mirror, made from it as it is now (`kubelet.go` tryReconcileMirrorPods); pure. */
export function planMirrors({ staticPods, mirrors, node }: MirrorFacts): readonly MirrorAction[] {
  const wanted = new Map(staticPods.map((pod) => [nameOf(pod), pod]));
  const isGood = (mirror: Pod): boolean => {
    const pod = wanted.get(nameOf(mirror));
    return pod !== undefined && isMirrorOf(mirror, pod) && mirror.metadata.deletionTimestamp === undefined;
  };
  const present = new Set(mirrors.map(nameOf));
  return [
    ...mirrors.filter((mirror) => !isGood(mirror)).map((pod) => ({ type: "delete", pod }) as const),
    ...[...wanted]
      .filter(([name]) => node !== undefined && !present.has(name))
      .map(([, pod]) => ({ type: "create", pod: mirrorOf(pod, node) }) as const),
  ];
}

function mirrorOf(pod: Pod, node: Node | undefined): NewObject<Pod> {
  const { name, namespace = "default", labels, annotations = {} } = pod.metadata;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace,
      ...(labels && { labels }),
      annotations: { ...annotations, [MIRROR_ANNOTATION]: annotations[HASH_ANNOTATION] ?? "" },
      ...(node && {
        ownerReferences: [
          {
            apiVersion: "v1",
            kind: "Node",
            name: node.metadata.name,
            uid: node.metadata.uid,
            controller: true,
          },
        ],
      }),
    },
    spec: pod.spec,
  };
}

/** The mirror was made from the static pod as it is now, and not as its file was before. */
export function isMirrorOf({ metadata }: Pod, pod: Pod): boolean {
  const hash = metadata.annotations?.[MIRROR_ANNOTATION];
  return hash !== undefined && hash === pod.metadata.annotations?.[HASH_ANNOTATION];
}

/** The name by which a static pod and its mirror belong together. */
export function nameOf({ metadata: { namespace = "", name } }: Pod): string {
  return `${namespace}/${name}`;
}
