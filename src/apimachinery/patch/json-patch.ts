import { jsonKind } from "../codec/type-error.ts";
import { cloneJson, equalJson, isJsonObject, setField } from "../json-value.ts";
import { badRequest, requestEntityTooLarge, unprocessable } from "../status-error.ts";
import { checkPatch } from "./check-patch.ts";
import {
  add,
  findPlace,
  get,
  indexIn,
  isContainer,
  JsonPatchError,
  type Place,
  remove,
} from "./patch-place.ts";

const MAX_OPERATIONS = 10_000;
/** How much a patch may grow a document by copying parts of it. */
const MAX_COPIED_BYTES = 3 * 1024 * 1024;

interface Operation {
  readonly op?: unknown;
  readonly path?: unknown;
  readonly from?: unknown;
  readonly value?: unknown;
}

/**
 * Applies a JSON Patch (RFC 6902) to a copy of the document. Throws a 400 `StatusError` for something that is no
 * patch, 413 for too many operations, and 422 with a `JsonPatchError` as its cause when an operation fails. As
 * upstream, `replace` of a missing field adds it and a missing `value` is null; the empty pointer means the whole
 * document only in `replace` and `test`.
 */
export function applyJsonPatch(document: unknown, patch: unknown): unknown {
  checkPatch(patch);
  const operations = operationsOf(patch);
  const target = new PatchTarget(cloneJson(document));
  try {
    for (const operation of operations) target.apply(operation);
  } catch (error) {
    throw error instanceof JsonPatchError ? unprocessable(error) : error;
  }
  return target.document;
}

function operationsOf(patch: unknown): readonly Operation[] {
  if (patch === null) return [];
  if (!Array.isArray(patch)) {
    throw badRequest(`json: cannot unmarshal ${jsonKind(patch)} into Go value of type jsonpatch.Patch`);
  }
  const operations = (patch as readonly unknown[]).map((each) => each ?? {});
  const wrong = operations.find((each) => !isJsonObject(each));
  if (wrong !== undefined) {
    throw badRequest(`json: cannot unmarshal ${jsonKind(wrong)} into Go value of type jsonpatch.Operation`);
  }
  if (patch.length > MAX_OPERATIONS) {
    throw requestEntityTooLarge(
      `The allowed maximum operations in a JSON patch is ${String(MAX_OPERATIONS)}, got ${String(patch.length)}`,
    );
  }
  return operations as readonly Operation[];
}

class PatchTarget {
  document: unknown;
  #copiedBytes = 0;

  /** Owns the document and changes it. */
  constructor(document: unknown) {
    this.document = document;
  }

  apply(operation: Operation): void {
    const name = operation.op;
    switch (name) {
      case "add":
        return this.#add(operation);
      case "remove":
        return this.#remove(operation);
      case "replace":
        return this.#replace(operation);
      case "move":
        return this.#move(operation);
      case "copy":
        return this.#copy(operation);
      case "test":
        return this.#test(operation);
      default:
        throw new JsonPatchError(`Unexpected kind: ${typeof name === "string" ? name : "unknown"}`);
    }
  }

  #add({ path, value }: Operation): void {
    const pointer = pointerOf(path, "add operation failed to decode path");
    const place = this.#find(pointer, `add operation does not apply: doc is missing path: "${pointer}"`);
    attempt(`error in add for path: '${pointer}'`, () => add(place, cloneJson(value ?? null)));
  }

  #remove({ path }: Operation): void {
    const pointer = pointerOf(path, "remove operation failed to decode path");
    const place = this.#find(pointer, `remove operation does not apply: doc is missing path: "${pointer}"`);
    attempt(`error in remove for path: '${pointer}'`, () => remove(place));
  }

  #replace({ path, value }: Operation): void {
    const pointer = pointerOf(path, "replace operation failed to decode path", NO_PATH);
    if (pointer === "") return this.#replaceAll(value);
    const { container, key } = this.#find(
      pointer,
      `replace operation does not apply: doc is missing path: ${pointer}`,
    );
    if (Array.isArray(container)) {
      const index = attempt(`replace operation does not apply: doc is missing key: ${pointer}`, () =>
        indexIn(container, key),
      );
      container[index] = cloneJson(value ?? null);
    } else setField(container, key, cloneJson(value ?? null));
  }

  #replaceAll(value: unknown): void {
    if (!isContainer(value)) {
      throw new JsonPatchError("replace operation value must be object or array: %!w(<nil>)");
    }
    this.document = cloneJson(value);
  }

  #move({ from, path }: Operation): void {
    const source = pointerOf(from, "move operation failed to decode from", NO_FROM);
    const place = this.#find(source, `move operation does not apply: doc is missing from path: ${source}`);
    const value = attempt(`error in move for path: '${place.key}'`, () => {
      const found = get(place);
      remove(place);
      return found;
    });
    const pointer = pointerOf(path, "move operation failed to decode path", NO_PATH);
    const target = this.#find(
      pointer,
      `move operation does not apply: doc is missing destination path: ${pointer}`,
    );
    attempt(`error in move for path: '${pointer}'`, () => add(target, value));
  }

  #copy({ from, path }: Operation): void {
    const source = pointerOf(from, "copy operation failed to decode from", NO_FROM);
    const place = this.#find(source, `copy operation does not apply: doc is missing from path: ${source}`);
    const value = attempt(`error in copy for from: '${source}'`, () => get(place) ?? null);
    const pointer = pointerOf(path, "copy operation failed to decode path");
    const target = this.#find(
      pointer,
      `copy operation does not apply: doc is missing destination path: ${pointer}`,
    );
    this.#copiedBytes += JSON.stringify(value).length;
    if (this.#copiedBytes > MAX_COPIED_BYTES) {
      throw new JsonPatchError(
        `Unable to complete the copy, the accumulated size increase of copy is ${String(this.#copiedBytes)}, exceeding the limit ${String(MAX_COPIED_BYTES)}`,
      );
    }
    attempt("error while adding value during copy", () => add(target, cloneJson(value)));
  }

  #test({ path, value }: Operation): void {
    const pointer = pointerOf(path, "test operation failed to decode path", NO_PATH);
    const actual = pointer === "" ? this.document : this.#tested(pointer);
    if (!equalJson(actual, value ?? null))
      throw new JsonPatchError(`testing value ${pointer} failed: test failed`);
  }

  #tested(pointer: string): unknown {
    const place = this.#find(pointer, `test operation does not apply: is missing path: ${pointer}`);
    return attempt(`error in test for path: '${pointer}'`, () => get(place) ?? null);
  }

  #find(pointer: string, problem: string): Place {
    const place = findPlace(this.document, pointer);
    if (place === undefined) throw new JsonPatchError(`${problem}: ${MISSING}`);
    return place;
  }
}

const MISSING = "missing value";
const NO_PATH = `operation missing path field: ${MISSING}`;
const NO_FROM = `operation, missing from field: ${MISSING}`;

/** Some operations say why they have no pointer, others only that it is missing. */
function pointerOf(value: unknown, problem: string, absent = MISSING): string {
  if (typeof value === "string") return value;
  const isTold = absent !== MISSING && value !== undefined && value !== null;
  const why = isTold ? `json: cannot unmarshal ${jsonKind(value)} into Go value of type string` : absent;
  throw new JsonPatchError(`${problem}: ${why}`);
}

/** Puts what was being done before the message of an error. */
function attempt<T>(problem: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw error instanceof JsonPatchError ? new JsonPatchError(`${problem}: ${error.message}`) : error;
  }
}
