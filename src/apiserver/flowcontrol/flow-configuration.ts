import type { FlowSchema, PriorityLevelConfiguration } from "#api/generated/flowcontrol-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { Logger } from "#observability/logger.ts";
import type { KindRegistry } from "../registry/kind-registry.ts";
import { followObjects, type ObjectFollower } from "../storage/follow-objects.ts";
import type { ObjectStorage } from "../storage/object-storage.ts";
import type { FlowConfiguration } from "./flow-controller.ts";

export interface FollowedConfigurationDependencies {
  readonly storage: ObjectStorage;
  readonly registry: KindRegistry;
  readonly logger: Logger;
}

/** The FlowSchemas and PriorityLevelConfigurations as they are stored now. */
export class FollowedConfiguration implements AsyncDisposable {
  readonly #schemas = new Map<string, FlowSchema>();
  readonly #levels = new Map<string, PriorityLevelConfiguration>();
  readonly #following = new AsyncDisposableStack();

  /** `onChange` is called for every change, the first ones before this returns. */
  constructor(dependencies: FollowedConfigurationDependencies, onChange: () => void) {
    const levels = followed(this.#levels, onChange);
    const schemas = followed(this.#schemas, onChange);
    this.#following.use(followObjects("PriorityLevelConfiguration", levels, dependencies));
    this.#following.use(followObjects("FlowSchema", schemas, dependencies));
  }

  get current(): FlowConfiguration {
    return { schemas: [...this.#schemas.values()], levels: [...this.#levels.values()] };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#following.disposeAsync();
  }
}

function followed<T extends KubeObject>(objects: Map<string, T>, onChange: () => void): ObjectFollower {
  return {
    put: (object) => {
      // What is stored under a kind's keys is of that kind.
      objects.set(object.metadata.name, object as T);
      onChange();
    },
    remove: ({ metadata }) => {
      objects.delete(metadata.name);
      onChange();
    },
  };
}
