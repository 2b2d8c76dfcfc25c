/** The parts of an image name that decide how it is pulled; at least one of them is set. */
export interface ImageReference {
  readonly tag: string;
  readonly digest: string;
}

const DOMAIN_PART = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const DOMAIN = `(?:${DOMAIN_PART}(?:\\.${DOMAIN_PART})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const PATH_PART = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const TAG = "[\\w][\\w.-]{0,127}";
const DIGEST = "[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}";

/** The grammar of `github.com/distribution/reference`. */
const REFERENCE = new RegExp(
  `^(?:${DOMAIN}/)?${PATH_PART}(?:/${PATH_PART})*(?::(?<tag>${TAG}))?(?:@(?<digest>${DIGEST}))?$`,
);
/** A bare identifier would be ambiguous with an image's hash. */
const IDENTIFIER = /^[a-f0-9]{64}$/;

/** Reads an image name; without tag and digest the tag is `latest`. Undefined when it is not a valid name. */
export function parseImageReference(image: string): ImageReference | undefined {
  const match = REFERENCE.exec(image);
  if (match === null || IDENTIFIER.test(image)) return undefined;
  const { tag, digest = "" } = match.groups ?? {};
  return { tag: tag ?? (digest === "" ? "latest" : ""), digest };
}

/** `Always` for the moving tag `latest`, else `IfNotPresent`, also for names that validation will refuse. */
export function defaultPullPolicy(image: string | undefined): "Always" | "IfNotPresent" {
  return parseImageReference(image ?? "")?.tag === "latest" ? "Always" : "IfNotPresent";
}
