import type { Resource } from "#api/resource.ts";
import type { LabelSelector } from "#apimachinery/generated/meta-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { controllerOf } from "#apimachinery/owners.ts";
import { compileLabelSelector, type LabelMatcher } from "#apimachinery/selectors/label-selector.ts";
import type { AnyKind, ObjectRef } from "./action.ts";
import type { CachedObject, Caches, ObjectKind, WatchedKind } from "./caches.ts";
import type { Controller } from "./controller.ts";
import type { Informer } from "./informer.ts";
import { builtInDiscovery, builtInResources, type KindDiscovery, versionedName } from "./kind-discovery.ts";
import { KindTable, kindNameOf } from "./kind-table.ts";
import type { Change } from "./object-cache.ts";
import { SignalTimes } from "./signal-times.ts";

const CONTROLLER_INDEX = "controllerUid";
const OWNER_INDEX = "ownerUid";
const UID_INDEX = "uid";

/** The caches of one controller: the informers of the kinds that it watches, which can change while it runs. */
export class ControllerCaches implements Caches {
  /** Keeps the indexes of controllers that share an informer apart. */
  readonly #controller: string;
  readonly #times: SignalTimes;
  readonly #discovery: Pick<KindDiscovery, "undiscovered">;
  readonly #informers = new Map<AnyKind, Informer>();
  /** Selectors are frozen parts of cached objects; each is compiled once. */
  readonly #matchers = new WeakMap<LabelSelector, LabelMatcher>();
  /** Absent since the kinds have changed: a controller of everything adds a hundred of them in a row. */
  #watched: KindTable | undefined;
  #writable: KindTable | undefined;

  constructor(
    { name, signals = [] }: Pick<Controller, "name" | "signals">,
    discovery: Pick<KindDiscovery, "undiscovered"> = builtInDiscovery,
  ) {
    this.#controller = name;
    this.#times = new SignalTimes(signals);
    this.#discovery = discovery;
  }

  /** The kinds that actions can name: all built-in ones and those that are watched. */
  get writable(): KindTable {
    this.#writable ??= new KindTable([...builtInResources(), ...this.#resources()]);
    return this.#writable;
  }

  /** Adds a kind; `indexes` are those that the controller declares for it. */
  add(
    informer: Informer,
    indexes: readonly { readonly name: string; readonly keys: (object: never) => readonly string[] }[],
  ): void {
    informer.addIndex(CONTROLLER_INDEX, controllerUid);
    informer.addIndex(OWNER_INDEX, ownerUids);
    informer.addIndex(UID_INDEX, ({ metadata }) => [metadata.uid]);
    for (const { name, keys } of indexes) {
      // The controller declares an index for the kind that this informer holds.
      informer.addIndex(this.#indexName(name), keys as (object: KubeObject) => readonly string[]);
    }
    this.#informers.set(kindNameOf(informer.resource), informer);
    this.#forgetTables();
  }

  remove(resource: Resource): void {
    const kind = kindNameOf(resource);
    const known = this.#informers.get(kind)?.resource;
    if (known === undefined || versionedName(known) !== versionedName(resource)) return;
    this.#informers.delete(kind);
    this.#forgetTables();
  }

  /** Takes note of a change, for the signals of its kind. */
  note(resource: Resource, change: Change, nowMs: number): void {
    this.#times.note(kindNameOf(resource), change, nowMs);
  }

  /** The informer of a watched kind. */
  informerOf(kind: AnyKind): Informer | undefined {
    return this.#informers.get(kind) ?? this.#informers.get(this.#watchedKinds().byName(kind)?.kind ?? "");
  }

  get<K extends ObjectKind>(kind: K, namespace: string, name: string): CachedObject<K> | undefined {
    return this.#typed(kind).get(namespace, name);
  }

  list<K extends ObjectKind>(kind: K, namespace?: string): readonly CachedObject<K>[] {
    return this.#typed(kind).list(namespace);
  }

  select<K extends ObjectKind>(
    kind: K,
    namespace: string,
    selector: LabelSelector | undefined,
  ): readonly CachedObject<K>[] {
    const { matches } = this.#matcher(selector);
    return this.list(kind, namespace).filter(({ metadata }) => matches(metadata.labels ?? {}));
  }

  ownedBy<K extends ObjectKind>(kind: K, ownerUid: string): readonly CachedObject<K>[] {
    return this.#typed(kind).byIndex(CONTROLLER_INDEX, ownerUid);
  }

  byIndex<K extends ObjectKind>(kind: K, index: string, key: string): readonly CachedObject<K>[] {
    return this.#typed(kind).byIndex(this.#indexName(index), key);
  }

  changedAt(signal: string, namespace: string, name: string): Date | undefined {
    const changedAt = this.#times.changedAt(signal, namespace, name);
    return changedAt === undefined ? undefined : new Date(changedAt);
  }

  byUid(uid: string): KubeObject | undefined {
    for (const informer of this.#informers.values()) {
      const [found] = informer.byIndex(UID_INDEX, uid);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  dependentsOf(uid: string): readonly KubeObject[] {
    return [...this.#informers.values()].flatMap((informer) => informer.byIndex(OWNER_INDEX, uid));
  }

  find({ kind, namespace, name }: ObjectRef): KubeObject | undefined {
    return this.informerOf(kind)?.get(namespace, name);
  }

  listOf(kind: AnyKind, namespace?: string): readonly KubeObject[] {
    return this.informerOf(kind)?.list(namespace) ?? [];
  }

  kinds(): readonly WatchedKind[] {
    return this.#watchedKinds().all();
  }

  undiscovered(): readonly string[] {
    return this.#discovery.undiscovered();
  }

  kindOf(type: { readonly apiVersion: string; readonly kind: string }): WatchedKind | undefined {
    return this.#watchedKinds().byType(type);
  }

  #watchedKinds(): KindTable {
    this.#watched ??= new KindTable(this.#resources());
    return this.#watched;
  }

  #resources(): readonly Resource[] {
    return Array.from(this.#informers.values(), ({ resource }) => resource);
  }

  #forgetTables(): void {
    this.#watched = undefined;
    this.#writable = undefined;
  }

  #typed<K extends ObjectKind>(kind: K): Informer<CachedObject<K>> {
    const informer = this.#informers.get(kind);
    if (informer === undefined) {
      throw new RangeError(`Controller "${this.#controller}" reads kind "${kind}", which it does not watch`);
    }
    // The informer of a kind holds objects of that kind; the map forgets which.
    return informer as unknown as Informer<CachedObject<K>>;
  }

  #indexName(name: string): string {
    return `${this.#controller}/${name}`;
  }

  #matcher(selector: LabelSelector | undefined): LabelMatcher {
    if (selector === undefined) return compileLabelSelector(undefined);
    const known = this.#matchers.get(selector);
    if (known !== undefined) return known;
    const matcher = compileLabelSelector(selector);
    this.#matchers.set(selector, matcher);
    return matcher;
  }
}

function controllerUid(object: KubeObject): readonly string[] {
  const owner = controllerOf(object);
  return owner === undefined ? [] : [owner.uid];
}

function ownerUids({ metadata }: KubeObject): readonly string[] {
  return metadata.ownerReferences?.map(({ uid }) => uid) ?? [];
}
