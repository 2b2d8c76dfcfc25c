/** What becomes of the flow control that clusters start with (`pkg/registry/flowcontrol/ensurer` of Kubernetes). */

import { EXEMPT, MANDATORY_FLOW_SCHEMAS, MANDATORY_PRIORITY_LEVELS } from "#api/flowcontrol/v1/mandatory.ts";
import type { ObjectOf } from "#api/resource.ts";
import { semanticallyEqual } from "#api/validation/equality.ts";
import { parseGoBoolean } from "#apimachinery/go-boolean.ts";
import type { NewObject } from "#apimachinery/meta.ts";
import { SUGGESTED_FLOW_SCHEMAS, SUGGESTED_PRIORITY_LEVELS } from "./suggested.ts";

/** Whoever sets this to `false` on a suggested object keeps its spec as it is. */
export const AUTO_UPDATE = "apf.kubernetes.io/autoupdate-spec";

export type ConfigurationKind = "FlowSchema" | "PriorityLevelConfiguration";

type Configuration = ObjectOf<ConfigurationKind>;

export type MaintenanceAction<T extends Configuration> =
  | { readonly type: "create"; readonly object: NewObject<T> }
  | { readonly type: "update"; readonly object: T }
  | { readonly type: "delete"; readonly object: T };

/** The wanted objects of one kind. */
export interface Stock<K extends ConfigurationKind> {
  readonly kind: K;
  /** Specs that are put right whatever anybody says. */
  readonly mandatory: ReadonlyMap<string, ObjectOf<K>["spec"]>;
  readonly suggested: ReadonlyMap<string, ObjectOf<K>["spec"]>;
}

export const PRIORITY_LEVEL_STOCK: Stock<"PriorityLevelConfiguration"> = {
  kind: "PriorityLevelConfiguration",
  mandatory: MANDATORY_PRIORITY_LEVELS,
  suggested: SUGGESTED_PRIORITY_LEVELS,
};

export const FLOW_SCHEMA_STOCK: Stock<"FlowSchema"> = {
  kind: "FlowSchema",
  mandatory: MANDATORY_FLOW_SCHEMAS,
  suggested: SUGGESTED_FLOW_SCHEMAS,
};

/** Creates what is missing, updates what nobody has taken over, deletes what was suggested once and is no more. */
export function planMaintenance<K extends ConfigurationKind>(
  { kind, mandatory, suggested }: Stock<K>,
  present: readonly ObjectOf<K>[],
): readonly MaintenanceAction<ObjectOf<K>>[] {
  const byName = new Map(present.map((object) => [object.metadata.name, object]));
  const actions = [...suggested, ...mandatory].map(([name, spec]) => {
    const object = byName.get(name);
    return object === undefined
      ? ({ type: "create", object: newObject<K>(kind, name, spec) } as const)
      : revise(object, spec, mandatory.has(name));
  });
  const unwanted = present.filter(
    ({ metadata }) =>
      !mandatory.has(metadata.name) &&
      !suggested.has(metadata.name) &&
      autoUpdateOf(metadata.annotations) === true,
  );
  return [
    ...actions.filter((action) => action !== undefined),
    ...unwanted.map((object) => ({ type: "delete", object }) as const),
  ];
}

function newObject<K extends ConfigurationKind>(
  kind: K,
  name: string,
  spec: ObjectOf<K>["spec"],
): NewObject<ObjectOf<K>> {
  const apiVersion = "flowcontrol.apiserver.k8s.io/v1";
  const metadata = { name, annotations: { [AUTO_UPDATE]: "true" } };
  // The kind says which spec belongs to it, which the compiler cannot follow.
  return { apiVersion, kind, metadata, spec } as unknown as NewObject<ObjectOf<K>>;
}

function revise<T extends Configuration>(
  object: T,
  spec: T["spec"],
  isMandatory: boolean,
): MaintenanceAction<T> | undefined {
  const { metadata } = object;
  const isOurs = isMandatory || isUntouched(object);
  const isMarked = autoUpdateOf(metadata.annotations) === isOurs;
  const isRight = !isOurs || isAsWanted(object, spec);
  if (isMarked && isRight) return undefined;
  const annotations = { ...metadata.annotations, [AUTO_UPDATE]: String(isOurs) };
  return {
    type: "update",
    object: {
      ...object,
      ...(!isRight && { spec }),
      metadata: isMarked ? metadata : { ...metadata, annotations },
    },
  };
}

/** Without a mark, an object whose spec has never changed is nobody's. */
function isUntouched({ metadata }: Configuration): boolean {
  return autoUpdateOf(metadata.annotations) ?? metadata.generation === 1;
}

/** Shares and lending of the exempt level are the operator's. */
function isAsWanted({ metadata, spec }: Configuration, wanted: Configuration["spec"]): boolean {
  if (metadata.name !== EXEMPT || !("exempt" in spec && "exempt" in wanted)) {
    return semanticallyEqual(spec, wanted);
  }
  return semanticallyEqual({ ...spec, exempt: wanted.exempt }, wanted);
}

function autoUpdateOf(annotations: Readonly<Record<string, string>> | undefined): boolean | undefined {
  return parseGoBoolean(annotations?.[AUTO_UPDATE] ?? "");
}
