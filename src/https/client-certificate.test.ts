import { describe, expect, test } from "bun:test";
import { FakeClock } from "#testing/fake-clock.ts";
import { AuthenticationError } from "./authenticator.ts";
import { clientCertificateAuthenticator } from "./client-certificate.ts";
import type { PeerCertificate } from "./peer.ts";

const clock = new FakeClock();
const authenticator = clientCertificateAuthenticator({ clock });

function authenticate(certificate?: Partial<PeerCertificate>) {
  const complete: PeerCertificate = {
    commonName: "ada",
    organizations: ["dev"],
    fingerprint: "0a1b",
    trusted: true,
    isFrontProxy: false,
    notAfter: clock.now(),
    ...certificate,
  };
  return authenticator.authenticate({
    peer: { address: "192.0.2.1", ...(certificate && { certificate: complete }) },
    header: () => undefined,
    headerLines: () => [],
  });
}

describe("clientCertificateAuthenticator", () => {
  test("takes the common name for the user and the organizations for the groups", () => {
    expect(authenticate({})).toEqual({
      name: "ada",
      groups: ["dev", "system:authenticated"],
      extra: { "authentication.kubernetes.io/credential-id": ["X509SHA256=0a1b"] },
    });
  });

  test("names no group twice", () => {
    const user = authenticate({ organizations: ["system:authenticated", "dev", "dev"] });
    expect(user).toMatchObject({ groups: ["system:authenticated", "dev"] });
  });

  test.each([{ certificate: undefined }, { certificate: { commonName: "" } }])(
    "does not know $certificate",
    ({ certificate }) => {
      expect(authenticate(certificate)).toBeUndefined();
    },
  );

  test.each([
    { certificate: { trusted: false }, reason: 'certificate of "ada" is not trusted' },
    { certificate: { notAfter: clock.now() - 1 }, reason: 'certificate of "ada" has expired' },
  ])("refuses $certificate", ({ certificate, reason }) => {
    expect(() => authenticate(certificate)).toThrow(new AuthenticationError(reason));
  });
});
