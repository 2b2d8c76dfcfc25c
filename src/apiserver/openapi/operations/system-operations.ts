/** The operations of what is no resource: discovery, the version, the keys of service accounts. */
import type { Resource } from "#api/resource.ts";
import { formatApiVersion } from "#apimachinery/meta.ts";
import { JSON_TYPE, STANDARD_TYPES } from "../../front/output-format.ts";
import { META } from "../schemas/schema-document.ts";
import { OBJECT_TYPES } from "./media-types.ts";
import { answers, type Operation, TEXT } from "./operation.ts";

type Read = Pick<Operation, "path" | "name" | "description" | "produces"> & { readonly type: string };

const VERSIONS = "get available API versions";

const ROOTS: readonly Operation[] = [
  discovery({ path: "/api/", name: "getAPIVersions", description: VERSIONS, type: "APIVersions" }),
  discovery({ path: "/apis/", name: "getAPIVersions", description: VERSIONS, type: "APIGroupList" }),
  {
    ...read({
      path: "/version/",
      name: "getCodeVersion",
      description: "get the version information for this server",
      produces: [JSON_TYPE],
      type: "io.k8s.apimachinery.pkg.version.Info",
    }),
    consumes: [JSON_TYPE],
  },
  read({
    path: "/.well-known/openid-configuration/",
    name: "getServiceAccountIssuerOpenIDConfiguration",
    description: "get service account issuer OpenID configuration, also known as the 'OIDC discovery doc'",
    produces: [JSON_TYPE],
    type: TEXT,
  }),
  read({
    path: "/openid/v1/jwks/",
    name: "getServiceAccountIssuerOpenIDKeyset",
    description:
      "get service account issuer OpenID JSON Web Key Set (contains public token verification keys)",
    produces: ["application/jwk-set+json"],
    type: TEXT,
  }),
];

/** For the groups and versions of built-in resources; those of other ones are not described. */
export function systemOperations(resources: readonly Resource[]): readonly Operation[] {
  const groups = new Set(resources.map(({ group }) => group).filter((group) => group !== ""));
  const versions = new Map(resources.map((resource) => [formatApiVersion(resource), resource]));
  return [
    ...ROOTS,
    ...[...groups].map((group) =>
      discovery({
        path: `/apis/${group}/`,
        name: "getAPIGroup",
        description: "get information of a group",
        type: "APIGroup",
      }),
    ),
    ...[...versions].map(([apiVersion, { group }]) => ({
      ...discovery({
        path: `/${group === "" ? "api" : "apis"}/${apiVersion}/`,
        name: "getAPIResources",
        description: "get available resources",
        type: "APIResourceList",
      }),
      consumes: OBJECT_TYPES,
      produces: OBJECT_TYPES,
    })),
  ];
}

function discovery({ type, ...rest }: Omit<Read, "produces">): Operation {
  const operation = read({ ...rest, produces: STANDARD_TYPES, type: `${META}.${type}` });
  return { ...operation, consumes: STANDARD_TYPES };
}

function read({ type, ...rest }: Read): Operation {
  return { ...rest, method: "get", parameters: [], consumes: [], answers: answers(type) };
}
