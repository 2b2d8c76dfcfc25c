import type { Service, ServiceSpec } from "#api/generated/core-v1.ts";
import { StatusError } from "#apimachinery/status-error.ts";
import { startServer, type TestServer } from "./server.ts";

type Spec = Partial<ServiceSpec>;

/**
 * What becomes of a Service in a new dual-stack cluster, or the message of the refusal. It replaces the one that is
 * `before` it.
 */
export async function writeService(spec: Spec, before?: Spec): Promise<Service | string> {
  await using server = await startServer({ serviceCIDR: "10.96.0.0/16,fd00::/112", bootstrapped: false });
  await server.client.create("Namespace", {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "default" },
    spec: {},
  });
  if (before === undefined) return await messageOr(server.client.create("Service", aService(spec)));
  await server.client.create("Service", aService(before));
  return await messageOr(replace(server, aService(spec)));
}

async function replace(server: TestServer, object: ReturnType<typeof aService>): Promise<Service> {
  const place = { kind: "Service", namespace: "default", name: "web" } as const;
  const response = await server.sendForObject(place, { verb: "update", object });
  return response.object as Service;
}

async function messageOr<T>(request: Promise<T>): Promise<T | string> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof StatusError) return error.message;
    throw error;
  }
}

function aService(spec: Spec) {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "default" },
    spec: { ports: [{ port: 80 }], selector: { app: "web" }, ...spec },
  } as const;
}
