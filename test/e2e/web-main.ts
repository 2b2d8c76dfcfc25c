/**
 * `bun web-main.ts PORT` answers every request with the name of its host and the client's address. It ends as a web server
 * should: once told to, it asks clients with the next answer to connect elsewhere, and waits until they have.
 */
import { createServer } from "node:http";
import { hostname } from "node:os";

let isEnding = false;
let connections = 0;
const endWhenAlone = (): void => {
  if (isEnding && connections === 0) process.exit();
};

const server = createServer(({ socket }, response) => {
  if (isEnding) response.setHeader("connection", "close");
  response.end(`${hostname()} ${(socket.remoteAddress ?? "").replace("::ffff:", "")}\n`);
});
server.keepAliveTimeout = 0;
server.on("connection", (socket) => {
  connections += 1;
  socket.once("close", () => {
    connections -= 1;
    endWhenAlone();
  });
});
server.listen(Number(process.argv[2]));

process.once("SIGTERM", () => {
  isEnding = true;
  endWhenAlone();
});
