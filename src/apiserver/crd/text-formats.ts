/** Formats of texts that validation enforces (kube-openapi pkg/validation/strfmt). Others have no effect. */
import { parseIP, parsePrefix } from "#base/cidr.ts";
import { isRequestUri } from "./request-uri.ts";

type Check = (text: string) => boolean;

const UUID = "[0-9a-f]{8}-?[0-9a-f]{4}-?V-?A-?[0-9a-f]{12}";
const BYTE = "(0|[1-9]\\d?|1\\d\\d?|2[0-4]\\d|25[0-5])";
const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const GO_DURATION = /^[-+]?(0|((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)$/;
const SLOPPY = { leadingZeros: true };

/** By their names without hyphens, which upstream takes out. */
const FORMATS: Readonly<Record<string, Check>> = {
  bsonobjectid: matching(/^[0-9a-f]{24}$/i),
  byte: matching(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/),
  cidr: (text) => parsePrefix(text, SLOPPY) !== undefined,
  creditcard: (text) => isCreditCard(text.replace(/[^0-9]/g, "")),
  date: isDay,
  datetime: isDateTime,
  duration: (text) => GO_DURATION.test(text) || isWordyDuration(text),
  email: matching(/^([^<>]* ?<)?[^\s@<>,;:"()[\]\\]+@[^\s@<>,;:"()[\]\\]+>?$/),
  hexcolor: matching(/^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/),
  hostname: isHostname,
  ipv4: (text) => text.includes(".") && parseIP(text, SLOPPY) !== undefined,
  ipv6: (text) => text.includes(":") && parseIP(text) !== undefined,
  isbn: (text) => isIsbn10(digitsOf(text)) || isIsbn13(digitsOf(text)),
  isbn10: (text) => isIsbn10(digitsOf(text)),
  isbn13: (text) => isIsbn13(digitsOf(text)),
  k8slongname: (text) => text.length <= 253 && text.split(".").every((part) => NAME.test(part)),
  k8sshortname: (text) => text.length <= 63 && NAME.test(text),
  mac: isMac,
  password: () => true,
  rgbcolor: matching(new RegExp(`^rgb\\(\\s*${BYTE}\\s*,\\s*${BYTE}\\s*,\\s*${BYTE}\\s*\\)$`)),
  ssn: (text) => text.length === 11 && /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(text),
  uri: isRequestUri,
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
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) return false;
  const parsed = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(date);
}

const TIME = /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(.\d+)?(z|[+-]\d{2}:\d{2})$/;

/** A time without its zone is none. */
function isDateTime(text: string): boolean {
  const [date = "", time = ""] = text.toLowerCase().split("t");
  return isDay(date) && TIME.test(time);
}

const UNITS = /^(ns|us|µs|ms|s|m|h|hr|d|w|wk|(nano|micro|milli|sec|min|hour|day|week).*)$/i;

/** Such as `2 weeks 3 days`; whatever else is in the text does not matter. */
function isWordyDuration(text: string): boolean {
  const amounts = Array.from(text.matchAll(/(\d+)\s*([A-Za-zµ]+)/g));
  return (
    amounts.every(([, number]) => Number(number) < 2 ** 63) &&
    amounts.some(([, , unit = ""]) => UNITS.test(unit))
  );
}

const HOSTNAME =
  /^(?:[a-zA-Z0-9\p{S}\p{L}](?:-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?|(?:[a-zA-Z0-9\p{S}\p{L}](?:[a-zA-Z0-9\-\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?\.)+[a-zA-Z\p{L}]{2,63})$/u;

function isHostname(text: string): boolean {
  return (
    HOSTNAME.test(text) &&
    Buffer.byteLength(text) <= 255 &&
    text.split(".").every((label) => Buffer.byteLength(label) <= 63)
  );
}

/** Of 6, 8 or 20 bytes. */
function isMac(text: string): boolean {
  const isWritten = /^(?:[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1)*[0-9a-f]{2}|(?:[0-9a-f]{4}\.)+[0-9a-f]{4})$/i;
  return isWritten.test(text) && [6, 8, 20].includes(text.replace(/[^0-9a-f]/gi, "").length / 2);
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

const CARD =
  /^(?:4\d{12}(?:\d{3})?|5[1-5]\d{14}|6(?:011|5\d\d)\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|(?:2131|1800|35\d{3})\d{11})$/;

/** By Luhn's algorithm. */
function isCreditCard(digits: string): boolean {
  if (!CARD.test(digits)) return false;
  const sum = Array.from(digits)
    .reverse()
    .reduce((total, digit, index) => {
      const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
      return total + (value > 9 ? value - 9 : value);
    }, 0);
  return sum % 10 === 0;
}
