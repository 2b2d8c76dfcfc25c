import { X509Certificate } from "node:crypto";
import type { DetailedPeerCertificate } from "node:tls";

/**
 * Whether an authority has signed what was shown, by way of others or not. TLS has checked times and purposes, but tells
 * nothing of which authority it found; and who shows a certificate may show others beside it, which prove nothing.
 */
export function leadsTo(shown: DetailedPeerCertificate, authorities: readonly X509Certificate[]): boolean {
  const seen = new Set<DetailedPeerCertificate>();
  for (let link: DetailedPeerCertificate | undefined = shown; link !== undefined && !seen.has(link); ) {
    seen.add(link);
    const certificate = new X509Certificate(link.raw);
    if (authorities.some((authority) => hasSigned(authority, certificate))) return true;
    const next: DetailedPeerCertificate | undefined = link.issuerCertificate;
    const isSound: boolean = next !== undefined && hasSigned(new X509Certificate(next.raw), certificate);
    link = isSound ? next : undefined;
  }
  return false;
}

function hasSigned(issuer: X509Certificate, certificate: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

/** The certificates in a PEM text. Throws for what is none. */
export function readAuthorities(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}
