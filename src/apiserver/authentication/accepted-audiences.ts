import { quote } from "#apimachinery/go-text.ts";
import { AuthenticationError } from "#https/authenticator.ts";

/** Those of whom a token is for that are asked about. Throws an `AuthenticationError` where there are none. */
export function acceptedAudiences(named: readonly string[], wanted: readonly string[]): readonly string[] {
  const accepted = named.filter((audience) => wanted.includes(audience));
  if (accepted.length === 0) {
    const list = (audiences: readonly string[]): string => `[${audiences.map(quote).join(" ")}]`;
    throw new AuthenticationError(
      `token audiences ${list(named)} is invalid for the target audiences ${list(wanted)}`,
    );
  }
  return accepted;
}
