import { describe, expect, test } from "bun:test";
import { parseKubeProxyArg, proxySettingsOf } from "./kube-proxy-args.ts";

const OWN = { proxyMode: "nftables", nodePortAddresses: ["primary"] } as const;

describe("parseKubeProxyArg", () => {
  test.each([
    { name: "nothing", args: [], settings: { ...OWN, masqueradesAll: false } },
    {
      name: "each flag",
      args: ["proxy-mode=iptables", "nodeport-addresses=10.0.0.0/8,127.0.0.0/8", "masquerade-all=true"],
      settings: {
        proxyMode: "iptables",
        nodePortAddresses: ["10.0.0.0/8", "127.0.0.0/8"],
        masqueradesAll: true,
      },
    },
    {
      name: "dashes, and a flag that is given twice",
      args: ["--proxy-mode=iptables", "--proxy-mode=nftables"],
      settings: { ...OWN, masqueradesAll: false },
    },
  ])("changes the settings by $name", ({ args, settings }) => {
    const kubeProxyArgs = args.map(parseKubeProxyArg);
    expect(proxySettingsOf({ ...OWN, kubeProxyArgs })).toEqual(
      settings as ReturnType<typeof proxySettingsOf>,
    );
  });

  test.each([
    { text: "ipvs-scheduler=rr", says: "must be one of proxy-mode, nodeport-addresses, masquerade-all" },
    { text: "masquerade-all", says: "with = and its value" },
    { text: "masquerade-all=yes", says: "must have true or false" },
    { text: "proxy-mode=ipvs", says: "must be nftables or iptables" },
    { text: "nodeport-addresses=here", says: "must be a network" },
    { text: "constructor=1", says: "must be one of" },
  ])("refuses $text", ({ text, says }) => {
    expect(() => parseKubeProxyArg(text)).toThrow(says);
  });
});
