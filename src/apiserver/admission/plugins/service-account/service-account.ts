import type { Pod, ServiceAccount } from "#api/generated/core-v1.ts";
import { parseGoBoolean } from "#apimachinery/go-boolean.ts";
import type { StatusError } from "#apimachinery/status-error.ts";
import {
  type AdmissionEnvironment,
  type AdmissionRequest,
  defineAdmissionPlugin,
} from "../../admission-plugin.ts";
import { refuse } from "../../refuse.ts";
import { refuseMirrorReferences } from "./mirror-pod.ts";
import { mountToken } from "./mount-token.ts";
import { findUnmountableSecret } from "./mountable-secrets.ts";

const DEFAULT_NAME = "default";
const MIRROR_ANNOTATION = "kubernetes.io/config.mirror";

/** The account `default` of a new namespace is made by a controller, which may need a moment. */
const DEFAULT_ATTEMPTS = 10;
const RETRY_MIN_MS = 100;
const RETRY_SPREAD_MS = 100;

/** Gives pods the account that they run as, its token and its pull secrets. */
export const serviceAccountPlugin = defineAdmissionPlugin({
  name: "ServiceAccount",
  operations: ["CREATE", "UPDATE"],
  resources: ["pods", "pods/ephemeralcontainers"],
  mutate: async (request, environment) =>
    request.operation === "CREATE" && request.subresource === ""
      ? await completePod(request, environment)
      : undefined,
  validate: async (request, environment) =>
    request.subresource === "ephemeralcontainers" || request.operation === "CREATE"
      ? await checkSecrets(request, environment)
      : undefined,
});

async function completePod(
  request: AdmissionRequest,
  environment: AdmissionEnvironment,
): Promise<Pod | StatusError | undefined> {
  const pod = request.object as Pod;
  if (isMirror(pod)) return refuseMirrorReferences(pod, request);
  const name = pod.spec.serviceAccountName ?? "";
  const serviceAccountName = name === "" ? DEFAULT_NAME : name;
  const account = await findAccount(serviceAccountName, request, environment);
  if (account === undefined) return accountNotFound(serviceAccountName, request);
  const owned: Pod = {
    ...pod,
    spec: { ...pod.spec, serviceAccountName, serviceAccount: serviceAccountName },
  };
  const isMounted = pod.spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true;
  return addPullSecrets(isMounted ? mountToken(owned, environment.random) : owned, account);
}

function addPullSecrets(pod: Pod, { imagePullSecrets = [] }: ServiceAccount): Pod {
  if ((pod.spec.imagePullSecrets ?? []).length > 0 || imagePullSecrets.length === 0) return pod;
  return { ...pod, spec: { ...pod.spec, imagePullSecrets } };
}

/** Only accounts that say so restrict the secrets of their pods, which is deprecated upstream. */
async function checkSecrets(
  request: AdmissionRequest,
  environment: AdmissionEnvironment,
): Promise<StatusError | undefined> {
  const pod = request.object as Pod;
  if (isMirror(pod)) return undefined;
  const name = pod.spec.serviceAccountName ?? "";
  if (name === "") {
    return refuse(request, `no service account specified for pod ${request.namespace}/${pod.metadata.name}`);
  }
  const account = await findAccount(name, request, environment);
  if (account === undefined) return accountNotFound(name, request);
  if (!isRestricting(account)) return undefined;
  const problem = findUnmountableSecret(pod, account, request.subresource);
  return problem === undefined ? undefined : refuse(request, problem);
}

function isRestricting({ metadata }: ServiceAccount): boolean {
  return parseGoBoolean(metadata.annotations?.["kubernetes.io/enforce-mountable-secrets"] ?? "") === true;
}

async function findAccount(
  name: string,
  { namespace, signal }: AdmissionRequest,
  { cluster, random, clock }: AdmissionEnvironment,
): Promise<ServiceAccount | undefined> {
  const attempts = name === DEFAULT_NAME ? DEFAULT_ATTEMPTS : 1;
  for (let attempt = 1; ; attempt += 1) {
    const account = cluster.get("ServiceAccount", { namespace, name });
    if (account !== undefined || attempt === attempts) return account;
    await clock.sleep(RETRY_MIN_MS + random() * RETRY_SPREAD_MS, signal);
  }
}

function accountNotFound(name: string, request: AdmissionRequest): StatusError {
  const account = `${request.namespace}/${name}`;
  return refuse(request, `error looking up service account ${account}: serviceaccount "${name}" not found`);
}

function isMirror({ metadata }: Pod): boolean {
  return metadata.annotations?.[MIRROR_ANNOTATION] !== undefined;
}
