import type { UserInfo } from "#apimachinery/user.ts";
import { AuditAnnotations } from "../audit-annotations.ts";
import { deleteCollection } from "../verbs/deletecollection.ts";
import type { WriteEnvironment } from "../verbs/write-environment.ts";
import { Warnings } from "../warnings.ts";
import type { InstanceCleanupDependencies } from "./instance-cleanup.ts";

/** Deletes the instances of a definition as upstream does: directly, without asking for admission. */
export function instanceDeleter(
  environment: WriteEnvironment,
  user: UserInfo,
): InstanceCleanupDependencies["deleteAll"] {
  const admission = environment.admission.withPlugins([]);
  return async (served, namespace, signal) => {
    const { group, version, name: resource } = served.resource;
    const target = { group, version, resource, ...(namespace !== "" && { namespace }) };
    const context = { user, userAgent: "kube-apiserver", sourceIP: "", requestId: "", signal };
    const notes = { warnings: new Warnings(), annotations: new AuditAnnotations(), undo: [] };
    const scope = { context, target, served, ...notes };
    await deleteCollection({ ...environment, admission }, scope, {});
  };
}
