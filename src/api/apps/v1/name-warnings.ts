import { checkDNS1123Label } from "#apimachinery/formats.ts";

/** Warns of a name that is fit for the object, but not for the pods that are named after it. */
export function podNameWarnings(name: string): readonly string[] {
  const messages = checkDNS1123Label(name);
  return messages.length === 0
    ? []
    : [
        `metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [${messages.join(" ")}]`,
      ];
}
