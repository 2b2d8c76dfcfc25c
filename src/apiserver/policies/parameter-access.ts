/** Who writes a policy, or binds it, may read its parameters (kube-apiserver `registry/admissionregistration`, `authz.go`). */
import type {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  ParamKind,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from "#api/generated/admissionregistration-v1.ts";
import { forbidden } from "#apimachinery/field-error.ts";
import { goString } from "#apimachinery/go-text.ts";
import { equalJson } from "#apimachinery/json-value.ts";
import { parseApiVersion } from "#apimachinery/meta.ts";
import { invalid } from "#apimachinery/status-error.ts";
import { PRIVILEGED_GROUP, type UserInfo } from "#apimachinery/user.ts";
import type { Authorizer, ResourceAttributes } from "../authorization/authorizer.ts";
import type { KindRegistry } from "../registry/kind-registry.ts";
import type { ClusterObjects } from "../storage/cluster-objects.ts";
import type { WriteHooks } from "../verbs/write-hooks.ts";

export interface ParameterAccessDependencies {
  readonly authorizer: Pick<Authorizer, "authorize">;
  readonly registry: KindRegistry;
  readonly objects: ClusterObjects;
}

type Write = Parameters<NonNullable<WriteHooks["authorize"]>>[0];
type Policy = ValidatingAdmissionPolicy | MutatingAdmissionPolicy;
type Binding = ValidatingAdmissionPolicyBinding | MutatingAdmissionPolicyBinding;
type PolicyKind = Policy["kind"];
type Place = Pick<ResourceAttributes, "group" | "version" | "resource">;

const GROUP = "admissionregistration.k8s.io";

/** By kind of policy, the resources of policies and bindings. */
const RESOURCES = [
  ["ValidatingAdmissionPolicy", "validatingadmissionpolicies", "validatingadmissionpolicybindings"],
  ["MutatingAdmissionPolicy", "mutatingadmissionpolicies", "mutatingadmissionpolicybindings"],
] as const;

/** What those need who cannot tell which resource it is. */
const EVERYTHING: Place = { group: "*", version: "*", resource: "*" };

export function withParameterAccess(
  hooks: ReadonlyMap<string, WriteHooks>,
  dependencies: ParameterAccessDependencies,
): ReadonlyMap<string, WriteHooks> {
  const added = RESOURCES.flatMap(([kind, policies, bindings]) => [
    [`${policies}.${GROUP}`, (write: Write) => authorizePolicy(write, dependencies)] as const,
    [`${bindings}.${GROUP}`, (write: Write) => authorizeBinding(write, kind, dependencies)] as const,
  ]);
  return new Map([
    ...hooks,
    ...added.map(([resource, authorize]) => [resource, { ...hooks.get(resource), authorize }] as const),
  ]);
}

async function authorizePolicy(write: Write, dependencies: ParameterAccessDependencies): Promise<void> {
  const { user, next, previous } = write;
  const { paramKind } = (next as Policy).spec;
  const isKept = equalJson((previous as Policy | undefined)?.spec.paramKind ?? null, paramKind ?? null);
  if (paramKind === undefined || isKept || isPrivileged(user)) return;
  const { place } = resolve(paramKind, dependencies.registry);
  const attributes = { ...place, verb: "get", namespace: "*", name: "*" };
  if (await isAllowed(user, attributes, dependencies)) return;
  const { kind = "", apiVersion = "" } = paramKind;
  const what = `on all objects of the referenced paramKind (kind=${kind}, apiVersion=${apiVersion})`;
  throw refusal(write, "spec.paramKind", `user ${describeUser(user)} must have "get" permission ${what}`);
}

async function authorizeBinding(
  write: Write,
  kind: PolicyKind,
  dependencies: ParameterAccessDependencies,
): Promise<void> {
  const { user } = write;
  const { paramRef, policyName = "" } = (write.next as Binding).spec;
  if (paramRef === undefined || isPrivileged(user)) return;
  const policy = dependencies.objects.get(kind, { name: policyName });
  const paramKind = policy?.spec.paramKind;
  const { place, problem } = paramKind
    ? resolve(paramKind, dependencies.registry)
    : { place: EVERYTHING, problem: policy === undefined ? `get policy ${policyName}` : undefined };
  const { name = "", namespace = "" } = paramRef;
  const verb = name === "" ? "list" : "get";
  if (await isAllowed(user, { ...place, verb, namespace, name }, dependencies)) return;
  const lacking = `user ${describeUser(user)} does not have "${verb}" permission`;
  throw refusal(
    write,
    "spec.paramRef",
    problem === undefined
      ? `${lacking} on the object referenced by paramRef`
      : `unable to ${problem} to determine minimum required permissions and ${lacking} for all groups, versions and resources`,
  );
}

function isPrivileged({ groups }: UserInfo): boolean {
  return groups.includes(PRIVILEGED_GROUP);
}

/** Where objects of a kind are, as far as it is known, and what could not be done to find that out. */
function resolve(
  { apiVersion = "", kind = "" }: ParamKind,
  registry: KindRegistry,
): { readonly place: Place; readonly problem?: string } {
  const printed = `paramKind &{${apiVersion} ${kind}}`;
  if (apiVersion.split("/").length > 2) return { place: EVERYTHING, problem: `parse ${printed}` };
  const named = parseApiVersion(apiVersion);
  const served = registry.findKind({ ...named, kind });
  return served === undefined
    ? { place: { ...named, resource: "*" }, problem: `resolve ${printed}` }
    : { place: { ...named, resource: served.resource.name } };
}

async function isAllowed(
  user: UserInfo,
  attributes: Omit<ResourceAttributes, "type" | "user" | "subresource">,
  { authorizer }: ParameterAccessDependencies,
): Promise<boolean> {
  const { outcome } = await authorizer.authorize({ ...attributes, type: "resource", user, subresource: "" });
  return outcome === "allow";
}

/** A user as Go prints it. */
function describeUser({ name, uid = "", groups, extra = {} }: UserInfo): string {
  return `&{${name} ${uid} ${goString(groups)} ${goString(extra)}}`;
}

function refusal({ next, target: { group } }: Write, path: string, why: string) {
  return invalid({ group, kind: next.kind }, next.metadata.name, [forbidden(path, why)]);
}
