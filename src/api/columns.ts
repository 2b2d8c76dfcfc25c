/** Columns and cells that tables of many kinds share (upstream `pkg/printers/internalversion/printers.go`). */
import { formatHumanDuration } from "#apimachinery/human-duration.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { Container } from "./generated/core-v1.ts";
import type { Column } from "./kind.ts";

export const nameColumn: Column<KubeObject> = {
  name: "Name",
  type: "string",
  format: "name",
  value: ({ metadata }) => metadata.name,
};

export const ageColumn: Column<KubeObject> = {
  name: "Age",
  type: "string",
  value: ({ metadata }, now) => formatAge(metadata.creationTimestamp, now),
};

/** The table of kinds that upstream has no printer for (apiserver `registry/rest/table.go`). */
export const createdAtColumns: readonly Column<KubeObject>[] = [
  nameColumn,
  { name: "Created At", type: "date", value: ({ metadata }) => metadata.creationTimestamp },
];

/** The time since a timestamp; `<unknown>` without one. */
export function formatAge(timestamp: string | null | undefined, now: number): string {
  return timestamp === undefined || timestamp === null || timestamp === ""
    ? "<unknown>"
    : formatHumanDuration(now - Date.parse(timestamp));
}

/** `app=web,tier=front`, in order, or `<none>`. */
export function formatLabels(labels: Readonly<Record<string, string>> | undefined): string {
  const texts = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return texts.sort().join(",") || "<none>";
}

/** The wide columns of kinds with a pod template: names and images of its containers. */
export function containerColumns<T>(
  containersOf: (object: T) => readonly Container[] | undefined,
): readonly Column<T>[] {
  return [
    wideColumn("Containers", (object) => joined(containersOf(object), ({ name }) => name)),
    wideColumn("Images", (object) => joined(containersOf(object), ({ image }) => image ?? "")),
  ];
}

export function textColumn<T>(name: string, value: (object: T) => string): Column<T> {
  return { name, type: "string", value };
}

/** A text column that only `kubectl get -o wide` shows. */
export function wideColumn<T>(name: string, value: (object: T) => string): Column<T> {
  return { name, type: "string", priority: 1, value };
}

function joined<T>(items: readonly T[] | undefined, text: (item: T) => string): string {
  return (items ?? []).map(text).join(",");
}
