import { describe, expect, test } from "bun:test";
import { generateKey, issueCertificate } from "#pki/certificate.ts";
import { REMOTE_HEADERS } from "../../authentication/front-proxy-headers.ts";
import { planTrust } from "./plan-trust.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");

function authority(commonName: string, notAfter = NOW + 1000): string {
  const key = generateKey();
  const subject = { commonName };
  return issueCertificate({ subject, usage: "authority", notBefore: NOW - 1e9, notAfter }, key, {
    subject,
    key,
  });
}

const [own, proxy, other] = [authority("own"), authority("proxy"), authority("other")];
const retired = authority("retired");
const trust = {
  clientAuthority: own,
  requestHeaderAuthority: proxy,
  retired,
  frontProxies: { allowedNames: ["system:auth-proxy"], headers: REMOTE_HEADERS },
};
const WANTED = {
  "client-ca-file": own,
  "requestheader-client-ca-file": proxy,
  "requestheader-username-headers": '["X-Remote-User"]',
  "requestheader-uid-headers": '["X-Remote-Uid"]',
  "requestheader-group-headers": '["X-Remote-Group"]',
  "requestheader-extra-headers-prefix": '["X-Remote-Extra-"]',
  "requestheader-allowed-names": '["system:auth-proxy"]',
};

describe("planTrust", () => {
  test.each<readonly [string, Record<string, string>, Record<string, string>]>([
    ["what this server wants", {}, {}],
    ["nothing more when it is there", WANTED, {}],
    [
      "what other servers want",
      { "client-ca-file": other, "requestheader-allowed-names": '["front-proxy-client"]' },
      {
        "client-ca-file": other + own,
        "requestheader-allowed-names": '["front-proxy-client","system:auth-proxy"]',
      },
    ],
    [
      "no authority that is over, but one that a slow clock takes for valid",
      { "client-ca-file": authority("old", NOW - 10 * 60_000) + authority("late", NOW - 60_000) },
      {
        "client-ca-file": expect.stringMatching(
          /^(-----BEGIN[^-]+-----[^-]+-----END[^-]+-----\n){2}$/,
        ) as string,
      },
    ],
    [
      "nothing that cannot be read",
      { "client-ca-file": "nonsense", "requestheader-group-headers": "{", "requestheader-uid-headers": "{}" },
      {},
    ],
    ["no authority that was retired", { "client-ca-file": retired + own }, {}],
    ["nothing that has no meaning", { else: "a" }, {}],
  ])("has %s", (_name, present, differences) => {
    expect(planTrust(present, trust, NOW)).toEqual({ ...WANTED, ...differences });
  });

  test("has the headers and names of other front proxies, and this server's name", () => {
    const headers = { ...REMOTE_HEADERS, username: ["X-Remote-User", "X-Proxy-User"] };
    const others = { ...trust, frontProxies: { allowedNames: ["front"], headers } };
    expect(planTrust({}, others, NOW)).toEqual({
      ...WANTED,
      "requestheader-username-headers": '["X-Remote-User","X-Proxy-User"]',
      "requestheader-allowed-names": '["front","system:auth-proxy"]',
    });
    const anybody = { ...trust, frontProxies: { allowedNames: [], headers } };
    expect(planTrust({}, anybody, NOW)).toMatchObject({ "requestheader-allowed-names": "[]" });
  });
});
