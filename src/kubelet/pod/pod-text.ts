import type { ObjectMeta } from "#apimachinery/generated/meta-v1.ts";

interface Identified {
  readonly metadata: Pick<ObjectMeta, "name" | "namespace" | "uid">;
}

/** How the kubelet names a pod in messages: `web_default(uid)` (`pkg/kubelet/util/format`). */
export function formatPod({ metadata: { name, namespace = "", uid } }: Identified): string {
  return `${name}_${namespace}(${uid})`;
}
