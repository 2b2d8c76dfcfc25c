import { describe, expect, test } from "bun:test";
import { FakeClock } from "#testing/fake-clock.ts";
import { QuietConnections } from "./quiet-connections.ts";

class FakeConnection {
  bytesRead = 0;
  isClosed = false;

  close(): void {
    this.isClosed = true;
  }
}

function setUp() {
  const clock = new FakeClock();
  return { clock, connections: new QuietConnections(clock), connection: new FakeConnection() };
}

describe("QuietConnections", () => {
  test("closes a connection on which nothing comes for 90 seconds", async () => {
    const { clock, connections, connection } = setUp();
    connections.add(connection, connection);
    await clock.advance(85_000);
    expect(connection.isClosed).toBe(false);
    await clock.advance(10_000);
    expect([connection.isClosed, clock.pending]).toEqual([true, 0]);
  });

  test("leaves a connection alone as long as one of its requests is answered, and 90 seconds more", async () => {
    const { clock, connections, connection } = setUp();
    connections.add(connection, connection);
    connections.begin(connection);
    connections.begin(connection);
    connections.end(connection);
    await clock.advance(600_000);
    expect(connection.isClosed).toBe(false);
    connections.end(connection);
    await clock.advance(85_000);
    expect(connection.isClosed).toBe(false);
    await clock.advance(10_000);
    expect(connection.isClosed).toBe(true);
  });

  test("closes a connection on which a request does not end", async () => {
    const { clock, connections, connection } = setUp();
    connections.add(connection, connection);
    connections.begin(connection);
    connection.bytesRead = 100;
    connections.end(connection);
    await clock.advance(20_000);
    connection.bytesRead = 101;
    await clock.advance(30_000);
    connection.bytesRead = 102;
    expect(connection.isClosed).toBe(false);
    await clock.advance(10_000);
    expect(connection.isClosed).toBe(true);
  });

  test("closes a connection whose client does not agree on TLS", async () => {
    const { clock, connections, connection } = setUp();
    connections.addUnagreed(connection, connection);
    await clock.advance(30_000);
    expect(connection.isClosed).toBe(false);
    await clock.advance(10_000);
    expect(connection.isClosed).toBe(true);
  });

  test("looks at nothing when there is nothing", async () => {
    const { clock, connections, connection } = setUp();
    connections.add(connection, connection);
    connections.remove(connection);
    await clock.advance(200_000);
    expect([connection.isClosed, clock.pending]).toEqual([false, 0]);
    connections.add(connection, connection);
    connections[Symbol.dispose]();
    expect(clock.pending).toBe(0);
  });
});
