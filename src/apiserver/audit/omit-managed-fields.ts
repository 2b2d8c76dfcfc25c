interface Managed {
  readonly metadata?: { readonly managedFields?: unknown };
  readonly items?: readonly Managed[];
  readonly rows?: readonly { readonly object?: Managed | null }[];
  readonly [field: string]: unknown;
}

/** The JSON of an object, of a list of objects or of a table, without what it says about who owns which field. */
export function withoutManagedFields(json: string): string {
  if (!json.includes('"managedFields"')) return json;
  const document = JSON.parse(json) as Managed;
  const { items, rows } = document;
  return JSON.stringify({
    ...stripped(document),
    ...(Array.isArray(items) && { items: items.map(stripped) }),
    ...(document["kind"] === "Table" && { rows: rows?.map(strippedRow) }),
  });
}

function stripped(object: Managed): Managed {
  const { metadata } = object;
  if (metadata?.managedFields === undefined) return object;
  const { managedFields: _, ...rest } = metadata;
  return { ...object, metadata: rest };
}

function strippedRow<T extends { readonly object?: Managed | null }>(row: T): T {
  return row.object ? { ...row, object: stripped(row.object) } : row;
}
