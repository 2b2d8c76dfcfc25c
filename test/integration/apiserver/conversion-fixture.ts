/** A resource in several versions whose fields have other names in one of them, and the webhook that converts it. */
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
  JSONSchemaProps,
} from "#api/generated/apiextensions-v1.ts";
import type { Resource } from "#api/resource.ts";
import type { JsonObject } from "#apimachinery/json-value.ts";
import type { KubeObject, NewObject } from "#apimachinery/meta.ts";
import type { TestServer } from "./server.ts";

export const GROUP = "stable.example.com";
export const WEBHOOK = "https://converter.example.com/convert";

export type Loose = KubeObject & { readonly [field: string]: unknown };

const NUMBERS: JSONSchemaProps = {
  type: "object",
  properties: { num1: { type: "integer" }, num2: { type: "integer" } },
};
const CONTENT: JSONSchemaProps = { type: "object", properties: { key: { type: "string" } } };

function aVersion(
  name: string,
  fields: Readonly<Record<string, JSONSchemaProps>>,
): CustomResourceDefinitionVersion {
  const text: JSONSchemaProps = { type: "string" };
  const defaults = { v1alpha1: text, v1beta1: text, v1beta2: text, [name]: { ...text, default: name } };
  const properties = {
    ...fields,
    defaults: { type: "object", properties: defaults },
    spec: { type: "object", properties: { replicas: { type: "integer" } } },
    status: { type: "object", properties: { replicas: { type: "integer" } } },
  };
  return {
    name,
    served: true,
    storage: false,
    subresources: {
      status: {},
      scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" },
    },
    schema: { openAPIV3Schema: { type: "object", properties } },
  };
}

const VERSIONS = [
  aVersion("v1beta1", { num: NUMBERS, content: CONTENT }),
  aVersion("v1alpha1", { num: NUMBERS, content: CONTENT }),
  aVersion("v1beta2", { numv2: NUMBERS, contentv2: CONTENT }),
];

export interface DefinitionOptions {
  readonly stored?: string;
  readonly unserved?: readonly string[];
  readonly reviewVersions?: readonly string[];
}

export function aConvertedDefinition({
  stored = "v1beta1",
  unserved = [],
  reviewVersions = ["v1", "v1beta1"],
}: DefinitionOptions = {}): NewObject<CustomResourceDefinition> {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `multiversions.${GROUP}` },
    spec: {
      group: GROUP,
      scope: "Namespaced",
      names: { plural: "multiversions", kind: "MultiVersion" },
      versions: VERSIONS.map((version) => ({
        ...version,
        storage: version.name === stored,
        served: !unserved.includes(version.name),
      })),
      conversion: {
        strategy: "Webhook",
        webhook: { clientConfig: { url: WEBHOOK }, conversionReviewVersions: reviewVersions },
      },
    },
  };
}

export function multiVersions(version: string): Resource {
  return {
    group: GROUP,
    version,
    kind: "MultiVersion",
    name: "multiversions",
    singular: "multiversion",
    namespaced: true,
    verbs: [],
    shortNames: [],
    categories: [],
    subresources: [],
  };
}

/** An object as a client of that version writes it. */
export function aMultiVersion(name: string, version: string): Loose {
  const [num, content] = version === "v1beta2" ? ["numv2", "contentv2"] : ["num", "content"];
  return {
    apiVersion: `${GROUP}/${version}`,
    kind: "MultiVersion",
    metadata: { name, namespace: "default", uid: "" },
    [num]: { num1: 1, num2: 1000000 },
    [content]: { key: "value" },
    defaults: {},
    spec: { replicas: 1 },
  };
}

export interface Review {
  readonly apiVersion: string;
  readonly kind: string;
  readonly request: {
    readonly uid: string;
    readonly desiredAPIVersion: string;
    readonly objects: readonly Loose[];
  };
}

/** The review with its answer, which is what most webhooks give back. */
export function answer(review: Review, convertedObjects: readonly unknown[]): object {
  const { uid } = review.request;
  return { ...review, response: { uid, convertedObjects, result: { status: "Success" } } };
}

export function convertAll(review: Review): object {
  const { objects, desiredAPIVersion } = review.request;
  return answer(
    review,
    objects.map((object) => convert(object, desiredAPIVersion)),
  );
}

export function convert(object: Loose, apiVersion: string): Loose {
  const { num, numv2, content, contentv2, ...others } = object;
  const [numbers, text] = [num ?? numv2, content ?? contentv2];
  const fields: JsonObject = apiVersion.endsWith("v1beta2")
    ? { numv2: numbers, contentv2: text }
    : { num: numbers, content: text };
  return { ...others, apiVersion, ...fields } as Loose;
}

/** Waits for what the server does behind a request. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 40; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

export async function install(server: TestServer, options: DefinitionOptions = {}): Promise<void> {
  await server.client.create("CustomResourceDefinition", aConvertedDefinition(options));
  await settled();
}

/** Replaces the versions of the definition by those of these options. */
export async function reinstall(server: TestServer, options: DefinitionOptions): Promise<void> {
  const name = `multiversions.${GROUP}`;
  const present = await server.client.get("CustomResourceDefinition", { name });
  const { spec } = aConvertedDefinition(options);
  await server.client.update("CustomResourceDefinition", { ...present, spec });
  await settled();
}
