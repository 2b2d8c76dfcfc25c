import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";
import type { Credential } from "#pki/certificate.ts";
import type { AttackedCluster } from "./attacked-cluster.ts";

/** A connection on which bytes are sent as they are, which no library for HTTP would send. */
export async function openRaw(cluster: AttackedCluster, credential?: Credential): Promise<TLSSocket> {
  const [host = "", port] = cluster.host.split(":");
  const socket = connect({
    host,
    port: Number(port),
    ca: cluster.pki.authorities["server-ca"],
    ALPNProtocols: ["http/1.1"],
    ...(credential && { cert: credential.certificate, key: credential.key }),
  });
  // What is cut off is seen by who reads.
  socket.on("error", () => undefined);
  await once(socket, "secureConnect");
  return socket;
}

/** Sends the bytes and reads until the server closes, which the request has to ask for. */
export async function exchangeRaw(
  cluster: AttackedCluster,
  bytes: string,
  credential?: Credential,
): Promise<string> {
  const socket = await openRaw(cluster, credential);
  socket.write(Buffer.from(bytes, "latin1"));
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(socket, "close");
  return Buffer.concat(chunks).toString("latin1");
}

/** The status codes of the answers, in turn. */
export function codesOf(answers: string): readonly number[] {
  return [...answers.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, code]) => Number(code));
}
