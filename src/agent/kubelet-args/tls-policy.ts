/** How clients may speak TLS with the kubelet. */
export interface TlsPolicy {
  readonly tlsMinVersion?: "TLSv1.2" | "TLSv1.3";
  /** Of TLS 1.2, by the names that OpenSSL has for them. */
  readonly tlsCipherSuites?: readonly string[];
}

/** By Go's names. Those of TLS 1.3 cannot be chosen, in Go neither. */
const CIPHERS: Readonly<Record<string, string>> = {
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: "ECDHE-ECDSA-AES128-GCM-SHA256",
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: "ECDHE-ECDSA-AES256-GCM-SHA384",
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305: "ECDHE-ECDSA-CHACHA20-POLY1305",
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-ECDSA-CHACHA20-POLY1305",
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: "ECDHE-RSA-AES128-GCM-SHA256",
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: "ECDHE-RSA-AES256-GCM-SHA384",
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305: "ECDHE-RSA-CHACHA20-POLY1305",
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-RSA-CHACHA20-POLY1305",
};

const OF_TLS_1_3 = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];

export function readTlsMinVersion(text: string): TlsPolicy {
  if (text === "VersionTLS12") return { tlsMinVersion: "TLSv1.2" };
  if (text === "VersionTLS13") return { tlsMinVersion: "TLSv1.3" };
  throw new RangeError("must be VersionTLS12 or VersionTLS13");
}

export function readTlsCipherSuites(text: string): TlsPolicy {
  const names = text.split(",").filter((name) => !OF_TLS_1_3.includes(name));
  const suites = names.map((name) => {
    const suite = Object.hasOwn(CIPHERS, name) ? CIPHERS[name] : undefined;
    if (suite === undefined)
      throw new RangeError(
        `must be secure cipher suites: Cipher suite ${name} not supported or doesn't exist`,
      );
    return suite;
  });
  return suites.length === 0 ? {} : { tlsCipherSuites: suites };
}
