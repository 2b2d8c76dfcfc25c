import type { KubeObject } from "#apimachinery/meta.ts";
import type { Awaitable } from "../../registry/version-conversion.ts";

/** Writes objects anew in another version of their resource. They are all in other versions than that. */
export type ConversionStrategy = (
  objects: readonly KubeObject[],
  apiVersion: string,
) => Awaitable<readonly KubeObject[]>;

/** The strategy `None`: versions differ in nothing but their name. */
export const renameVersion: ConversionStrategy = (objects, apiVersion) =>
  objects.map((object) => ({ ...object, apiVersion }));
