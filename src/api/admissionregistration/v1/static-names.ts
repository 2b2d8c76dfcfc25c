const STATIC_SUFFIX = ".static.k8s.io";

/** Names that are to be for configurations from files (KEP-5793), which are switched off. */
export function staticNameWarnings({
  metadata,
}: {
  readonly metadata: { readonly name: string };
}): readonly string[] {
  if (!metadata.name.endsWith(STATIC_SUFFIX)) return [];
  return [
    `metadata.name: names ending with "${STATIC_SUFFIX}" are reserved for static manifest-based configurations and cannot be managed via the API`,
  ];
}
