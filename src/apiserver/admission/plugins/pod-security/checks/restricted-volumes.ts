import type { Volume } from "#api/generated/core-v1.ts";
import { defineCheck, distinct, named, type PodLike, plural, quoted, type Violation } from "../check.ts";

export const restrictedVolumes = defineCheck({
  id: "restrictedVolumes",
  level: "restricted",
  versions: [{ since: 0, check: checkVolumes, replaces: "hostPathVolumes" }],
});

type Source = Exclude<keyof Volume, "name">;

const ALLOWED: readonly Source[] = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
];

function checkVolumes({ spec }: PodLike): Violation | undefined {
  const bad = (spec.volumes ?? []).filter(
    (volume) => !ALLOWED.some((source) => volume[source] !== undefined),
  );
  if (bad.length === 0) return undefined;
  const volumes = named(
    "volume",
    bad.map(({ name }) => name),
  );
  const types = distinct(bad.map(typeOf));
  const use = bad.length === 1 ? "uses" : "use";
  return {
    reason: "restricted volume types",
    detail: `${volumes} ${use} ${plural("restricted volume type", types.length)} ${quoted(types)}`,
  };
}

function typeOf(volume: Volume): string {
  return Object.keys(volume).find((field) => field !== "name") ?? "unknown";
}
