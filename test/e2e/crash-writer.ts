/**
 * `bun crash-writer.ts KUBECONFIG PREFIX` creates, updates and deletes ConfigMaps from several callers until the
 * server is gone, and prints a line for each write that it asks for and each that the server acknowledged.
 */
import { parse } from "yaml";

interface Kubeconfig {
  readonly clusters: readonly { cluster: { server: string; "certificate-authority-data": string } }[];
  readonly users: readonly { user: { "client-certificate-data": string; "client-key-data": string } }[];
}

interface Answer {
  readonly metadata: { readonly resourceVersion: string };
}

const CALLERS = 8;

const [kubeconfig = "", prefix = ""] = process.argv.slice(2);
const { clusters, users } = parse(await Bun.file(kubeconfig).text()) as Kubeconfig;
const cluster = clusters[0]?.cluster;
const user = users[0]?.user;
const collection = `${cluster?.server ?? ""}/api/v1/namespaces/default/configmaps`;
const decode = (text = ""): string => Buffer.from(text, "base64").toString();
const tls = {
  ca: decode(cluster?.["certificate-authority-data"]),
  cert: decode(user?.["client-certificate-data"]),
  key: decode(user?.["client-key-data"]),
};

await Promise.all(Array.from({ length: CALLERS }, (_, caller) => write(`${prefix}-${String(caller)}`)));
// Connections that nobody answers any more must not keep it.
process.exit(0);

async function write(caller: string): Promise<void> {
  for (let number = 0; ; number += 1) {
    const name = `${caller}-${String(number)}`;
    const object = (value: string) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name },
      data: { value },
    });
    if (!(await send("create", name, "POST", collection, object("created")))) return;
    if (number % 3 === 1 && !(await send("update", name, "PUT", `${collection}/${name}`, object("updated"))))
      return;
    if (number % 3 === 2 && !(await send("delete", name, "DELETE", `${collection}/${name}`))) return;
  }
}

/** False when the server is gone. */
async function send(
  verb: string,
  name: string,
  method: string,
  url: string,
  body?: object,
): Promise<boolean> {
  say({ asked: verb, name });
  try {
    const answer = await fetch(url, {
      method,
      tls,
      headers: { "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!answer.ok)
      throw new Error(`${verb} of "${name}" got status ${String(answer.status)}: ${await answer.text()}`);
    const revision =
      verb === "delete" ? undefined : ((await answer.json()) as Answer).metadata.resourceVersion;
    say({ done: verb, name, revision });
    return true;
  } catch (error) {
    if (error instanceof Error && error.message.startsWith(verb)) say({ refused: error.message });
    return false;
  }
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
