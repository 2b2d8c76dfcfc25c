/** A subprotocol that client and server have agreed on. */
export interface Subprotocol<T> {
  readonly name: string;
  readonly protocol: T;
}

/** The first of the client's subprotocols, the most wanted first, that is supported. */
export function firstSupported<T>(
  requested: readonly string[],
  supported: Readonly<Record<string, T>>,
): Subprotocol<T> | undefined {
  for (const name of requested) {
    const protocol = Object.hasOwn(supported, name) ? supported[name] : undefined;
    if (protocol !== undefined) return { name, protocol };
  }
  return undefined;
}

/** The words of a header that lists several, separated by commas. */
export function listedWords(header: string | undefined): readonly string[] {
  return (header ?? "")
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}
