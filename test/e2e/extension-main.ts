/**
 * `bun extension-main.ts ADDRESS PORT NODE CA-FILE` runs an extension server until it is killed. What it prints first is the
 * authority of its certificate.
 */
import { readFile } from "node:fs/promises";
import { ExtensionServer } from "../integration/aggregation/extension-server.ts";

const [address = "", port = "", nodeName = "", authorityFile = ""] = process.argv.slice(2);
const frontProxyAuthority = await readFile(authorityFile, "utf8");
const server = new ExtensionServer({ frontProxyAuthority, address, port: Number(port), nodeName });
await server.start();
process.stdout.write(server.authority);
