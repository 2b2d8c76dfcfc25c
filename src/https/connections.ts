import type { ServerHttp2Session } from "node:http2";
import type { TLSSocket } from "node:tls";
import type { Clock } from "#base/clock.ts";
import { QuietConnections } from "./quiet-connections.ts";

/** A client that has gone without a word is found out by TCP after this long (apiserver `secure_serving.go`). */
const TCP_KEEP_ALIVE_MS = 180_000;

/** The open connections of one listener; those that nobody uses for too long are closed. Disposing closes all. */
export class Connections implements Disposable {
  readonly #quiet: QuietConnections;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #sockets = new Set<TLSSocket>();

  constructor(clock: Clock) {
    this.#quiet = new QuietConnections(clock);
  }

  /** Takes in a connection that has not agreed on TLS yet: nobody waits for one that never does. */
  addSocket(socket: TLSSocket): void {
    track(this.#sockets, socket);
    socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
    this.#quiet.addUnagreed(socket, { close: () => socket.destroy() });
    socket.once("close", () => this.#quiet.remove(socket));
  }

  agreed(socket: TLSSocket): void {
    this.#quiet.remove(socket);
    if (socket.alpnProtocol === "h2" || socket.destroyed) return;
    this.#quiet.add(socket, {
      get bytesRead() {
        return socket.bytesRead;
      },
      close: () => socket.destroy(),
    });
  }

  addSession(session: ServerHttp2Session): void {
    track(this.#sessions, session);
    this.#quiet.add(session, { close: () => session.close() });
    session.once("close", () => this.#quiet.remove(session));
  }

  /** Says that `connection` has one more request to answer. */
  begin(connection: object): void {
    this.#quiet.begin(connection);
  }

  end(connection: object): void {
    this.#quiet.end(connection);
  }

  /** Tells clients of HTTP/2 to send no more requests here. */
  closeSessions(): void {
    for (const session of this.#sessions) session.close();
  }

  [Symbol.dispose](): void {
    this.#quiet[Symbol.dispose]();
    for (const session of this.#sessions) session.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }
}

interface Closable {
  once(event: "close", listener: () => void): unknown;
}

/** Keeps `member` in `set` until it closes. */
function track<T extends Closable>(set: Set<T>, member: T): void {
  set.add(member);
  member.once("close", () => set.delete(member));
}
