import { SERVICE_NAME, type ServiceReference } from "../../backends/service-backends.ts";
import {
  type FollowObjectsDependencies,
  followObjects,
  type ObjectFollower,
} from "../../storage/follow-objects.ts";
import type { ApiServices } from "../api-services.ts";

export interface FollowServicesDependencies extends FollowObjectsDependencies {
  readonly services: ApiServices;
}

/**
 * Calls `onChange` with the name of every APIService whose Service or endpoints change. Nothing is followed as long as
 * no APIService has a Service. Disposing ends it.
 */
export function followServices(
  onChange: (apiServiceName: string) => void,
  dependencies: FollowServicesDependencies,
): AsyncDisposable {
  const { services } = dependencies;
  const stack = new AsyncDisposableStack();
  let isFollowing = false;
  const tell = (namespace = "", name = ""): void => {
    for (const { metadata, spec } of services.list()) {
      if (refersTo(spec.service, { namespace, name })) onChange(metadata.name);
    }
  };
  const start = (): void => {
    if (isFollowing || !services.list().some(({ spec }) => spec.service !== undefined)) return;
    isFollowing = true;
    const ofService = follower(({ metadata }) => tell(metadata.namespace, metadata.name));
    const ofSlice = follower(({ metadata }) => tell(metadata.namespace, metadata.labels?.[SERVICE_NAME]));
    stack.use(followObjects("Service", ofService, dependencies));
    stack.use(followObjects("EndpointSlice", ofSlice, dependencies));
  };
  stack.use(services.onChange(start));
  start();
  return stack;
}

function follower(onObject: ObjectFollower["put"]): ObjectFollower {
  return { put: onObject, remove: onObject };
}

function refersTo(
  service: Partial<ServiceReference> | undefined,
  { namespace, name }: Omit<ServiceReference, "port">,
): boolean {
  return service !== undefined && service.namespace === namespace && service.name === name;
}
