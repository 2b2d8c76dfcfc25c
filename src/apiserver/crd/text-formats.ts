/** Formats of texts that validation enforces (kube-openapi pkg/validation/strfmt). Others have no effect. */
import { checkDNS1123Label, checkDNS1123Subdomain } from "#apimachinery/formats.ts";
import { parseCidr, parseIpAddress } from "#base/ip-address.ts";

type Check = (text: string) => boolean;

const UUID = "[0-9a-f]{8}-?[0-9a-f]{4}-?V-?A-?[0-9a-f]{12}";
const TIME = "([01]\\d|2[0-3]):[0-5]\\d:([0-5]\\d|60)(\\.\\d+)?";
const DATE = "\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])";

/** By their names without hyphens, which upstream takes out. */
const FORMATS: Readonly<Record<string, Check>> = {
  bsonobjectid: matching(/^[0-9a-f]{24}$/i),
  byte: matching(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/),
  cidr: (text) => parseCidr(text) !== undefined,
  creditcard: (text) => isCreditCard(text.replace(/[^0-9]/g, "")),
  date: (text) => new RegExp(`^${DATE}$`).test(text) && isDay(text),
  datetime: (text) =>
    new RegExp(`^${DATE}[Tt ]${TIME}([Zz]|[+-]\\d\\d:?\\d\\d)?$`).test(text) && isDay(text.slice(0, 10)),
  duration: matching(
    /^[-+]?(0|((\d+(\.\d*)?|\.\d+) ?(ns|us|µs|ms|s|m|h|d|w|nanoseconds?|microseconds?|milliseconds?|secs?|seconds?|mins?|minutes?|hours?|days?|weeks?) ?)+)$/,
  ),
  email: matching(/^([^<>]* ?<)?[^\s@<>,;:"()[\]\\]+@[^\s@<>,;:"()[\]\\]+>?$/),
  hexcolor: matching(/^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/),
  hostname: (text) => text.length <= 255 && isHostname(text),
  ipv4: (text) => /^[0-9.]+$/.test(text) && parseIpAddress(withoutLeadingZeros(text)) !== undefined,
  ipv6: (text) => text.includes(":") && parseIpAddress(text) !== undefined,
  isbn: (text) => isIsbn10(digitsOf(text)) || isIsbn13(digitsOf(text)),
  isbn10: (text) => isIsbn10(digitsOf(text)),
  isbn13: (text) => isIsbn13(digitsOf(text)),
  k8slongname: (text) => checkDNS1123Subdomain(text).length === 0,
  k8sshortname: (text) => checkDNS1123Label(text).length === 0,
  mac: matching(
    /^([0-9a-f]{2}([:-])([0-9a-f]{2}\2){4}([0-9a-f]{2}\2){0,14}[0-9a-f]{2}|([0-9a-f]{4}\.){2}([0-9a-f]{4}\.)?[0-9a-f]{4})$/i,
  ),
  password: () => true,
  rgbcolor: matching(
    /^rgb\(\s*(\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])\s*(,\s*(\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])\s*){2}\)$/,
  ),
  ssn: matching(/^\d{3}[- ]?\d{2}[- ]?\d{4}$/),
  uri: (text) => URL.canParse(text) || /^\/\S*$/.test(text),
  uuid: uuid("[0-9a-f]{4}", "[0-9a-f]{4}"),
  uuid3: uuid("3[0-9a-f]{3}", "[0-9a-f]{4}"),
  uuid4: uuid("4[0-9a-f]{3}", "[89ab][0-9a-f]{3}"),
  uuid5: uuid("5[0-9a-f]{3}", "[89ab][0-9a-f]{3}"),
};

/** Whether a text has the format; true for formats that nobody knows. */
export function hasFormat(format: string, text: string): boolean {
  const name = format.replaceAll("-", "");
  const check = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
  return check?.(text) ?? true;
}

function matching(pattern: RegExp): Check {
  return (text) => pattern.test(text);
}

function uuid(version: string, variant: string): Check {
  return matching(new RegExp(`^${UUID.replace("V", version).replace("A", variant)}$`, "i"));
}

function isDay(date: string): boolean {
  const parsed = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(date);
}

const HOST_LABEL = /^[a-zA-Z0-9\p{S}\p{L}]([a-zA-Z0-9\-\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?$/u;
const TOP_LEVEL = /^[a-zA-Z\p{L}]{2,63}$/u;

function isHostname(text: string): boolean {
  const labels = text.split(".");
  const [top = ""] = labels.slice(-1);
  return labels.every((label) => HOST_LABEL.test(label)) && (labels.length === 1 || TOP_LEVEL.test(top));
}

function withoutLeadingZeros(address: string): string {
  return address
    .split(".")
    .map((part) => part.replace(/^0+(?=\d)/, ""))
    .join(".");
}

function digitsOf(text: string): string {
  return text.replace(/[\s-]/g, "");
}

function isIsbn10(digits: string): boolean {
  if (!/^\d{9}[\dX]$/.test(digits)) return false;
  const sum = Array.from(digits).reduce(
    (total, digit, index) => total + (digit === "X" ? 10 : Number(digit)) * (10 - index),
    0,
  );
  return sum % 11 === 0;
}

function isIsbn13(digits: string): boolean {
  if (!/^\d{13}$/.test(digits)) return false;
  return (
    Array.from(digits).reduce((total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 1 : 3), 0) %
      10 ===
    0
  );
}

/** By Luhn's algorithm. */
function isCreditCard(digits: string): boolean {
  if (!/^\d{13,19}$/.test(digits)) return false;
  const sum = Array.from(digits)
    .reverse()
    .reduce((total, digit, index) => {
      const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
      return total + (value > 9 ? value - 9 : value);
    }, 0);
  return sum % 10 === 0;
}
