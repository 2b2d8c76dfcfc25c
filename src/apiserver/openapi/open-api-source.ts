import type { BuiltInSchemas } from "#api/schemas.ts";
import type { Clock } from "#base/clock.ts";
import type { KindRegistry } from "../registry/kind-registry.ts";

/** What the documents are made of. */
export interface OpenApiSource {
  readonly registry: KindRegistry;
  readonly schemas: BuiltInSchemas;
  /** Names this build: the types of another one may differ. */
  readonly release: string;
  /** The version of the API: `1.36`. */
  readonly version: string;
  readonly clock: Clock;
}

export const TITLE = "Kubernetes";

/** How clients say who they are. */
export const BEARER_TOKEN = {
  description: "Bearer Token authentication",
  type: "apiKey",
  name: "authorization",
  in: "header",
};
