import { formatApiVersion, type GroupVersionKind } from "#apimachinery/meta.ts";
import type { ObjectSchema } from "#apimachinery/schema.ts";
import { parseBoolean, parseInteger } from "../front/query-values.ts";

/** What a connection is asked for, as the object that plugins see: a PodExecOptions, a ServiceProxyOptions, … */
export function connectOptions(
  { fields }: ObjectSchema,
  kind: GroupVersionKind,
  query: URLSearchParams,
): Readonly<Record<string, unknown>> {
  const options: Record<string, unknown> = { kind: kind.kind, apiVersion: formatApiVersion(kind) };
  for (const { name, schema } of fields.values()) {
    const first = query.get(name);
    if (first === null) continue;
    if (schema.type === "boolean") {
      if (parseBoolean(first) === true) options[name] = true;
    } else if (schema.type === "list") {
      const values = query.getAll(name);
      // Numbers may also stand in one value, with commas (apimachinery `runtime/converter.go`).
      options[name] =
        schema.items.type === "string"
          ? values
          : values.flatMap((each) => each.split(",")).map((each) => parseInteger(each));
    } else if (first !== "") options[name] = first;
  }
  return options;
}
