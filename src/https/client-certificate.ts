import { AUTHENTICATED_GROUP, type UserInfo } from "#apimachinery/user.ts";
import type { Clock } from "#base/clock.ts";
import { AuthenticationError, type Authenticator, CREDENTIAL_ID } from "./authenticator.ts";
import type { PeerCertificate } from "./peer.ts";

/**
 * The common name is the user, the organizations are the groups (apiserver `request/x509`). The end of the
 * certificate is checked with every request, because connections live long.
 */
export function clientCertificateAuthenticator({
  clock,
}: {
  readonly clock: Pick<Clock, "now">;
}): Authenticator {
  const users = new WeakMap<PeerCertificate, UserInfo>();
  return {
    authenticate: ({ peer: { certificate } }) => {
      if (certificate === undefined) return undefined;
      const { trusted, notAfter, commonName } = certificate;
      if (!trusted) throw new AuthenticationError(`certificate of "${commonName}" is not trusted`);
      if (clock.now() > notAfter) throw new AuthenticationError(`certificate of "${commonName}" has expired`);
      if (commonName === "") return undefined;
      const known = users.get(certificate) ?? userOf(certificate);
      users.set(certificate, known);
      return known;
    },
  };
}

function userOf({ commonName, organizations, fingerprint }: PeerCertificate): UserInfo {
  return {
    name: commonName,
    groups: [...new Set([...organizations, AUTHENTICATED_GROUP])],
    extra: { [CREDENTIAL_ID]: [`X509SHA256=${fingerprint}`] },
  };
}
