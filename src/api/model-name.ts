import type { GroupVersionKind } from "#apimachinery/meta.ts";

/** What OpenAPI calls the type of a custom resource: `com.example.stable.v1.CronTab`, with the group turned around. */
export function modelName({ group, version, kind }: GroupVersionKind): string {
  return [...group.split(".").reverse(), version, kind].join(".");
}
