const GROUP = "wardle.example.com";
const NAME = "com.example.wardle.v1alpha1.Flunder";
const META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
const FLUNDERS = `/apis/${GROUP}/v1alpha1/namespaces/{namespace}/flunders`;
const KIND = { group: GROUP, version: "v1alpha1", kind: "Flunder" };

function flunder(prefix: string) {
  return {
    description: "Flunder is a thing of the extension server.",
    type: "object",
    properties: {
      apiVersion: { type: "string", description: "APIVersion of the flunder." },
      kind: { type: "string", description: "Kind of the flunder." },
      metadata: { $ref: `${prefix}${META}`, description: "Metadata of the flunder." },
      spec: {
        type: "object",
        description: "Spec says what it should be.",
        properties: { reference: { type: "string", description: "Reference names another flunder." } },
      },
    },
    "x-kubernetes-group-version-kind": [KIND],
  };
}

/** What another definition of a name that this server has, too, looks like. */
const objectMeta = {
  description: "ObjectMeta of the extension.",
  type: "object",
  properties: { name: { type: "string" }, namespace: { type: "string" } },
};

/** What the extension server shares under a name that this server has, too. */
const LIMIT = "limit-1NfNmdNH";

function operations(schema: unknown) {
  return {
    get: {
      operationId: "listFlunders",
      "x-kubernetes-action": "list",
      "x-kubernetes-group-version-kind": KIND,
      responses: { "200": schema },
    },
  };
}

export const openApiV2 = {
  swagger: "2.0",
  info: { title: "extension", version: "v0" },
  paths: {
    [`/apis/${GROUP}/`]: { get: { operationId: "getGroup", responses: { "200": { description: "OK" } } } },
    [FLUNDERS]: {
      ...operations({ description: "OK", schema: { $ref: `#/definitions/${NAME}` } }),
      parameters: [{ $ref: `#/parameters/${LIMIT}` }],
    },
  },
  parameters: { [LIMIT]: { name: "limit", in: "query", type: "integer", description: "How many." } },
  definitions: { [NAME]: flunder("#/definitions/"), [META]: objectMeta },
};

export const openApiV3Index = {
  paths: {
    [`apis/${GROUP}/v1alpha1`]: { serverRelativeURL: `/openapi/v3/apis/${GROUP}/v1alpha1?hash=F1` },
    "apis/metrics.k8s.io/v1beta1": { serverRelativeURL: "/openapi/v3/apis/metrics.k8s.io/v1beta1?hash=M1" },
  },
};

export function openApiV3(group: string): unknown {
  const prefix = "#/components/schemas/";
  const schemas = group === GROUP ? { [NAME]: flunder(prefix), [META]: objectMeta } : {};
  const content = { "application/json": { schema: { $ref: `${prefix}${NAME}` } } };
  const paths = group === GROUP ? { [FLUNDERS]: operations({ description: "OK", content }) } : {};
  return { openapi: "3.0.0", info: { title: "extension", version: "v0" }, paths, components: { schemas } };
}
