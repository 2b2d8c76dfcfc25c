import type { KubeObject } from "#apimachinery/meta.ts";
import type { ServedResource } from "../registry/served-resource.ts";

/** Converts between two versions of a resource at once, or throws a `PendingConversion`. */
export type Between = (object: KubeObject, from: ServedResource, to: ServedResource) => KubeObject;

/** Says that a conversion is under way which a function that cannot wait has asked for. */
export class PendingConversion extends Error {
  readonly key: string;
  readonly result: Promise<KubeObject>;

  constructor(key: string, result: Promise<KubeObject>) {
    super("A conversion is under way");
    this.key = key;
    this.result = result;
  }
}

export const convertNow: Between = (object, from, to) => {
  const converted = from.conversion.between(object, from, to);
  if (converted instanceof Promise) throw new PendingConversion(keyOf(object, to), converted);
  return converted;
};

/**
 * Runs a pure function that converts objects, and runs it again whenever a conversion that it could not wait for has
 * arrived: given the same conversions, it asks for the same ones. Rejects as the function and the conversions do.
 */
export async function withConversions<T>(run: (between: Between) => T): Promise<T> {
  const arrived = new Map<string, KubeObject>();
  const between: Between = (object, from, to) => {
    const known = arrived.size === 0 ? undefined : arrived.get(keyOf(object, to));
    return known ?? convertNow(object, from, to);
  };
  for (;;) {
    try {
      return run(arrived.size === 0 ? convertNow : between);
    } catch (error) {
      if (!(error instanceof PendingConversion)) throw error;
      arrived.set(error.key, await error.result);
    }
  }
}

function keyOf(object: KubeObject, { apiVersion }: ServedResource): string {
  return `${apiVersion} ${JSON.stringify(object)}`;
}
