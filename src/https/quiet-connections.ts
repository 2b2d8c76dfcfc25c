import type { Clock } from "#base/clock.ts";

/** A connection without a request is closed after this long (apiserver `secure_serving.go`). */
const IDLE_MS = 90_000;

/** TLS has to be agreed on, and the head of a request to be complete, within this. */
const HEAD_MS = 32_000;

/** How often somebody looks; a limit may be exceeded by that much. */
const LOOK_MS = 5000;

/** What is told of a connection, or of the HTTP/2 session on it. */
export interface QuietConnection {
  /** Bytes that have come from the client; undefined where that tells nothing of requests. */
  readonly bytesRead?: number;
  close(): void;
}

interface Watched {
  readonly connection: QuietConnection;
  /** Requests that are being answered. */
  active: number;
  quietSince: number;
  bytesWhenQuiet: number;
  /** Since when the head of a request, or an agreement on TLS, has been under way. */
  headSince: number | undefined;
}

/** Closes connections on which no request comes, or one that never ends. One timer serves all. */
export class QuietConnections implements Disposable {
  readonly #clock: Clock;
  readonly #watched = new Map<object, Watched>();
  #timer: Disposable | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A connection whose ends are still agreeing on TLS. */
  addUnagreed(key: object, connection: QuietConnection): void {
    this.#add(key, connection).headSince = this.#clock.now();
  }

  add(key: object, connection: QuietConnection): void {
    this.#add(key, connection);
  }

  remove(key: object): void {
    this.#watched.delete(key);
  }

  begin(key: object): void {
    const watched = this.#watched.get(key);
    if (watched !== undefined) watched.active += 1;
  }

  end(key: object): void {
    const watched = this.#watched.get(key);
    if (watched === undefined) return;
    watched.active -= 1;
    watched.quietSince = this.#clock.now();
    watched.bytesWhenQuiet = watched.connection.bytesRead ?? 0;
    watched.headSince = undefined;
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
  }

  #add(key: object, connection: QuietConnection): Watched {
    const watched: Watched = {
      connection,
      active: 0,
      quietSince: this.#clock.now(),
      bytesWhenQuiet: connection.bytesRead ?? 0,
      headSince: undefined,
    };
    this.#watched.set(key, watched);
    this.#timer ??= this.#clock.after(LOOK_MS, () => this.#look());
    return watched;
  }

  #look(): void {
    const now = this.#clock.now();
    for (const [key, watched] of this.#watched) {
      if (watched.active > 0) continue;
      const { bytesRead = watched.bytesWhenQuiet } = watched.connection;
      if (bytesRead !== watched.bytesWhenQuiet) watched.headSince ??= now;
      if (!isOverdue(watched, now)) continue;
      this.#watched.delete(key);
      watched.connection.close();
    }
    this.#timer = this.#watched.size > 0 ? this.#clock.after(LOOK_MS, () => this.#look()) : undefined;
  }
}

function isOverdue({ quietSince, headSince }: Watched, now: number): boolean {
  return now - quietSince >= IDLE_MS || (headSince !== undefined && now - headSince >= HEAD_MS);
}
