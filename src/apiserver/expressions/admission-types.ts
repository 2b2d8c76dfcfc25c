/** What expressions can know of a request (k8s.io/apiserver pkg/admission/plugin/cel/compile.go). */
import type { TypeProvider } from "../cel/checker/declarations.ts";
import {
  BOOL,
  type CelType,
  DYN,
  INT,
  listType,
  mapType,
  objectType,
  STRING,
  TIMESTAMP,
} from "../cel/types/type.ts";

type Fields = Readonly<Record<string, CelType>>;

const TEXTS = listType(STRING);
const TEXT_MAP = mapType(STRING, STRING);

export const REQUEST = objectType("kubernetes.AdmissionRequest");
export const NAMESPACE = objectType("kubernetes.Namespace");
export const VARIABLES = objectType("kubernetes.variables");

const KIND = objectType("kubernetes.GroupVersionKind");
const RESOURCE = objectType("kubernetes.GroupVersionResource");
const USER = objectType("kubernetes.UserInfo");
const METADATA = objectType("kubernetes.NamespaceMetadata");
const SPEC = objectType("kubernetes.NamespaceSpec");
const STATUS = objectType("kubernetes.NamespaceStatus");
const CONDITION = objectType("kubernetes.NamespaceCondition");

/** What a mutation makes: patches, and objects of any fields, whose fields are called after where they are. */
export const JSON_PATCH = objectType("JSONPatch");
export const PATCH_OBJECT = objectType("Object");

const TYPES: ReadonlyMap<string, Fields> = new Map([
  [
    REQUEST.name,
    {
      kind: KIND,
      resource: RESOURCE,
      subResource: STRING,
      requestKind: KIND,
      requestResource: RESOURCE,
      requestSubResource: STRING,
      name: STRING,
      namespace: STRING,
      operation: STRING,
      userInfo: USER,
      dryRun: BOOL,
      options: DYN,
    },
  ],
  [KIND.name, { group: STRING, version: STRING, kind: STRING }],
  [RESOURCE.name, { group: STRING, version: STRING, resource: STRING }],
  [USER.name, { username: STRING, uid: STRING, groups: TEXTS, extra: mapType(STRING, TEXTS) }],
  [NAMESPACE.name, { metadata: METADATA, spec: SPEC, status: STATUS }],
  [
    METADATA.name,
    {
      name: STRING,
      generateName: STRING,
      namespace: STRING,
      labels: TEXT_MAP,
      annotations: TEXT_MAP,
      UID: STRING,
      creationTimestamp: TIMESTAMP,
      deletionGracePeriodSeconds: INT,
      deletionTimestamp: TIMESTAMP,
      generation: INT,
      resourceVersion: STRING,
      finalizers: TEXTS,
    },
  ],
  [SPEC.name, { finalizers: TEXTS }],
  [STATUS.name, { conditions: listType(CONDITION), phase: STRING }],
  [
    CONDITION.name,
    { status: STRING, type: STRING, lastTransitionTime: TIMESTAMP, message: STRING, reason: STRING },
  ],
]);

const PATCH_FIELDS: Fields = { op: STRING, path: STRING, from: STRING, value: DYN };

export interface ProvidedTypes {
  /** The fields of `variables`; undefined where there are none. */
  readonly variables: ReadonlyMap<string, CelType> | undefined;
  readonly hasPatchTypes: boolean;
}

export function admissionTypes({ variables, hasPatchTypes }: ProvidedTypes): TypeProvider {
  const isOpen = (type: string) => hasPatchTypes && isPatchObject(type);
  const fieldsOf = (type: string) =>
    hasPatchTypes && type === JSON_PATCH.name ? PATCH_FIELDS : TYPES.get(type);
  return {
    has: (type) =>
      isOpen(type) || fieldsOf(type) !== undefined || (type === VARIABLES.name && variables !== undefined),
    fieldOf: (type, field) => {
      if (type === VARIABLES.name) return variables?.get(field);
      if (isOpen(type)) return DYN;
      const fields = fieldsOf(type);
      return fields && Object.hasOwn(fields, field) ? fields[field] : undefined;
    },
  };
}

function isPatchObject(type: string): boolean {
  return type === PATCH_OBJECT.name || type.startsWith(`${PATCH_OBJECT.name}.`);
}
