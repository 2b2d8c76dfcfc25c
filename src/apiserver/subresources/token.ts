import { setTokenRequestDefaults, validateTokenRequest } from "#api/authentication/v1/tokenrequest.ts";
import type { BoundObjectReference, TokenRequest } from "#api/generated/authentication-v1.ts";
import type { Pod } from "#api/generated/core-v1.ts";
import { invalid as invalidField } from "#apimachinery/field-error.ts";
import { quote } from "#apimachinery/go-text.ts";
import { parseApiVersion } from "#apimachinery/meta.ts";
import { badRequest, conflict, internalError, invalid, notFound } from "#apimachinery/status-error.ts";
import { formatTime } from "#apimachinery/time.ts";
import { objectResponse } from "../storage/responses.ts";
import { admitBody } from "../verbs/admit-body.ts";
import { decodeAs } from "../verbs/decode-body.ts";
import type { RequestScope } from "../verbs/request-scope.ts";
import type { WriteEnvironment } from "../verbs/write-environment.ts";
import type { SubresourceHandler } from "./subresource.ts";
import type { BoundIdentity, TokenIssuer, TokenLifetimes } from "./token-issuer.ts";

const TOKEN_REQUEST = { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" };

/** Tokens that the server mounts into pods ask for this; nobody else does, so that they can be told apart. */
const MOUNTED_SECONDS = 3607;
/** Mounted tokens live this long, so that clients which do not reload them keep working (`--service-account-extend-token-expiration`). */
const EXTENDED_SECONDS = 365 * 24 * 60 * 60;

/** Issues a token of a service account, which may be bound to a pod, a secret or a node. */
export function tokenSubresource(issuer: TokenIssuer): SubresourceHandler {
  return {
    create: async (environment, scope, body, options = {}) => {
      const decoded = decodeAs<TokenRequest>(environment, scope, TOKEN_REQUEST, body, options);
      const admitted = await admitBody(environment, scope, decoded, options);
      const requested = setTokenRequestDefaults(admitted);
      const now = environment.clock.now();
      const request = completeRequest(environment, scope, requested, issuer.audiences, now);
      const errors = validateTokenRequest(request);
      if (errors.length > 0) throw invalid(TOKEN_REQUEST, "", errors);
      const identity = findIdentity(environment, scope, request);
      const id = environment.newUid();
      const granted = shorten(request, issuer.lifetimes, scope);
      const token = await issue(issuer, granted, { identity, id, now });
      scope.annotations.add("authentication.kubernetes.io/issued-credential-id", `JTI=${id}`);
      const { expirationSeconds: seconds = 0 } = granted.spec;
      const status = { token, expirationTimestamp: formatTime(now + seconds * 1000) };
      return objectResponse({ ...granted, status } as TokenRequest, 201, scope.warnings.list());
    },
  };
}

/** The request with no more time than there is (kubernetes `pkg/registry/core/serviceaccount/storage/token.go`). */
function shorten(
  request: TokenRequest,
  { maxSeconds }: TokenLifetimes,
  { warnings }: Pick<RequestScope, "warnings">,
): TokenRequest {
  const { expirationSeconds = 0 } = request.spec;
  if (maxSeconds === undefined || expirationSeconds <= maxSeconds) return request;
  warnings.add(
    `requested expiration of ${String(expirationSeconds)} seconds shortened to ${String(maxSeconds)} seconds`,
  );
  return { ...request, spec: { ...request.spec, expirationSeconds: maxSeconds } };
}

/** The request with everything that it leaves to the server. Throws when it is about another account. */
function completeRequest(
  environment: WriteEnvironment,
  scope: RequestScope,
  { metadata, spec, ...typeMeta }: TokenRequest,
  defaultAudiences: readonly string[],
  now: number,
): TokenRequest {
  const { name = "", namespace = "" } = scope.target;
  const mismatch = (field: "name" | "namespace"): Error =>
    invalid(TOKEN_REQUEST, name, [
      invalidField(
        `metadata.${field}`,
        metadata[field],
        `must match the service account ${field} if specified`,
      ),
    ]);
  if ((metadata.name ?? "") !== "" && metadata.name !== name) throw mismatch("name");
  if ((metadata.namespace ?? "") !== "" && metadata.namespace !== namespace) throw mismatch("namespace");
  const account = environment.objects.get("ServiceAccount", { namespace, name });
  if (account === undefined) throw notFound(scope.served.qualified, name);
  const { uid } = account.metadata;
  if ((metadata.uid ?? "") !== "" && metadata.uid !== uid) {
    const why = `the UID in the token request (${metadata.uid}) does not match the UID of the service account (${uid})`;
    throw conflict({ group: TOKEN_REQUEST.group, resource: TOKEN_REQUEST.kind }, name, why);
  }
  return {
    ...typeMeta,
    metadata: { ...metadata, name, namespace, uid, creationTimestamp: formatTime(now) },
    spec: {
      ...spec,
      audiences: spec.audiences.length > 0 ? spec.audiences : defaultAudiences,
    },
  };
}

function findIdentity(
  environment: WriteEnvironment,
  scope: RequestScope,
  request: TokenRequest,
): BoundIdentity {
  const { namespace = "", name, uid } = request.metadata;
  const account: BoundIdentity = { namespace, serviceaccount: { name, uid } };
  const reference = request.spec.boundObjectRef;
  return reference === undefined ? account : bind(environment, account, reference, scope.target.name ?? "");
}

function bind(
  environment: WriteEnvironment,
  account: BoundIdentity,
  reference: BoundObjectReference,
  accountName: string,
): BoundIdentity {
  const { name = "", kind = "", apiVersion = "" } = reference;
  const { group, version } = parseApiVersion(apiVersion);
  if (group === "" && kind === "Pod") return bindToPod(environment, account, reference, accountName);
  if (group === "" && kind === "Node") {
    return { ...account, node: bound(reference, environment.objects.get("Node", { name }), "nodes") };
  }
  if (group === "" && kind === "Secret") {
    const secret = environment.objects.get("Secret", { namespace: account.namespace, name });
    return { ...account, secret: bound(reference, secret, "secrets") };
  }
  throw badRequest(`cannot bind token to object of type ${group}/${version}, Kind=${kind}`);
}

/** A token of a pod names the pod's node as well. */
function bindToPod(
  { objects }: WriteEnvironment,
  account: BoundIdentity,
  reference: BoundObjectReference,
  accountName: string,
): BoundIdentity {
  const found = objects.get("Pod", { namespace: account.namespace, name: reference.name ?? "" });
  if (found !== undefined && found.spec.serviceAccountName !== accountName) {
    throw badRequest(
      `cannot bind token for serviceaccount ${quote(accountName)} to pod running with different serviceaccount name.`,
    );
  }
  const pod = bound(reference, found, "pods");
  const nodeName = (found as Pod).spec.nodeName ?? "";
  if (nodeName === "") return { ...account, pod };
  const node = objects.get("Node", { name: nodeName });
  return { ...account, pod, node: { name: nodeName, ...(node && { uid: node.metadata.uid }) } };
}

function bound(
  { name = "", uid = "", kind = "" }: BoundObjectReference,
  found: { readonly metadata: { readonly uid: string } } | undefined,
  resource: string,
): { readonly name: string; readonly uid: string } {
  if (found === undefined) throw notFound({ group: "", resource }, name);
  if (uid === "" || uid === found.metadata.uid) return { name, uid: found.metadata.uid };
  const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
  throw conflict({ group: "", resource: kind }, name, why);
}

async function issue(
  issuer: TokenIssuer,
  { spec }: TokenRequest,
  { identity, id, now }: { readonly identity: BoundIdentity; readonly id: string; readonly now: number },
): Promise<string> {
  const { audiences, expirationSeconds = 0 } = spec;
  const isExtended =
    issuer.lifetimes.extendsMounted &&
    identity.pod !== undefined &&
    expirationSeconds === MOUNTED_SECONDS &&
    audiences.every((audience) => issuer.audiences.includes(audience));
  const seconds = isExtended ? EXTENDED_SECONDS : expirationSeconds;
  const warnafter = Math.floor(now / 1000) + expirationSeconds;
  try {
    return await issuer.issue(isExtended ? { ...identity, warnafter } : identity, {
      id,
      audiences,
      issuedAt: now,
      expiresAt: now + seconds * 1000,
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw internalError(`failed to generate token: ${why}`, { cause: error });
  }
}
