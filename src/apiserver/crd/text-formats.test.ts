import { describe, expect, test } from "bun:test";
import { hasFormat } from "./text-formats.ts";

/** Texts that have a format, and texts that do not. */
const CASES: Readonly<Record<string, readonly [valid: readonly string[], invalid: readonly string[]]>> = {
  byte: [["VGhpcyBpcyBhIHRlc3Q="], ["ZWxpemFiZXRocG9zZXk", "", "a_b="]],
  bsonobjectid: [["507f1f77bcf86cd799439011"], ["yada"]],
  cidr: [
    ["192.0.2.1/24", "192.0.02.1/24", "2001:db8:a0b:12f0::1/32"],
    ["198.168.254.2", "2001:db8:a0b:12f0::1"],
  ],
  creditcard: [
    ["4111-1111-1111-1111", "4012-8888-8888-1881"],
    ["9999-9999-9999-999", "4111-1111-1111-1112", "0000000000000"],
  ],
  date: [
    ["2014-12-15", "2024-02-29"],
    ["2014-1-5", "2023-02-29", "2014-12-15T00:00:00Z", ""],
  ],
  "date-time": [
    ["2014-12-15T08:00:00.000Z", "2011-08-18T19:03:37.000000000+01:00", "2014-12-15t19:30:20z"],
    [
      "zorgTx",
      "1972-12-31Tx",
      "1972-12-31T24:40:00.000Z",
      "1972-12-31T23:63:00.000Z",
      "1972-12-31T23:59:60.000Z",
      "2014-12-15T08:00:00",
      "2014-12-15 08:00:00Z",
    ],
  ],
  duration: [
    ["0ms", "1.5h", "-2m3s", "1µs", "1hr", "1wk", "3 weeks", "1  minute", "2 hours and 5 min", "1nanos"],
    ["yada", "three week", "12 parsecs", "12 y", "45 wekk", "45 weeekks", "99999999999999999999 weeks", "5"],
  ],
  email: [
    ["somebody@somewhere.com", "A B <a@b.c>"],
    ["somebody@somewhere@com", "somebody", ""],
  ],
  hexcolor: [
    ["#FFFFFF", "abc"],
    ["#fffffffz", "#ffff"],
  ],
  hostname: [
    [
      "somewhere.com",
      "888.com",
      "1.2.3.com",
      "xn--ls8h.la",
      "☁→❄.ws",
      "www.example.ôlà",
      "ex$ample",
      "x-y",
      "<foo>",
    ],
    [
      "somewhere.com!",
      "user@email.domain",
      "1.1.1.1",
      "a".repeat(256),
      `x.y.${"a".repeat(64)}`,
      "www.example-.org",
      "-www",
      "a-b-c",
      "www.ex ample.org",
      "_www.example.org",
      "a.b.c.d",
      "x.",
      "",
    ],
  ],
  ipv4: [
    ["127.0.0.1", "192.168.1.01"],
    ["198.168.254.2.2", "::1"],
  ],
  ipv6: [
    ["::1", "2001:db8::1"],
    ["127.0.0.1", "::g"],
  ],
  isbn: [["0321751043", "978-0321751041"], ["836217463"]],
  isbn10: [["0321751043"], ["978-0321751041"]],
  isbn13: [["978-0321751041"], ["978-0321751042", "0321751043"]],
  "k8s-long-name": [
    ["a", "a.b-c.d", "a".repeat(253)],
    ["a.-", "A", "a..b", "a".repeat(254), ""],
  ],
  "k8s-short-name": [
    ["a", "a-b"],
    ["a-", "a.b", "a".repeat(64)],
  ],
  mac: [
    ["01:02:03:04:05:06", "01-02-03-04-05-06-07-08", "0123.4567.89ab"],
    ["01:02:03:04:05", "01:02:03:04:05:06:07", "01:02-03:04:05:06"],
  ],
  password: [["super secret"], []],
  rgbcolor: [
    ["rgb(0,0,0)", "rgb( 255, 255 , 255 )"],
    ["rgb(300,0,0)", "rgb(00,0,0)"],
  ],
  ssn: [
    ["111-11-1111", "999 99 9999"],
    ["999 99 999", "111111111"],
  ],
  uri: [
    [
      "http://foo.bar/#com",
      "http://foobar.中文网/",
      "http://user:pass@www.foobar.com/",
      "http://duckduckgo.com/?q=%2F",
      "http://[::1]:8080/",
      "xyz://foobar.com",
      "http://www.-foobar.com/",
      "mailto:someone@example.com",
      "/abs/test/dir",
      "/with space",
    ],
    ["", "foobar.com", ".com", "./rel/test/dir", "http://a b/", "http://a:b/", "/%zz", "http://a\n"],
  ],
  uuid: [["95D3E5B1-44F6-3D6B-8B1B-2D4E7E7C3A11"], ["not-a-uuid"]],
  uuid3: [["bcd02e22-68f0-3046-a512-327cca9def8f"], ["bcd02e22-68f0-4046-a512-327cca9def8f"]],
  uuid4: [["025b0d74-00a2-4048-bf57-227c5111bb34"], ["025b0d74-00a2-4048-7f57-227c5111bb34"]],
  uuid5: [["886313e1-3b8a-5372-9b90-0c9aee199e5d"], ["886313e1-3b8a-4372-9b90-0c9aee199e5d"]],
};

describe("hasFormat", () => {
  test.each(Object.entries(CASES))("knows %s", (format, [valid, invalid]) => {
    expect(valid.filter((text) => !hasFormat(format, text))).toEqual([]);
    expect(invalid.filter((text) => hasFormat(format, text))).toEqual([]);
  });

  test("takes everything in a format that nobody knows", () => {
    expect(hasFormat("color", "x")).toBe(true);
    expect(hasFormat("constructor", "x")).toBe(true);
  });
});
