import type { ComponentStatus } from "#api/generated/core-v1.ts";
import type { ListOptions } from "#apimachinery/request.ts";
import { unclassified } from "#apimachinery/status-error.ts";
import type { HealthCheck } from "#observability/health.ts";
import {
  type ListResponse,
  listResponse,
  type ObjectResponse,
  objectResponse,
} from "../storage/responses.ts";
import type { RequestScope } from "../verbs/request-scope.ts";
import { compileSelection } from "../verbs/selection.ts";

/** A part of the control plane under the name that it has in every cluster. */
export interface Component {
  readonly name: string;
  readonly check: HealthCheck;
}

/** Asks the parts of the control plane how they are, for each request anew. Nothing of it is stored. */
export class ComponentStatuses {
  readonly #components: readonly Component[];

  constructor(components: readonly Component[]) {
    this.#components = components;
  }

  async get({ target, warnings }: RequestScope): Promise<ObjectResponse> {
    const component = this.#components.find(({ name }) => name === target.name);
    // Upstream has no better words for it, nor another status.
    if (component === undefined) throw unclassified(`Component not found: ${target.name ?? ""}`);
    return objectResponse(await statusOf(component), 200, warnings.list());
  }

  async list({ served, warnings }: RequestScope, options: ListOptions = {}): Promise<ListResponse> {
    const { matches = () => true } = compileSelection(served, options);
    const statuses = await Promise.all(this.#components.map(statusOf));
    const list = {
      kind: "ComponentStatusList",
      apiVersion: "v1",
      metadata: {},
      items: statuses.filter(matches),
    };
    return listResponse(list, warnings.list());
  }
}

async function statusOf({ name, check }: Component): Promise<ComponentStatus> {
  const health = await healthOf(check);
  // It has no more metadata than its name.
  const status = { apiVersion: "v1", kind: "ComponentStatus", metadata: { name }, conditions: [health] };
  return status as unknown as ComponentStatus;
}

async function healthOf(check: HealthCheck) {
  try {
    await check();
    return { type: "Healthy", status: "True", message: "ok" };
  } catch (error) {
    return {
      type: "Healthy",
      status: "False",
      message: error instanceof Error ? error.message : String(error),
    };
  }
}
