import type { ManagedFieldsEntry } from "../generated/meta-v1.ts";
import { isJsonObject } from "../json-value.ts";
import { EMPTY_SET, type FieldSet, union } from "./field-set.ts";
import { parseFieldsV1, storedFieldsV1 } from "./fields-v1.ts";

/** Who changes an object, and how: with these four it is the same manager. */
export interface Manager {
  readonly name: string;
  readonly operation: "Apply" | "Update";
  /** The version in which the fields are written. An applier may change it and stays the same manager. */
  readonly apiVersion: string;
  /** Empty for the object itself. */
  readonly subresource: string;
}

/** What one manager owns. */
export interface ManagedEntry {
  readonly manager: Manager;
  readonly fields: FieldSet;
  /** When the manager last changed something. */
  readonly time: string | undefined;
  /** The form in which exactly this is stored, where it is. */
  readonly stored?: ManagedFieldsEntry;
}

/** The entry with other fields, or itself. */
export function withFields(entry: ManagedEntry, fields: FieldSet): ManagedEntry {
  return fields === entry.fields ? entry : { manager: entry.manager, fields, time: entry.time };
}

/** The entry with another time, or itself. */
export function withTime(entry: ManagedEntry, time: string): ManagedEntry {
  if (time === entry.time) return entry;
  return { ...entry, time, ...(entry.stored && { stored: { ...entry.stored, time } }) };
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
  return parseEntries(entries, (entry) => ({ fields: storedFieldsV1(entry.fieldsV1), stored: entry }));
}

/** Reads `metadata.managedFields` as a client may have written it. Throws a SyntaxError with upstream's message. */
export function parseManagedFields(entries: unknown): ManagedFields {
  return parseEntries(entries, ({ fieldsV1 }) => ({ fields: parseFieldsV1(fieldsV1) }));
}

function parseEntries(
  entries: unknown,
  read: (entry: ManagedFieldsEntry) => Pick<ManagedEntry, "fields" | "stored">,
): ManagedFields {
  const list = Array.isArray(entries) ? (entries as readonly unknown[]) : [];
  return new Map(
    list.map((each, index): [string, ManagedEntry] => {
      const entry: ManagedFieldsEntry = isJsonObject(each) ? each : {};
      const manager = parseManager(entry, index);
      return [managerId(manager), { manager, time: entry.time ?? undefined, ...read(entry) }];
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
  return [...managed.values()].map(formatEntry).sort(compareEntries);
}

function formatEntry({ manager, fields, time, stored }: ManagedEntry): ManagedFieldsEntry {
  if (stored !== undefined) return stored;
  const { name, operation, apiVersion, subresource } = manager;
  return {
    ...(name !== "" && { manager: name }),
    operation,
    apiVersion,
    ...(time !== undefined && { time }),
    fieldsType: "FieldsV1",
    fieldsV1: fields,
    ...(subresource !== "" && { subresource }),
  };
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

/** A bucket begins with the first of its version. The time is that of the younger entry. */
function mergeIntoBucket(
  capped: Map<string, ManagedEntry>,
  first: string,
  id: string,
  entry: ManagedEntry,
): void {
  const manager: Manager = { ...entry.manager, name: OLD_UPDATES_MANAGER, subresource: "" };
  const bucketId = managerId(manager);
  const older = capped.has(bucketId) && bucketId !== id ? bucketId : first;
  const fields = union(capped.get(older)?.fields ?? EMPTY_SET, entry.fields);
  capped.delete(older);
  capped.delete(id);
  capped.set(bucketId, { manager, fields, time: entry.time });
}
