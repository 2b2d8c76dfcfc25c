import type { Clock } from "#base/clock.ts";
import { abortable } from "#base/disposable.ts";
import { Listeners } from "#base/listeners.ts";
import { TaskGroup } from "#base/task-group.ts";
import type { Logger } from "#observability/logger.ts";
import { RouteNotices } from "../netlink/route/route-notices.ts";
import { RouteSocket } from "../netlink/route/route-socket.ts";
import { chooseHostAddress, type HostAddressChoice } from "./choose-host-address.ts";

export interface HostAddressOptions {
  /** The one to begin with. */
  readonly address: string;
  /** Whether it stays, whatever happens to links and routes. */
  readonly isFixed: boolean;
  /** Name of the link to other hosts; without it the one of the default route. */
  readonly interfaceName?: string | undefined;
  /** Path of a network namespace; the own one by default. */
  readonly namespace?: string | undefined;
}

/** A DHCP client takes the old address away before it adds the new one, and the route after that. */
const SETTLE_MS = 500;

/** The address that other hosts know this one by, as links and routes change. Disposal ends the looking. */
export class HostAddress implements AsyncDisposable {
  /** Hears of each change, when `current` is the new address already. */
  readonly onChange = new Listeners();
  readonly #options: HostAddressOptions;
  readonly #dependencies: { readonly clock: Clock; readonly logger: Logger };
  readonly #tasks: TaskGroup;
  #current: string;
  #wake = Promise.withResolvers<void>();

  constructor(options: HostAddressOptions, dependencies: { readonly clock: Clock; readonly logger: Logger }) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#current = options.address;
    this.#tasks = new TaskGroup((error) =>
      dependencies.logger.error("The host's address is not looked after", { error }),
    );
    if (options.isFixed) return;
    const notices = new RouteNotices({ namespace: options.namespace });
    this.#tasks.run((signal) => notices.follow(() => this.#wake.resolve(), signal));
    this.#tasks.run((signal) => this.#run(signal));
  }

  get current(): string {
    return this.#current;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#tasks[Symbol.asyncDispose]();
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await abortable(this.#wake.promise, signal);
      await this.#dependencies.clock.sleep(SETTLE_MS, signal);
      this.#wake = Promise.withResolvers<void>();
      this.#look();
    }
  }

  #look(): void {
    const [before, found] = [this.#current, presentHostAddress({ ...this.#options, current: this.#current })];
    if (found === undefined || found === before) return;
    this.#current = found;
    this.#dependencies.logger.info("The host has another address", { before, address: found });
    this.onChange.tell();
  }
}

/** The address that other hosts most likely reach this one at now; undefined when there is none but loopback. */
export function presentHostAddress(
  choice: HostAddressChoice & Pick<HostAddressOptions, "namespace"> = {},
): string | undefined {
  using routes = new RouteSocket({ namespace: choice.namespace });
  const view = { links: routes.links(), addresses: routes.addresses(), routes: routes.routes() };
  return chooseHostAddress(view, choice);
}
