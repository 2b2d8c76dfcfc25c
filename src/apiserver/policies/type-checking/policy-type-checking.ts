import type {
  ExpressionWarning,
  ValidatingAdmissionPolicy,
} from "#api/generated/admissionregistration-v1.ts";
import { isConflict, isNotFound } from "#apimachinery/status-error.ts";
import { serviceAccountUser } from "#apimachinery/user.ts";
import type { Clock } from "#base/clock.ts";
import type { Client } from "#client/client.ts";
import { createClient } from "#client/create-client.ts";
import { NameQueue } from "../../aggregation/name-queue.ts";
import type { ClusterState } from "../../cluster-state.ts";
import { createInProcessTransport } from "../../in-process-transport.ts";
import type { RequestPipeline } from "../../pipeline.ts";
import { type FollowObjectsDependencies, followObjects } from "../../storage/follow-objects.ts";
import type { CheckedKinds, CheckPolicy, createPolicyCheck } from "./check-policy.ts";
import { kindOfParams, kindsToCheck } from "./kinds-to-check.ts";

const KIND = "ValidatingAdmissionPolicy";

/** The field manager of kube-controller-manager (`names.ValidatingAdmissionPolicyStatusController`), and its account. */
const MANAGER = "validatingadmissionpolicy-status-controller";
const ACCOUNT = serviceAccountUser("kube-system", MANAGER);

const RETRY = { baseMs: 5, maxMs: 60_000 };

export interface PolicyTypeCheckingDependencies extends FollowObjectsDependencies {
  readonly schemas: ClusterState["schemas"];
  readonly pipeline: RequestPipeline;
  readonly clock: Clock;
}

/**
 * Says in the status of policies what does not fit the types of what they are about, whenever a policy changes, and
 * again when one of those types does.
 */
export class PolicyTypeChecking implements AsyncDisposable {
  readonly #dependencies: PolicyTypeCheckingDependencies;
  readonly #client: Pick<Client, "patch">;
  readonly #policies = new Map<string, ValidatingAdmissionPolicy>();
  /** The types that a policy was last checked against. */
  readonly #types = new Map<string, string>();
  readonly #queue: NameQueue;
  readonly #stack = new AsyncDisposableStack();
  #check: CheckPolicy | undefined;

  constructor(dependencies: PolicyTypeCheckingDependencies) {
    const { registry, pipeline } = dependencies;
    this.#dependencies = dependencies;
    const userAgent = "kube-controller-manager";
    this.#client = createClient(createInProcessTransport(pipeline, ACCOUNT, { userAgent }));
    const work = async (name: string): Promise<undefined> => await this.#reconcile(name);
    this.#queue = this.#stack.use(
      new NameQueue({ name: "check types of policies", workers: 1, retry: RETRY }, { ...dependencies, work }),
    );
    this.#stack.use(
      followObjects(
        KIND,
        {
          // What is followed is of this kind.
          put: (object) => this.#put(object as ValidatingAdmissionPolicy),
          remove: ({ metadata: { name } }) => this.#forget(name),
        },
        dependencies,
      ),
    );
    this.#stack.use(registry.onChange(() => this.#policies.forEach((_, name) => this.#queue.add(name))));
    this.#queue.start();
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#stack[Symbol.asyncDispose]();
  }

  #put(policy: ValidatingAdmissionPolicy): void {
    this.#policies.set(policy.metadata.name, policy);
    this.#queue.add(policy.metadata.name);
  }

  #forget(name: string): void {
    this.#policies.delete(name);
    this.#types.delete(name);
  }

  async #reconcile(name: string): Promise<undefined> {
    const policy = this.#policies.get(name);
    if (policy === undefined) return;
    const kinds = this.#kindsOf(policy);
    const types = describeTypes(kinds);
    const hasSeen = (policy.status?.observedGeneration ?? 0) >= (policy.metadata.generation ?? 0);
    const known = this.#types.get(name) ?? types;
    if (!hasSeen || known !== types)
      await this.#writeStatus(policy, await this.#checker()(policy.spec, kinds));
    this.#types.set(name, types);
  }

  #kindsOf({ spec }: ValidatingAdmissionPolicy): CheckedKinds {
    const { registry } = this.#dependencies;
    const { paramKind } = spec;
    return { objects: kindsToCheck(spec, registry), params: paramKind && kindOfParams(paramKind, registry) };
  }

  /** A policy that has changed meanwhile is in the queue again. */
  async #writeStatus(
    { apiVersion, kind, metadata: { name, generation } }: ValidatingAdmissionPolicy,
    warnings: readonly ExpressionWarning[],
  ): Promise<void> {
    const typeChecking = warnings.length === 0 ? {} : { expressionWarnings: warnings };
    const status = { observedGeneration: generation, typeChecking };
    const document = { apiVersion, kind, metadata: { name }, status };
    try {
      await this.#client.patch(
        KIND,
        { name },
        { type: "apply", document, subresource: "status" },
        { fieldManager: MANAGER, force: true },
      );
    } catch (error) {
      if (!isConflict(error) && !isNotFound(error)) throw error;
    }
  }

  /** Loaded with the first policy: a server without any needs none of it. */
  #checker(): CheckPolicy {
    // The runtime loads modules with `require` at once, and bundles them as it does imported ones.
    this.#check ??= (
      require("./check-policy.ts") as { readonly createPolicyCheck: typeof createPolicyCheck }
    ).createPolicyCheck(this.#dependencies.schemas);
    return this.#check;
  }
}

/** Which types they are, in which shape. */
function describeTypes({ objects, params }: CheckedKinds): string {
  return JSON.stringify(
    [...objects, params].map((each) => each && [each.apiVersion, each.resource.kind, each.schemaVersion]),
  );
}
