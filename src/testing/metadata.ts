import type { ObjectMeta } from "#apimachinery/generated/meta-v1.ts";

/** What a test may want to say of any object besides its name. */
export interface ObjectOptions {
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly uid?: string;
  readonly creationTimestamp?: string;
}

/** Metadata as the server would have filled it in; cluster-scoped objects have no namespace. */
export function metadataOf(name: string, options: ObjectOptions = {}): ObjectMeta {
  return { ...clusterMetadataOf(name, options), namespace: options.namespace ?? "default" };
}

export function clusterMetadataOf(name: string, options: Omit<ObjectOptions, "namespace"> = {}): ObjectMeta {
  const { uid = `uid-${name}`, labels, annotations, creationTimestamp } = options;
  return {
    name,
    uid,
    ...(labels && { labels }),
    ...(annotations && { annotations }),
    ...(creationTimestamp && { creationTimestamp }),
  };
}
