import type { Binding, Pod } from "#api/generated/core-v1.ts";
import { resourceOf } from "#api/resource.ts";
import type { RequestBody, WriteOptions } from "#apimachinery/request.ts";
import { badRequest, conflict, notFound, unclassified } from "#apimachinery/status-error.ts";
import { formatTime } from "#apimachinery/time.ts";
import { objectKey } from "../registry/storage-keys.ts";
import { guardedWrite } from "../storage/guarded-write.ts";
import type { ObjectResponse } from "../storage/responses.ts";
import { admissionRequest, creation } from "../verbs/admission-request.ts";
import { decodeAs } from "../verbs/decode-body.ts";
import { successResponse } from "../verbs/deleted-response.ts";
import { placeInNamespace, wipeSystemMetadata } from "../verbs/metadata.ts";
import type { RequestScope } from "../verbs/request-scope.ts";
import type { WriteEnvironment } from "../verbs/write-environment.ts";
import { bindingProblem, bindPod } from "./bind-pod.ts";
import type { SubresourceHandler } from "./subresource.ts";

const BINDING = { group: "", version: "v1", kind: "Binding" };

/** How a scheduler puts a pod on a node. */
export const bindingSubresource: SubresourceHandler = {
  create: async (environment, scope, body, options = {}) => {
    const binding = decodeBinding(environment, scope, body, options);
    if (binding.metadata.name !== scope.target.name) {
      throw badRequest("name in URL does not match name in Binding object");
    }
    return await assignPod(environment, scope, binding, options);
  },
};

/** The same for requests that name the pod only in the body (`POST …/bindings`). */
export async function createBinding(
  environment: WriteEnvironment,
  scope: RequestScope,
  body: RequestBody,
  options: WriteOptions = {},
): Promise<ObjectResponse> {
  const binding = wipeSystemMetadata(decodeBinding(environment, scope, body, options));
  return await assignPod(environment, scope, binding, options);
}

function decodeBinding(
  environment: WriteEnvironment,
  scope: RequestScope,
  body: RequestBody,
  options: WriteOptions,
): Binding {
  const binding = decodeAs<Binding>(environment, scope, BINDING, body, options);
  return placeInNamespace(binding, scope.served, scope.target.namespace);
}

async function assignPod(
  environment: WriteEnvironment,
  scope: RequestScope,
  wanted: Binding,
  options: WriteOptions,
): Promise<ObjectResponse> {
  const { admission, storage, registry, clock } = environment;
  const created = creation(options);
  const binding = (await admission.mutate(
    admissionRequest(scope, { ...created, object: wanted }),
  )) as Binding;
  const problem = bindingProblem(binding);
  if (problem !== undefined) throw unclassified(problem);
  await admission.validate(admissionRequest(scope, { ...created, object: binding }));
  const pods = registry.get(resourceOf("Pod"));
  const { name } = binding.metadata;
  const key = objectKey(pods, scope.target.namespace, name);
  await guardedWrite(
    storage,
    { key, served: pods },
    (entry) => {
      if (entry === undefined) throw notFound(pods.qualified, name);
      const pod = storage.storedObjectOf(entry) as Pod;
      checkPreconditions(pod, binding, key);
      const bound = bindPod(pod, binding, formatTime(clock.now()));
      if (typeof bound === "string") throw conflict({ group: "", resource: "pods/binding" }, name, bound);
      return created.dryRun ? { type: "keep" } : { type: "put", object: bound };
    },
    scope,
  );
  return successResponse(scope);
}

/** A binding may say which pod, and which state of it, the decision was made for. */
function checkPreconditions({ metadata: pod }: Pod, { metadata: wanted }: Binding, key: string): void {
  const check = (what: string, expected: string | undefined, actual: string): void => {
    if (expected === undefined || expected === "" || expected === actual) return;
    const detail = `Precondition failed: ${what} in precondition: ${expected}, ${what} in object meta: ${actual}`;
    const why = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${detail}`;
    throw conflict({ group: "", resource: "pods" }, pod.name, why);
  };
  check("UID", wanted.uid, pod.uid);
  check("ResourceVersion", wanted.resourceVersion, pod.resourceVersion ?? "");
}
