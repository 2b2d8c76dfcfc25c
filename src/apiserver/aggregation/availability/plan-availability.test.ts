import { describe, expect, test } from "bun:test";
import type { APIService, APIServiceSpec } from "#api/generated/apiregistration-v1.ts";
import { clusterMetadataOf } from "#testing/metadata.ts";
import { anEndpoint, anEndpointSlice, aService } from "#testing/service-objects.ts";
import { planAvailability, type ServiceView } from "./plan-availability.ts";

const service = { namespace: "default", name: "web", port: 443 };
const ports = [{ name: "https", port: 443 }];
const web = aService("web", "10.43.0.1", { type: "ClusterIP", ports });
const slice = (facts = {}, endpoints = [anEndpoint("10.42.0.1")]) =>
  anEndpointSlice("web", endpoints, { ports: [{ name: "https", port: 8443 }], ...facts });

function anAPIService(spec: Partial<APIServiceSpec>): APIService {
  return {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: clusterMetadataOf("v1.example.com"),
    spec: { group: "example.com", version: "v1", groupPriorityMinimum: 1000, versionPriority: 15, ...spec },
  };
}

describe("planAvailability", () => {
  const cases: readonly {
    readonly name: string;
    readonly spec?: Partial<APIServiceSpec>;
    readonly view?: Partial<ServiceView>;
    readonly is: string;
  }[] = [
    { name: "the server itself", spec: {}, is: "True Local: Local APIServices are always available" },
    { name: "no Service", is: 'False ServiceNotFound: service/web in "default" is not present' },
    {
      name: "another port",
      spec: { service: { ...service, port: 8443 } },
      view: { service: web },
      is: 'False ServicePortError: service/web in "default" is not listening on port 8443',
    },
    {
      name: "no slices",
      view: { service: web },
      is: 'False EndpointsNotFound: cannot find endpointslices for service/web in "default"',
    },
    {
      name: "a slice without endpoints",
      view: { service: web, slices: [slice({}, [])] },
      is: 'False MissingEndpoints: endpointslices for service/web in "default" have no addresses with port name "https"',
    },
    {
      name: "endpoints that are not ready",
      view: { service: web, slices: [slice({}, [anEndpoint("10.42.0.1", { ready: false })])] },
      is: 'False MissingEndpoints: endpointslices for service/web in "default" have no addresses with port name "https"',
    },
    {
      name: "endpoints of another port",
      view: { service: web, slices: [slice({ ports: [{ name: "other", port: 8443 }] })] },
      is: 'False MissingEndpoints: endpointslices for service/web in "default" have no addresses with port name "https"',
    },
    { name: "an endpoint", view: { service: web, slices: [slice()] }, is: "to be asked" },
    {
      name: "another type of Service",
      view: { service: aService("web", "", { type: "ExternalName", externalName: "example.com" }) },
      is: "to be asked",
    },
  ];

  test.each(cases)("$name: $is", ({ spec = { service }, view, is }) => {
    const planned = planAvailability(anAPIService(spec), { service: undefined, slices: [], ...view });
    expect(
      planned === undefined ? "to be asked" : `${planned.status} ${planned.reason}: ${planned.message}`,
    ).toBe(is);
  });
});
