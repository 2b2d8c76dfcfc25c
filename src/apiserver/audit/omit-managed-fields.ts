interface Managed {
  readonly metadata?: { readonly managedFields?: unknown };
  readonly items?: readonly Managed[];
  readonly [field: string]: unknown;
}

/** The JSON of an object, or of a list of objects, without what it says about who owns which field. */
export function withoutManagedFields(json: string): string {
  if (!json.includes('"managedFields"')) return json;
  const document = JSON.parse(json) as Managed;
  const { items } = document;
  return JSON.stringify({
    ...stripped(document),
    ...(Array.isArray(items) && { items: items.map(stripped) }),
  });
}

function stripped(object: Managed): Managed {
  const { metadata } = object;
  if (metadata?.managedFields === undefined) return object;
  const { managedFields: _, ...rest } = metadata;
  return { ...object, metadata: rest };
}
