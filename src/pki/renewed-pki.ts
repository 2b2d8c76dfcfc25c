import { X509Certificate } from "node:crypto";
import type { Clock } from "#base/clock.ts";
import { Listeners } from "#base/listeners.ts";
import { TaskGroup } from "#base/task-group.ts";
import type { Credential } from "./certificate.ts";
import { splitCertificates } from "./inspect.ts";
import { openPki, type Pki, type PkiOptions } from "./pki.ts";
import { PkiError } from "./pki-error.ts";
import { AUTHORITIES } from "./wanted.ts";

export interface RenewedPkiDependencies {
  readonly clock: Clock;
  /** Hears why a look at the directory has failed; the next one comes. */
  readonly onFailure: (error: unknown) => void;
}

/** Certificates have months left when they are due, so that a look may fail often. */
const LOOK_MS = 60 * 60 * 1000;

/** A clock that was set is noticed within this time. */
const GLANCE_MS = 60 * 1000;

/**
 * The PKI of a directory while a process runs: looks every hour whether something is due, and soon after the clock was set. Credentials are those of
 * the time at which their parts are read, so whoever keeps one has the newest. Disposal ends the looks.
 */
export class RenewedPki implements Pki, AsyncDisposable {
  /** Hears of each change, when the credentials have changed already. */
  readonly onRenewed = new Listeners<[Pki["issued"]]>();
  readonly credentials: Pki["credentials"];
  #options: PkiOptions;
  readonly #dependencies: RenewedPkiDependencies;
  readonly #tasks: TaskGroup;
  #current: Pki;
  #looking: Promise<unknown> = Promise.resolve();

  private constructor(current: Pki, options: PkiOptions, dependencies: RenewedPkiDependencies) {
    this.#current = current;
    this.#options = options;
    this.#dependencies = dependencies;
    const names = Object.keys(current.credentials) as (keyof Pki["credentials"])[];
    this.credentials = Object.fromEntries(
      names.map((name) => [name, this.#newest(name)]),
    ) as unknown as Pki["credentials"];
    this.#tasks = new TaskGroup(dependencies.onFailure);
    this.#tasks.run((signal) => this.#lookForEver(signal));
  }

  /** As `openPki`. */
  static async open(options: PkiOptions, dependencies: RenewedPkiDependencies): Promise<RenewedPki> {
    return new RenewedPki(await openPki(options, dependencies), options, dependencies);
  }

  get authorities(): Pki["authorities"] {
    return this.#current.authorities;
  }

  get former(): Pki["former"] {
    return this.#current.former;
  }

  get serviceAccountKey(): string {
    return this.#current.serviceAccountKey;
  }

  get formerServiceAccountKeys(): string {
    return this.#current.formerServiceAccountKeys;
  }

  /** The addresses of this host that certificates name, the one that others reach it at first. */
  get nodeIPs(): readonly string[] {
    return this.#options.nodeIPs;
  }

  get issued(): Pki["issued"] {
    return this.#current.issued;
  }

  /** Looks at once, and gives the names of the certificates and keys that are others now. Rejects with a `PkiError`. */
  look(): Promise<readonly string[]> {
    const looked = this.#looking.then(
      () => this.#look(),
      () => this.#look(),
    );
    this.#looking = looked;
    return looked;
  }

  /** Has certificates name other addresses of this host from now on; as `look`. */
  setNodeIPs(nodeIPs: readonly string[]): Promise<readonly string[]> {
    this.#options = { ...this.#options, nodeIPs };
    return this.look();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#tasks[Symbol.asyncDispose]();
  }

  #newest(name: keyof Pki["credentials"]): Credential {
    const current = (): Credential => this.#current.credentials[name] ?? { certificate: "", key: "" };
    return {
      get certificate() {
        return current().certificate;
      },
      get key() {
        return current().key;
      },
    };
  }

  async #lookForEver(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#untilNextLook(signal);
      try {
        await this.look();
      } catch (error) {
        this.#dependencies.onFailure(error);
      }
    }
  }

  async #untilNextLook(signal: AbortSignal): Promise<void> {
    const { clock } = this.#dependencies;
    const since = clock.now();
    for (let slept = 0; slept < LOOK_MS; slept += GLANCE_MS) {
      await clock.sleep(GLANCE_MS, signal);
      const passed = clock.now() - since;
      if (passed < slept || passed >= LOOK_MS) return;
    }
  }

  async #look(): Promise<readonly string[]> {
    const found = await openPki(this.#options, this.#dependencies);
    const changes = changesOf(this.#current, found);
    if (changes.length === 0) return [];
    // Whoever trusts this process could not follow it to others by accident; the next start goes over to them.
    if (AUTHORITIES.some((name) => !isContinued(this.authorities[name], found.authorities[name]))) {
      throw new PkiError(
        { code: "authorityChanged" },
        `The authorities in "${this.#options.directory}" have changed: they count from the next start on`,
      );
    }
    this.#current = found;
    this.onRenewed.tell(changes);
    return changes.map(({ name }) => name);
  }
}

const KEYS = ["serviceAccountKey", "formerServiceAccountKeys"] as const;

/** What has been issued, be it by another process. */
function changesOf(before: Pki, after: Pki): Pki["issued"] {
  const { authorities, credentials, issued } = after;
  const hasOtherKeys = KEYS.some((name) => after[name] !== before[name]);
  const changed = [
    ...AUTHORITIES.filter((name) => authorities[name] !== before.authorities[name]),
    ...(Object.keys(credentials) as (keyof Pki["credentials"])[]).filter(
      (name) => credentials[name]?.certificate !== before.credentials[name]?.certificate,
    ),
    ...(hasOtherKeys ? ["service-account-key"] : []),
  ];
  const others = changed.filter((name) => !issued.some((each) => each.name === name));
  return [...issued, ...others.map((name) => ({ name, reason: "rotated" as const }))];
}

/** Whether the key of one of the authorities before counts still. */
function isContinued(before: string, after: string): boolean {
  const [known, found] = [before, after].map((pem) =>
    splitCertificates(pem).map((certificate) => new X509Certificate(certificate).publicKey),
  );
  return found?.some((key) => known?.some((other) => other.equals(key))) === true;
}
