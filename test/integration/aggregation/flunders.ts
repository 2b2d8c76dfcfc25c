import { Answer } from "#https/answer.ts";
import type { Exchange } from "#https/exchange.ts";

const PATH = /^\/apis\/wardle\.example\.com\/v1alpha1(?:\/namespaces\/([^/]+))?\/flunders(?:\/([^/]+))?$/;
const API_VERSION = "wardle.example.com/v1alpha1";

interface Flunder {
  readonly metadata: { readonly name: string; readonly namespace: string };
}

/** Flunders in memory, which can be created, read, watched and deleted. */
export class Flunders {
  readonly #objects = new Map<string, Flunder>();
  readonly #watchers = new Set<(line: string) => void>();
  #revision = 1;

  get names(): readonly string[] {
    return [...this.#objects.keys()];
  }

  /** Undefined for what is not about flunders. */
  async answer(exchange: Exchange): Promise<Answer | undefined> {
    const [path, namespace = "", name = ""] = PATH.exec(exchange.path) ?? [];
    if (path === undefined) return undefined;
    const key = `${namespace}/${name}`;
    if (exchange.method === "POST") return this.#create(namespace, (await exchange.readBody()).toString());
    if (exchange.method === "DELETE") return this.#delete(name === "" ? namespace : key, name === "");
    if (exchange.query.get("watch") !== null) return this.#answerWatch(exchange);
    if (name === "")
      return answer(200, {
        ...LIST,
        metadata: { resourceVersion: String(this.#revision) },
        items: this.#in(namespace),
      });
    const found = this.#objects.get(key);
    return found === undefined ? missing(name) : answer(200, found);
  }

  #create(namespace: string, body: string): Answer {
    const sent = JSON.parse(body) as Flunder;
    this.#revision += 1;
    const object = {
      ...sent,
      apiVersion: API_VERSION,
      kind: "Flunder",
      metadata: {
        ...sent.metadata,
        namespace,
        uid: `uid-${sent.metadata.name}`,
        resourceVersion: String(this.#revision),
        creationTimestamp: "2026-01-01T00:00:00Z",
      },
    };
    this.#objects.set(`${namespace}/${sent.metadata.name}`, object);
    this.#tell("ADDED", object);
    return answer(201, object);
  }

  #delete(key: string, isCollection: boolean): Answer {
    const gone = this.names.filter((each) => (isCollection ? each.startsWith(`${key}/`) : each === key));
    if (gone.length === 0 && !isCollection) return missing(key);
    for (const each of gone) {
      this.#revision += 1;
      this.#tell("DELETED", this.#objects.get(each));
      this.#objects.delete(each);
    }
    return answer(200, { kind: "Status", apiVersion: "v1", status: "Success" });
  }

  /** What has been before a watch is not remembered. */
  #answerWatch({ query, signal }: Exchange): Answer {
    const since = query.get("resourceVersion") ?? "";
    if (!["", String(this.#revision)].includes(since)) return failure(410, "Expired", "too old");
    return new Answer(200, JSON_HEADERS, this.#watch(signal));
  }

  #in(namespace: string): readonly Flunder[] {
    return [...this.#objects.values()].filter(
      ({ metadata }) => namespace === "" || metadata.namespace === namespace,
    );
  }

  #tell(type: string, object: unknown): void {
    for (const watcher of this.#watchers) watcher(`${JSON.stringify({ type, object })}\n`);
  }

  async *#watch(signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const lines: string[] = [];
    let wake = Promise.withResolvers<void>();
    const watcher = (line: string): void => {
      lines.push(line);
      wake.resolve();
    };
    signal.addEventListener("abort", () => wake.resolve());
    this.#watchers.add(watcher);
    try {
      while (!signal.aborted) {
        for (const line of lines.splice(0)) yield Buffer.from(line);
        await wake.promise;
        wake = Promise.withResolvers();
      }
    } finally {
      this.#watchers.delete(watcher);
    }
  }
}

const JSON_HEADERS = { "content-type": "application/json" };
const LIST = { kind: "FlunderList", apiVersion: API_VERSION };

function answer(code: number, value: unknown): Answer {
  return new Answer(code, JSON_HEADERS, Buffer.from(JSON.stringify(value)));
}

function missing(name: string): Answer {
  const details = { name, group: "wardle.example.com", kind: "flunders" };
  return failure(404, "NotFound", `flunders.wardle.example.com ${JSON.stringify(name)} not found`, details);
}

function failure(code: number, reason: string, message: string, details?: object): Answer {
  const status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure" };
  return answer(code, { ...status, message, reason, ...(details && { details }), code });
}
