import { Codec } from "#apimachinery/codec/codec.ts";
import { findTypeError } from "#apimachinery/codec/type-error.ts";
import { formatApiVersion, type KubeObject } from "#apimachinery/meta.ts";
import { unclassified } from "#apimachinery/status-error.ts";
import type { ResourceVersion, ServedResource } from "../../registry/served-resource.ts";
import type { Awaitable, VersionConversion } from "../../registry/version-conversion.ts";
import type { ConversionStrategy } from "./conversion-strategy.ts";
import { dropMalformedMetadata } from "./drop-malformed-metadata.ts";

/**
 * Conversion between the versions of a custom resource (upstream pkg/apiserver `crdConversionRESTOptionsGetter`): what is
 * stored is trimmed and completed by the version in which it is stored, converted, and trimmed again by the version that
 * is wanted.
 */
export class CustomConversion implements VersionConversion {
  readonly #stored: string;
  readonly #versions: ReadonlyMap<string, ResourceVersion>;
  readonly #strategy: ConversionStrategy;

  constructor(stored: ResourceVersion, versions: readonly ResourceVersion[], strategy: ConversionStrategy) {
    this.#stored = formatApiVersion(stored.resource);
    this.#versions = new Map(versions.map((version) => [formatApiVersion(version.resource), version]));
    this.#strategy = strategy;
  }

  fromStored(objects: readonly KubeObject[], to: ServedResource): Awaitable<readonly KubeObject[]> {
    return this.#convert(
      objects.map((object) => this.#complete(this.#readable(object))),
      to.apiVersion,
    );
  }

  toStored(object: KubeObject, from: ServedResource): Awaitable<KubeObject> {
    if (from.stored === from) return object;
    // Readers get stored bytes as they are, so they must be complete.
    return whenThere(this.#convert([object], this.#stored), ([converted = object]) =>
      this.#complete(converted),
    );
  }

  between(object: KubeObject, _from: ServedResource, to: ServedResource): Awaitable<KubeObject> {
    return whenThere(this.#convert([object], to.apiVersion), ([converted = object]) => converted);
  }

  #convert(objects: readonly KubeObject[], apiVersion: string): Awaitable<readonly KubeObject[]> {
    const others = objects.filter((object) => object.apiVersion !== apiVersion);
    if (others.length === 0) return objects;
    return whenThere(this.#strategy(others, apiVersion), (converted) => {
      const results = new Map(others.map((object, index) => [object, converted[index]]));
      return objects.map((object) => {
        const result = results.get(object);
        return result === undefined ? object : prune(result, this.#versionOf(result));
      });
    });
  }

  /** What has been stored can be read, whatever its definition has come to say. */
  #readable(object: KubeObject): KubeObject {
    const version = this.#versionOf(object);
    const { schema } = version.load();
    return findTypeError(schema, object) === undefined ? object : dropMalformedMetadata(schema, object);
  }

  /** As a request in the version of the object would have it. */
  #complete(object: KubeObject): KubeObject {
    const version = this.#versionOf(object);
    const pruned = prune(object, version);
    return version.load().kind.setDefaults?.(pruned) ?? pruned;
  }

  #versionOf({ apiVersion }: KubeObject): ResourceVersion {
    const version = this.#versions.get(apiVersion);
    if (version !== undefined) return version;
    throw unclassified(`request to convert CR from an invalid group/version: ${apiVersion}`);
  }
}

function whenThere<T, R>(value: Awaitable<T>, then: (value: T) => R): Awaitable<R> {
  return value instanceof Promise ? value.then(then) : then(value);
}

const codec = new Codec();

function prune(object: KubeObject, version: ResourceVersion): KubeObject {
  const { schema } = version.load();
  const gvk = version.resource;
  const decoded: unknown = codec.decode(schema, object, { gvk, fieldValidation: "Ignore" }).object;
  return decoded as KubeObject;
}
