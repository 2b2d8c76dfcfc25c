import type { EndpointSlice } from "#api/generated/discovery-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { StatusError } from "#apimachinery/status-error.ts";
import type { AdmissionRequest } from "../../admission-plugin.ts";
import { refuse } from "../../refuse.ts";

const SERVICE = "kube-dns";
const SERVICE_NAME = "kubernetes.io/service-name";

/** Why a node may not write an EndpointSlice so: it has one for each family, of its own DNS server, which only its pods ask. */
export function refuseEndpointSlice(request: AdmissionRequest, node: string): StatusError | undefined {
  const { object, name } = request;
  const names = [`${SERVICE}-${node}`, `${SERVICE}-${node}-ipv6`];
  const isOwn =
    names.includes(object?.metadata.name ?? name) && object !== undefined && isForPodsOf(node, object);
  return isOwn
    ? undefined
    : refuse(request, `node "${node}" can only write EndpointSlices of its own DNS server`);
}

function isForPodsOf(node: string, slice: KubeObject): boolean {
  const { metadata, endpoints } = slice as EndpointSlice;
  return metadata.labels?.[SERVICE_NAME] === SERVICE && endpoints.every(({ nodeName }) => nodeName === node);
}
