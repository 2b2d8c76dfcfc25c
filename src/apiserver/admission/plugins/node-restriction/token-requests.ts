import type { TokenRequest } from "#api/generated/authentication-v1.ts";
import type { Pod, Volume } from "#api/generated/core-v1.ts";
import { notFound, type StatusError } from "#apimachinery/status-error.ts";
import type { AdmissionEnvironment, AdmissionRequest, ClusterView } from "../../admission-plugin.ts";
import { refuse } from "../../refuse.ts";

/** Permission to ask for tokens for audiences that the pod does not name; the audience is the resource. */
const AUDIENCE_VERB = "request-serviceaccounts-token-audience";

/** Why a node may not have a token: it is for a pod on it, and for an audience that the pod names. */
export async function refuseToken(
  request: AdmissionRequest,
  node: string,
  environment: AdmissionEnvironment,
): Promise<StatusError | undefined> {
  if (request.operation !== "CREATE") return undefined;
  const { spec } = request.object as TokenRequest;
  const { apiVersion, kind, name = "", uid = "" } = spec.boundObjectRef ?? {};
  if (apiVersion !== "v1" || kind !== "Pod" || name === "") {
    return refuse(request, "node requested token not bound to a pod");
  }
  if (uid === "") return refuse(request, "node requested token with a pod binding without a uid");
  const pod = environment.cluster.get("Pod", { namespace: request.namespace, name });
  if (pod === undefined) return notFound({ group: "", resource: "pods" }, name);
  if (pod.metadata.uid !== uid) {
    return refuse(
      request,
      `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  if (pod.spec.nodeName !== node) {
    return refuse(request, "node requested token bound to a pod scheduled on a different node");
  }
  return await refuseAudience(request, pod, spec.audiences ?? [], environment);
}

/** KEP-4412: a node asks for the audiences only that are in the pods it runs. */
async function refuseAudience(
  request: AdmissionRequest,
  pod: Pod,
  audiences: readonly string[],
  { cluster, authorizer }: AdmissionEnvironment,
): Promise<StatusError | undefined> {
  const [audience = "", ...others] = audiences;
  if (others.length > 0) return refuse(request, "node may only request 0 or 1 audiences");
  if ((pod.spec.volumes ?? []).some((volume) => namesAudience(volume, pod, audience, cluster))) {
    return undefined;
  }
  const { user, namespace, name } = request;
  const { outcome } = await authorizer.authorize({
    type: "resource",
    user,
    verb: AUDIENCE_VERB,
    group: "",
    version: "v1",
    resource: audience,
    subresource: "",
    namespace,
    name,
  });
  return outcome === "allow"
    ? undefined
    : refuse(
        request,
        `audience "${audience}" not found in pod spec volume, ${user.name} is not authorized to request tokens for this audience`,
      );
}

function namesAudience(volume: Volume, pod: Pod, audience: string, cluster: ClusterView): boolean {
  const isProjected = (volume.projected?.sources ?? []).some(
    ({ serviceAccountToken }) =>
      serviceAccountToken !== undefined && (serviceAccountToken.audience ?? "") === audience,
  );
  if (isProjected) return true;
  const name = driverOf(volume, pod, cluster);
  const driver = name === undefined ? undefined : cluster.get("CSIDriver", { name });
  return (driver?.spec.tokenRequests ?? []).some((wanted) => wanted.audience === audience);
}

/** The CSI driver behind a volume, if there is one. */
function driverOf(volume: Volume, { metadata }: Pod, cluster: ClusterView): string | undefined {
  if (volume.csi !== undefined) return volume.csi.driver;
  const claimName =
    volume.ephemeral === undefined
      ? volume.persistentVolumeClaim?.claimName
      : `${metadata.name}-${volume.name}`;
  if (claimName === undefined) return undefined;
  const { namespace = "" } = metadata;
  const claim = cluster.get("PersistentVolumeClaim", { namespace, name: claimName });
  const volumeName = claim?.spec.volumeName ?? "";
  return cluster.get("PersistentVolume", { name: volumeName })?.spec.csi?.driver;
}
