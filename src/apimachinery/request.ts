import type { KubeList, KubeObject, WatchEvent } from "./meta.ts";

/** The verbs of resource requests, as authorization and audit name them. */
export type Verb = "get" | "list" | "watch" | "create" | "update" | "patch" | "delete" | "deletecollection";

export type PatchType = "json" | "merge" | "strategic" | "apply";

export type DeletionPropagation = "Orphan" | "Background" | "Foreground";

export interface ReadOptions {
  readonly resourceVersion?: string;
}

export interface ListOptions {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: "NotOlderThan" | "Exact";
  readonly limit?: number;
  readonly continue?: string;
}

export interface WatchOptions {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: "NotOlderThan";
  readonly allowWatchBookmarks?: boolean;
  readonly sendInitialEvents?: boolean;
  readonly timeoutSeconds?: number;
}

export interface WriteOptions {
  readonly dryRun?: boolean;
  readonly fieldManager?: string;
  readonly fieldValidation?: "Ignore" | "Warn" | "Strict";
}

export interface PatchOptions extends WriteOptions {
  /** Server-side apply only: take over fields that other managers own. */
  readonly force?: boolean;
}

export interface DeleteOptions {
  readonly dryRun?: boolean;
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: DeletionPropagation;
  /** The deprecated form of the policy: Orphan, or not. They exclude each other. */
  readonly orphanDependents?: boolean;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

/** Where a request goes: a collection when `name` is absent, a subresource when `subresource` is present. */
export interface RequestTarget {
  readonly group: string;
  readonly version: string;
  /** Plural, lower case: `pods`. */
  readonly resource: string;
  readonly subresource?: string;
  /** Absent for cluster-scoped resources and for reads across all namespaces. */
  readonly namespace?: string;
  readonly name?: string;
}

/** An object that is yet to be decoded. */
export interface RequestBody {
  readonly object: unknown;
  /** The JSON that the object was parsed from, where there is such a text: duplicate fields show only in it. */
  readonly text?: string | undefined;
  /** What is wrong with the text that it came in although it can be parsed, as Kubernetes' YAML parser tells it. */
  readonly problems?: readonly string[];
}

/** What is asked of the target; a union so that every verb has exactly the inputs it can use. */
export type RequestOperation =
  | { readonly verb: "get"; readonly options?: ReadOptions }
  | { readonly verb: "list"; readonly options?: ListOptions }
  | { readonly verb: "watch"; readonly options?: WatchOptions }
  | ({ readonly verb: "create"; readonly options?: WriteOptions } & RequestBody)
  | ({ readonly verb: "update"; readonly options?: WriteOptions } & RequestBody)
  | {
      readonly verb: "patch";
      readonly patchType: PatchType;
      /** The parsed patch document. */
      readonly patch: unknown;
      /** What is wrong with its text although it can be parsed. */
      readonly patchProblems?: readonly string[];
      readonly options?: PatchOptions;
    }
  | { readonly verb: "delete"; readonly options?: DeleteOptions }
  | { readonly verb: "deletecollection"; readonly options?: DeleteOptions; readonly list?: ListOptions };

/** A request for a resource, free of any transport: HTTP and in-process clients both end here. */
export interface ResourceRequest {
  readonly target: RequestTarget;
  readonly operation: RequestOperation;
}

/** A successful answer; every failure is a thrown `StatusError`. */
export type ResourceResponse =
  | {
      readonly type: "object";
      /** 200, 201 for something created, 202 for a deletion that finishes later. */
      readonly code: number;
      readonly object: KubeObject;
      readonly warnings?: readonly string[];
    }
  | { readonly type: "list"; readonly list: KubeList; readonly warnings?: readonly string[] }
  | { readonly type: "watch"; readonly events: AsyncIterable<readonly WatchEvent[]> };
