import { readSysctl, writeSysctl } from "../netlink/sysctl.ts";

/** Lets the kernel route what comes from 127.0.0.1 to other hosts, as node ports on loopback need it. */
export interface LoopbackRouting {
  enable(): void;
  /** Does nothing where somebody else has enabled it. */
  disable(): void;
}

const ROUTE_LOCALNET = ["net", "ipv4", "conf", "all", "route_localnet"];

/** To the kernel everything above 0 means yes; this yes is ours, so that we know later whether to take it back. */
const OURS = "2";
const OFF = "0";

/** `namespace` is the path of the host's network namespace; the own one by default. */
export function kernelLoopbackRouting(options: { readonly namespace?: string } = {}): LoopbackRouting {
  return {
    enable: () => {
      if (readSysctl(ROUTE_LOCALNET, options) === OFF) writeSysctl(ROUTE_LOCALNET, OURS, options);
    },
    disable: () => {
      if (readSysctl(ROUTE_LOCALNET, options) === OURS) writeSysctl(ROUTE_LOCALNET, OFF, options);
    },
  };
}
