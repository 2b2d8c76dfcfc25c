import type { Readable, Writable } from "node:stream";
import type { StatusForm } from "./status.ts";

/** Which streams the client has asked for. */
export interface RemoteCommandOptions {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** What differs between the versions of the protocol of `exec` and `attach`, whatever carries it. */
export interface RemoteCommandProtocol {
  readonly statusForm: StatusForm;
  /** The client tells the size of its terminal. */
  readonly resizes: boolean;
}

/** The client's end of an `exec` or `attach`. Streams that were not asked for are absent. */
export interface RemoteCommandStreams extends AsyncDisposable {
  readonly protocol: RemoteCommandProtocol;
  /** Ends when the client closes it. A slow reader makes the client wait. */
  readonly stdin: Readable | undefined;
  readonly stdout: Writable | undefined;
  readonly stderr: Writable | undefined;
  /** Takes the outcome, when everything else has been written. */
  readonly error: Writable;
  /** Sizes of the client's terminal, as JSON. */
  readonly resize: Readable | undefined;
  /** Tells the client that something comes, if the protocol has a way to. Resolves when the client can take it. */
  announce(): Promise<void>;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
}
