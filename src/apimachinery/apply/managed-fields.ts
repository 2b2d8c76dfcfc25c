import type { ManagedFieldsEntry } from "../generated/meta-v1.ts";
import { isJsonObject, type JsonObject } from "../json-value.ts";
import { EMPTY_SET, type FieldSet, union } from "./field-set.ts";
import { formatFieldsV1, parseFieldsV1 } from "./fields-v1.ts";

/** Who changes an object, and how: with these four it is the same manager. */
export interface Manager {
  readonly name: string;
  readonly operation: "Apply" | "Update";
  /** The version in which the fields are written. An applier may change it and stays the same manager. */
  readonly apiVersion: string;
  /** Empty for the object itself. */
  readonly subresource: string;
}

/**
 * What one manager owns. Entries that were stored are only read when they have to be: most requests have nothing to
 * do with most of the managers of an object.
 */
export class ManagedEntry {
  readonly manager: Manager;
  /** When the manager last changed something. */
  readonly time: string | undefined;
  readonly #stored: ManagedFieldsEntry | undefined;
  #fields: FieldSet | undefined;

  private constructor(manager: Manager, time: string | undefined, content: EntryContent) {
    this.manager = manager;
    this.time = time;
    this.#fields = content.fields;
    this.#stored = content.stored;
  }

  static of(manager: Manager, fields: FieldSet, time?: string): ManagedEntry {
    return new ManagedEntry(manager, time, { fields });
  }

  /** An entry in the form that `formatManagedFields` gives it. */
  static stored(entry: ManagedFieldsEntry, manager: Manager): ManagedEntry {
    return new ManagedEntry(manager, entry.time ?? undefined, { stored: entry });
  }

  /** Throws a SyntaxError for a stored entry that makes no sense. */
  get fields(): FieldSet {
    this.#fields ??= parseFieldsV1(this.#stored?.fieldsV1);
    return this.#fields;
  }

  /** False when the entry has none of the paths, and nothing below them. */
  mayHave(paths: FieldSet): boolean {
    return this.#stored === undefined || overlaps(this.#stored.fieldsV1, paths);
  }

  withFields(fields: FieldSet): ManagedEntry {
    return fields === this.#fields ? this : ManagedEntry.of(this.manager, fields, this.time);
  }

  withTime(time: string): ManagedEntry {
    const content = { ...(this.#fields && { fields: this.#fields }) };
    const stored = this.#stored === undefined ? {} : { stored: { ...this.#stored, time } };
    return new ManagedEntry(this.manager, time, { ...content, ...stored });
  }

  format(): ManagedFieldsEntry {
    return this.#stored ?? formatEntry(this.manager, formatFieldsV1(this.fields), this.time);
  }
}

export function formatEntry(
  { name, operation, apiVersion, subresource }: Manager,
  fieldsV1: JsonObject,
  time?: string,
): ManagedFieldsEntry {
  return {
    manager: name,
    operation,
    apiVersion,
    ...(time !== undefined && { time }),
    fieldsType: "FieldsV1",
    fieldsV1,
    ...(subresource !== "" && { subresource }),
  };
}

interface EntryContent {
  readonly fields?: FieldSet;
  readonly stored?: ManagedFieldsEntry;
}

/** Whether a stored set has something at or below one of the paths. */
function overlaps(fieldsV1: unknown, paths: FieldSet): boolean {
  if (!isJsonObject(fieldsV1)) return false;
  for (const [element, { isMember, children }] of paths) {
    if (!Object.hasOwn(fieldsV1, element)) continue;
    if (isMember || overlaps(fieldsV1[element], children)) return true;
  }
  return false;
}

/** All managers of an object by their identity. */
export type ManagedFields = ReadonlyMap<string, ManagedEntry>;

export const NO_MANAGED_FIELDS: ManagedFields = new Map();

/** How many managers may update an object before the oldest are put together (`internal/fieldmanager.go`). */
const MAX_UPDATERS = 10;
const OLD_UPDATES_MANAGER = "ancient-changes";

export function managerId({ name, operation, apiVersion, subresource }: Manager): string {
  return JSON.stringify([name, operation, operation === "Apply" ? "" : apiVersion, subresource]);
}

/** Reads what `formatManagedFields` has written. Throws a SyntaxError for entries that make no sense. */
export function parseStoredFields(entries: unknown): ManagedFields {
  return parseEntries(entries, (entry, manager) => ManagedEntry.stored(entry, manager));
}

/** Reads `metadata.managedFields` as a client may have written it. Throws a SyntaxError with upstream's message. */
export function parseManagedFields(entries: unknown): ManagedFields {
  return parseEntries(entries, ({ fieldsV1, time }, manager) =>
    ManagedEntry.of(manager, parseFieldsV1(fieldsV1), time ?? undefined),
  );
}

function parseEntries(
  entries: unknown,
  read: (entry: ManagedFieldsEntry, manager: Manager) => ManagedEntry,
): ManagedFields {
  const list = Array.isArray(entries) ? (entries as readonly unknown[]) : [];
  return new Map(
    list.map((each, index): [string, ManagedEntry] => {
      const entry: ManagedFieldsEntry = isJsonObject(each) ? each : {};
      const manager = parseManager(entry, index);
      return [managerId(manager), read(entry, manager)];
    }),
  );
}

function parseManager(entry: ManagedFieldsEntry, index: number): Manager {
  const { operation, apiVersion = "", fieldsType, manager = "", subresource = "" } = entry;
  if (operation !== "Apply" && operation !== "Update") {
    throw new SyntaxError("operation must be `Apply` or `Update`");
  }
  if (apiVersion === "") throw new SyntaxError("apiVersion must not be empty");
  if (fieldsType !== "FieldsV1") throw new SyntaxError(fieldsTypeProblem(fieldsType, index));
  return { name: manager, operation, apiVersion, subresource };
}

function fieldsTypeProblem(fieldsType: unknown, index: number): string {
  const entry = `in managed fields entry ${String(index)}`;
  return fieldsType === undefined || fieldsType === ""
    ? `missing fieldsType ${entry}`
    : `invalid fieldsType ${JSON.stringify(fieldsType)} ${entry}`;
}

/** The form in which managers are stored: appliers first, the others by time. */
export function formatManagedFields(managed: ManagedFields): readonly ManagedFieldsEntry[] {
  return [...managed.values()].map((entry) => entry.format()).toSorted(compareEntries);
}

function compareEntries(a: ManagedFieldsEntry, b: ManagedFieldsEntry): number {
  return (
    compareText(a.operation, b.operation) ||
    compareText(a.time ?? "", b.time ?? "") ||
    compareText(a.manager, b.manager) ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.subresource, b.subresource)
  );
}

function compareText(a = "", b = ""): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Puts the oldest updaters together, one entry for each version, until there are not too many. */
export function capUpdaters(managed: ManagedFields): ManagedFields {
  const updaters = [...managed].filter(([, { manager }]) => manager.operation === "Update");
  let excess = updaters.length - MAX_UPDATERS;
  if (excess <= 0) return managed;
  const oldest = updaters.toSorted(
    ([a, { time: left }], [b, { time: right }]) => compareText(left, right) || compareText(a, b),
  );
  const capped = new Map(managed);
  const firstOfVersion = new Map<string, string>();
  for (const [id, entry] of oldest) {
    if (excess <= 0) break;
    const { apiVersion } = entry.manager;
    const first = firstOfVersion.get(apiVersion);
    if (first === undefined) {
      firstOfVersion.set(apiVersion, id);
      continue;
    }
    mergeIntoBucket(capped, first, id, entry);
    excess--;
  }
  return capped;
}

/** The time is that of the younger entry. */
function mergeIntoBucket(
  capped: Map<string, ManagedEntry>,
  first: string,
  id: string,
  entry: ManagedEntry,
): void {
  const manager: Manager = { ...entry.manager, name: OLD_UPDATES_MANAGER, subresource: "" };
  const bucketId = managerId(manager);
  const older = [first, bucketId].map((each) => capped.get(each)?.fields ?? EMPTY_SET);
  capped.delete(first);
  capped.delete(id);
  capped.set(bucketId, ManagedEntry.of(manager, older.reduce(union, entry.fields), entry.time));
}
