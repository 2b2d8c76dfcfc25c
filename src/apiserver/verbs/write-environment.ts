import type { Features } from "#api/features.ts";
import type { WriteContext } from "#api/kind.ts";
import type { Codec } from "#apimachinery/codec/codec.ts";
import type { GroupVersionKind } from "#apimachinery/meta.ts";
import type { ObjectSchema } from "#apimachinery/schema.ts";
import { formatTime } from "#apimachinery/time.ts";
import type { UserInfo } from "#apimachinery/user.ts";
import type { AdmissionChain } from "../admission/admission-chain.ts";
import type { Authorizer } from "../authorization/authorizer.ts";
import type { KindRegistry } from "../registry/kind-registry.ts";
import { qualifiedName, type ServedResource } from "../registry/served-resource.ts";
import type { ClusterObjects } from "../storage/cluster-objects.ts";
import type { FieldManagers } from "./field-managers.ts";
import type { ReadEnvironment } from "./read-environment.ts";
import type { WriteHooks } from "./write-hooks.ts";

/** What all verbs that write work with. */
export interface WriteEnvironment extends ReadEnvironment {
  readonly registry: KindRegistry;
  /** Stored objects of any kind, for decisions that depend on others than the one that is written. */
  readonly objects: ClusterObjects;
  readonly codec: Codec;
  /** The shape of a built-in kind, of those too that are only bodies of subresources. */
  readonly schemaOf: (kind: GroupVersionKind) => ObjectSchema;
  readonly admission: AdmissionChain;
  readonly authorizer: Authorizer;
  readonly fieldManagers: FieldManagers;
  /** By `qualifiedName` of the resource. */
  readonly hooks: ReadonlyMap<string, WriteHooks>;
  /** A number from 0 up to but not including 1. */
  readonly random: () => number;
  readonly newUid: () => string;
  /** What is switched on of what is off by default. */
  readonly features: Features;
}

/** What is known of a write besides the objects. */
export function writeContext(
  { clock, features }: Pick<WriteEnvironment, "clock" | "features">,
  user: UserInfo,
): WriteContext {
  return { user, now: formatTime(clock.now()), features };
}

/** What the resource does besides storing, for requests of the resource itself and of its subresources. */
export function hooksOf({ hooks }: WriteEnvironment, { qualified }: ServedResource): WriteHooks {
  return hooks.get(qualifiedName(qualified)) ?? NO_HOOKS;
}

const NO_HOOKS: WriteHooks = {};
