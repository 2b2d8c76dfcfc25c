import type { Service } from "#api/generated/core-v1.ts";
import type { Resource } from "#api/resource.ts";
import { formatApiVersion, type NewObject } from "#apimachinery/meta.ts";
import { objectKey } from "#apiserver/registry/storage-keys.ts";
import { kindFixtures } from "#testing/kind-fixtures.ts";
import type { TestServer } from "./server.ts";

/** A valid object of a kind that is not there, whatever keeps it, and where it would be. */
export async function absentObject(server: TestServer, resource: Resource) {
  const valid = kindFixtures[`${formatApiVersion(resource)}/${resource.kind}`]?.valid;
  if (valid === undefined) throw new TypeError(`${resource.kind} has no fixture`);
  const { uid: _uid, ...metadata } = valid.metadata;
  const { namespace, name } = metadata;
  const place = { kind: resource, ...(namespace !== undefined && { namespace }) };
  const key = objectKey(server.state.registry.get(resource), namespace, name);
  for (let present = server.store.get(key); present !== undefined; present = server.store.get(key)) {
    // The server reports on definitions at the same time.
    await server.store.delete(key, present.revision).catch(() => undefined);
  }
  return { place, one: { ...place, name }, object: withoutAddresses({ ...valid, metadata }) };
}

/** A Service with an address that the cluster may have given to another. */
function withoutAddresses(object: NewObject): unknown {
  if (object.kind !== "Service") return object;
  const { clusterIP: _first, clusterIPs: _all, ...spec } = (object as NewObject<Service>).spec;
  return { ...object, spec };
}
