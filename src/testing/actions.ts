import type { KubeObject } from "#apimachinery/meta.ts";
import { assertNever } from "#base/assert-never.ts";
import type { Action, Plan } from "#reconcile/action.ts";

/** A plan as lines that can be compared at a glance; a requeue is the last one. */
export function describePlan({ actions, requeueAfterMs }: Plan): readonly string[] {
  const requeue = requeueAfterMs === undefined ? [] : [`requeue ${String(requeueAfterMs)}ms`];
  return [...actions.map(describeAction), ...requeue];
}

/** One action as a line: verb, kind, name and what it changes. */
export function describeAction(action: Action): string {
  switch (action.type) {
    case "create": {
      const { name, generateName } = action.object.metadata;
      return `create ${action.object.kind} ${name ?? `${generateName ?? ""}*`}`;
    }
    case "update":
      return join("update", action.object.kind, action.object.metadata.name, action.subresource);
    case "updateStatus":
      return join("status", action.object.kind, action.object.metadata.name, statusText(action.object));
    case "patch":
      return join("patch", action.target.kind, action.target.name, action.subresource, compact(action.patch));
    case "delete":
      return join("delete", action.target.kind, action.target.name, action.propagationPolicy);
    case "evict":
      return join("evict", action.target.name);
    case "event":
      return `event ${action.event.type} ${action.event.reason}: ${action.event.message}`;
    default:
      return assertNever(action);
  }
}

function statusText(object: KubeObject): string {
  const { status = {} } = object as { status?: Readonly<Record<string, unknown>> };
  return Object.entries(status)
    .map(([key, value]) => (key === "conditions" ? conditionsText(value) : `${key}=${compact(value)}`))
    .join(" ");
}

function conditionsText(value: unknown): string {
  const conditions = value as readonly { type: string; status: string; reason?: string }[];
  return conditions
    .map(({ type, status, reason }) => `${type}=${status}${reason === undefined ? "" : `(${reason})`}`)
    .join(" ");
}

/** JSON without the quotes of names. */
function compact(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value).replace(/"([\w.-]+)":/g, "$1:");
}

function join(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== "").join(" ");
}
