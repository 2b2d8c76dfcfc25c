import type { NetlinkMessage } from "../message.ts";
import { NetlinkError } from "../netlink-error.ts";
import { NETLINK_ROUTE } from "../protocol.ts";
import { Subscription } from "../subscription.ts";
import { linkOfNeighbour } from "./neighbour.ts";
import {
  RTM_DELNEIGH,
  RTM_NEWNEIGH,
  RTNLGRP_IPV4_IFADDR,
  RTNLGRP_IPV4_ROUTE,
  RTNLGRP_IPV6_IFADDR,
  RTNLGRP_IPV6_ROUTE,
  RTNLGRP_LINK,
  RTNLGRP_NEIGH,
} from "./protocol.ts";

const GROUPS = [
  RTNLGRP_LINK,
  RTNLGRP_NEIGH,
  RTNLGRP_IPV4_IFADDR,
  RTNLGRP_IPV4_ROUTE,
  RTNLGRP_IPV6_IFADDR,
  RTNLGRP_IPV6_ROUTE,
];

export interface RouteNoticesOptions {
  /** Path of a network namespace; the own one by default. */
  readonly namespace?: string | undefined;
  /** Index of the link whose neighbours matter, if there is one; those of others change all the time. */
  readonly neighboursOf?: () => number | undefined;
}

/** Tells that links, addresses, routes or a link's neighbours have changed, whoever changed them. */
export class RouteNotices {
  readonly #options: RouteNoticesOptions;

  constructor(options: RouteNoticesOptions) {
    this.#options = options;
  }

  /** Calls `onChange` for every batch of changes, and when changes were missed, until the signal aborts. */
  async follow(onChange: () => void, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const options = { protocol: NETLINK_ROUTE, groups: GROUPS, namespace: this.#options.namespace };
      using subscription = new Subscription(options);
      onChange();
      try {
        for await (const messages of subscription.messages(signal)) {
          if (messages.some((message) => this.#matters(message))) onChange();
        }
      } catch (error) {
        if (!(error instanceof NetlinkError) || error.detail.code !== "overflow") throw error;
      }
    }
  }

  #matters({ type, payload }: NetlinkMessage): boolean {
    if (type !== RTM_NEWNEIGH && type !== RTM_DELNEIGH) return true;
    const link = this.#options.neighboursOf?.();
    return link !== undefined && linkOfNeighbour(payload) === link;
  }
}
