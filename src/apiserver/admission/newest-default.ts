import type { KubeObject } from "#apimachinery/meta.ts";

/** Of the classes that one of these annotations makes the default, the newest, or the first by name of several. */
export function newestDefault<T extends KubeObject>(
  classes: readonly T[],
  annotations: readonly string[],
): T | undefined {
  return classes
    .filter(({ metadata }) => annotations.some((each) => metadata.annotations?.[each] === "true"))
    .toSorted((a, b) => ageOrder(a, b) || (a.metadata.name < b.metadata.name ? -1 : 1))[0];
}

/** Times are written so that their texts are in their order. */
function ageOrder({ metadata: a }: KubeObject, { metadata: b }: KubeObject): number {
  const [first, second] = [a.creationTimestamp ?? "", b.creationTimestamp ?? ""];
  return first === second ? 0 : first > second ? -1 : 1;
}
