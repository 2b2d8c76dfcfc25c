import type { RecoveredState } from "../revision-log.ts";
import type { Failure } from "./failure.ts";
import type { RecordColumns } from "./record-columns.ts";

/** What the worker thread can be asked, one thing after the other, and what it answers. */
export interface Operations {
  open: { readonly request: { readonly path: string }; readonly response: OpenedDatabase };
  /** The next part of the current state in order of revision, after `open`. */
  load: { readonly request: object; readonly response: LoadedPart };
  append: { readonly request: AppendRequest; readonly response: { readonly durationMs: number } };
  read: { readonly request: ReadRequest; readonly response: ReadPart };
  /** Replaces the values of records that are in the log; those that are gone stay so. */
  rewrite: { readonly request: { readonly records: RecordColumns }; readonly response: object };
  /** Leaves nothing of what was replaced in the write-ahead log. */
  truncate: { readonly request: object; readonly response: object };
  /** Only notes the compacted revision; `sweep` then does the work. */
  compact: { readonly request: { readonly revision: number }; readonly response: object };
  /** One small step of removing what is compacted. */
  sweep: { readonly request: object; readonly response: { readonly isDone: boolean } };
  close: { readonly request: object; readonly response: object };
}

export type OperationName = keyof Operations;

/** What a database says about itself, besides the state that it holds. */
export type OpenedDatabase = Omit<RecoveredState, "entries"> & { readonly databaseBytes: number };

export interface LoadedPart {
  readonly records: RecordColumns;
  readonly isLast: boolean;
}

export interface AppendRequest {
  readonly records: RecordColumns;
  readonly reservedRevision: number | undefined;
}

export interface ReadRequest {
  readonly prefix: string;
  readonly afterRevision: number;
  readonly throughRevision: number;
}

export interface ReadPart {
  readonly records: RecordColumns;
  /** What those records replaced, as far as they replaced something. */
  readonly previous: RecordColumns;
  readonly throughRevision: number;
}

/** To the worker. */
export type WorkerRequest = {
  [Name in OperationName]: {
    readonly id: number;
    readonly name: Name;
    readonly request: Operations[Name]["request"];
  };
}[OperationName];

/** From the worker: one answer for each request, then what came of tidying up behind it. */
export type WorkerMessage =
  | { readonly type: "done"; readonly id: number; readonly response: Operations[OperationName]["response"] }
  | { readonly type: "failed"; readonly id: number; readonly failure: Failure }
  | { readonly type: "resized"; readonly databaseBytes: number }
  | { readonly type: "untidy"; readonly failure: Failure };
