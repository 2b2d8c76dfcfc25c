/** Builders of valid objects beyond core/v1; a test names only what it is about. */
import type { Ingress, IngressBackend, IngressSpec } from "#api/generated/networking-v1.ts";

export interface ObjectOptions {
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly uid?: string;
}

export function anIngress(
  name: string,
  options: ObjectOptions & { readonly spec?: IngressSpec } = {},
): Ingress {
  const { spec = { defaultBackend: aServiceBackend("web", 80) }, ...meta } = options;
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: metadataOf(name, meta),
    spec,
  };
}

export function aServiceBackend(name: string, port: number | string): IngressBackend {
  return { service: { name, port: typeof port === "number" ? { number: port } : { name: port } } };
}

function metadataOf(name: string, options: ObjectOptions): Ingress["metadata"] {
  const { namespace = "default", uid = `uid-${name}`, labels, annotations } = options;
  return { name, namespace, uid, ...(labels && { labels }), ...(annotations && { annotations }) };
}
