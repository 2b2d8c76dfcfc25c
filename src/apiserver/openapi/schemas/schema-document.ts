/** A JSON schema in the dialect of OpenAPI v3, with Kubernetes' extensions. */
export type SchemaDocument = Readonly<Record<string, unknown>>;

/** Where documents of OpenAPI v3 have their schemas. */
export const COMPONENT_PREFIX = "#/components/schemas/";

/** The package of the types that all groups share, in OpenAPI names. */
export const META = "io.k8s.apimachinery.pkg.apis.meta.v1";

/** The kinds that a schema is of. */
export const KINDS_KEY = "x-kubernetes-group-version-kind";
