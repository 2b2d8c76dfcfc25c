/**
 * `bun tcp-relay.ts PORT HOST PORT` carries connections on, as the address of a further server does. Without a target it accepts
 * them and never answers.
 */
import { connect, createServer, type Socket } from "node:net";

const [port, host, targetPort] = process.argv.slice(2);

createServer({ allowHalfOpen: true }, (client) => {
  const quiet = (socket: Socket): Socket => socket.on("error", () => undefined);
  quiet(client);
  if (host === undefined) return;
  const server = quiet(connect({ host, port: Number(targetPort), allowHalfOpen: true }));
  client.pipe(server).pipe(client);
  client.once("close", () => server.destroy());
  server.once("close", () => client.destroy());
}).listen(Number(port), "0.0.0.0", () => process.stdout.write("listening\n"));
