import { describe, expect, test } from "bun:test";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ServerBalancer, startServerBalancer } from "#join/servers/server-balancer.ts";
import { silentLogger } from "#observability/logger.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { until } from "../until.ts";

/** Says its name first and repeats what it hears. */
class EchoServer implements AsyncDisposable {
  readonly sockets = new Set<Socket>();
  readonly #name: string;
  readonly #server: Server;

  constructor(name: string) {
    this.#name = name;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      this.sockets.add(socket);
      socket.once("close", () => this.sockets.delete(socket));
      socket.on("error", () => undefined);
      socket.write(`${this.#name}:`);
      socket.pipe(socket);
    });
  }

  async listen(port = 0): Promise<string> {
    this.#server.listen(port, "127.0.0.1");
    await once(this.#server, "listening");
    return `127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}

async function aBalancer(servers: readonly string[], stateFile?: string) {
  const stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "kubelith-balancer-"));
  stack.defer(() => rm(directory, { recursive: true }));
  const clock = new FakeClock();
  const file = stateFile ?? join(directory, "agent", "servers.json");
  let chance = 0;
  const random = (): number => (chance += 1e-6);
  const options = { servers, stateFile: file };
  const balancer = stack.use(await startServerBalancer(options, { clock, logger: silentLogger, random }));
  return { balancer, clock, file, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

function open(balancer: ServerBalancer, { allowHalfOpen = false } = {}): Socket {
  const port = Number(new URL(balancer.localUrl).port);
  return connect({ port, host: "127.0.0.1", allowHalfOpen }).on("error", () => undefined);
}

/** What comes back for a text, until the server ends. */
async function ask(balancer: ServerBalancer, text = "hi"): Promise<string> {
  const socket = open(balancer, { allowHalfOpen: true });
  socket.end(text);
  return await readAll(socket);
}

async function readAll(socket: Socket): Promise<string> {
  let answer = "";
  for await (const chunk of socket as AsyncIterable<Buffer>) answer += chunk.toString();
  return answer;
}

/** The name of the server that a connection has reached; it stays open. */
async function nameFrom(socket: Socket): Promise<string> {
  const [chunk] = (await once(socket, "data")) as [Buffer];
  return chunk.toString();
}

describe("startServerBalancer", () => {
  test("stays with a server, and leaves no connection behind", async () => {
    await using a = new EchoServer("a");
    await using b = new EchoServer("b");
    await using balanced = await aBalancer([await a.listen(), await b.listen()]);
    for (let time = 0; time < 5; time += 1) expect(await ask(balanced.balancer)).toBe("a:hi");
    await until(() => a.sockets.size === 0);
    expect(b.sockets.size).toBe(0);
  });

  test("goes to another server when one is away, for whoever asks", async () => {
    await using a = new EchoServer("a");
    await using b = new EchoServer("b");
    await using balanced = await aBalancer([await a.listen(), await b.listen()]);
    expect(await ask(balanced.balancer)).toBe("a:hi");
    await a[Symbol.asyncDispose]();
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(balanced.balancer)));
    expect(new Set(answers)).toEqual(new Set(["b:hi"]));
  });

  test("lets clients wait while the only server starts again", async () => {
    const first = new EchoServer("old");
    const address = await first.listen();
    await using balanced = await aBalancer([address]);
    expect(await ask(balanced.balancer)).toBe("old:hi");
    await first[Symbol.asyncDispose]();
    const answers = Promise.all(Array.from({ length: 10 }, () => ask(balanced.balancer)));
    await until(() => balanced.clock.pending > 0);
    await using again = new EchoServer("new");
    await again.listen(Number(address.split(":")[1]));
    for (let time = 0; time < 20; time += 1) await balanced.clock.advance(500);
    expect(new Set(await answers)).toEqual(new Set(["new:hi"]));
  });

  test("gives up when no server comes back", async () => {
    const gone = new EchoServer("gone");
    const address = await gone.listen();
    await gone[Symbol.asyncDispose]();
    await using balanced = await aBalancer([address]);
    const socket = open(balanced.balancer);
    let isClosed = false;
    socket.resume().on("close", () => {
      isClosed = true;
    });
    await until(async () => {
      await balanced.clock.advance(1000);
      return isClosed;
    });
  });

  test("starts with the list that it has kept, while the server it was given is away", async () => {
    await using b = new EchoServer("b");
    const address = await b.listen();
    const away = new EchoServer("away");
    const named = await away.listen();
    await away[Symbol.asyncDispose]();
    await using first = await aBalancer([named]);
    await first.balancer.update([named, address]);
    expect(JSON.parse(await readFile(first.file, "utf8"))).toEqual({ servers: [named, address] });
    await using second = await aBalancer([named], first.file);
    expect(second.balancer.servers.toSorted()).toEqual([named, address].toSorted());
    expect(await ask(second.balancer)).toBe("b:hi");
  });

  test("starts without the list when the file is damaged", async () => {
    await using a = new EchoServer("a");
    await using first = await aBalancer(["127.0.0.1:1"]);
    await first.balancer.update(["127.0.0.1:2"]);
    await writeFile(first.file, "{");
    await using second = await aBalancer([await a.listen()], first.file);
    expect(await ask(second.balancer)).toBe("a:hi");
  });

  test("closes the connections of a server that has left the list, but not at once", async () => {
    await using a = new EchoServer("a");
    await using b = new EchoServer("b");
    const [first, second] = [await a.listen(), await b.listen()];
    await using balanced = await aBalancer([first]);
    const socket = open(balanced.balancer);
    expect(await nameFrom(socket)).toBe("a:");
    const closed = once(socket, "close");
    await balanced.balancer.update([second]);
    socket.write("x");
    expect(await nameFrom(socket)).toBe("x");
    expect(await ask(balanced.balancer)).toBe("b:hi");
    await balanced.clock.advance(6000);
    await closed;
    await until(() => a.sockets.size === 0);
  });

  test("moves away from a server that is known not to answer", async () => {
    await using a = new EchoServer("a");
    await using b = new EchoServer("b");
    const [first, second] = [await a.listen(), await b.listen()];
    await using balanced = await aBalancer([first, second]);
    const socket = open(balanced.balancer);
    expect(await nameFrom(socket)).toBe("a:");
    const closed = once(socket, "close");
    balanced.balancer.setHealth(first, false);
    expect(await ask(balanced.balancer)).toBe("b:hi");
    await balanced.clock.advance(6000);
    await closed;
  });

  test("moves away from a server that accepts connections and says nothing", async () => {
    const accepted: Socket[] = [];
    const silent = createServer((socket) => void accepted.push(socket)).listen(0, "127.0.0.1");
    await once(silent, "listening");
    await using b = new EchoServer("b");
    const first = `127.0.0.1:${String((silent.address() as AddressInfo).port)}`;
    await using balanced = await aBalancer([first, await b.listen()]);
    const socket = open(balanced.balancer).resume();
    await until(() => accepted.length === 1);
    const closed = once(socket, "close");
    await balanced.clock.advance(10_000);
    await closed;
    expect(await ask(balanced.balancer)).toBe("b:hi");
    silent.close();
  });

  test("keeps connections to a server that has come back in time", async () => {
    await using a = new EchoServer("a");
    await using b = new EchoServer("b");
    const [first, second] = [await a.listen(), await b.listen()];
    await using balanced = await aBalancer([first, second]);
    const socket = open(balanced.balancer);
    expect(await nameFrom(socket)).toBe("a:");
    balanced.balancer.setHealth(first, false);
    balanced.balancer.setHealth(first, true);
    await balanced.clock.advance(10_000);
    socket.write("still here");
    expect(await nameFrom(socket)).toBe("still here");
    socket.destroy();
  });

  test("breaks the server's connection off with the client's", async () => {
    await using a = new EchoServer("a");
    await using balanced = await aBalancer([await a.listen()]);
    const socket = open(balanced.balancer);
    await nameFrom(socket);
    socket.destroy();
    await until(() => a.sockets.size === 0);
  });

  test("takes no more from one side than the other takes", async () => {
    await using a = new EchoServer("a");
    await using balanced = await aBalancer([await a.listen()]);
    const socket = open(balanced.balancer, { allowHalfOpen: true });
    await nameFrom(socket);
    socket.pause();
    const size = 64 * 1024 * 1024;
    let isWritten = false;
    socket.write(Buffer.alloc(size), () => {
      isWritten = true;
    });
    socket.end();
    await until(() => (socket.bytesWritten ?? 0) > 0);
    for (let turn = 0; turn < 200; turn += 1) await new Promise(setImmediate);
    expect(isWritten).toBe(false);
    expect((await readAll(socket)).length).toBe(size);
  });
});
