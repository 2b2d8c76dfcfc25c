import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { formatJoinToken, hashAuthority, type JoinToken, parseJoinToken } from "./join-token.ts";

const HASH = "0123456789abcdef".repeat(4);

describe("parseJoinToken", () => {
  const cases: { name: string; text: string; want: JoinToken }[] = [
    {
      name: "the server's own",
      text: `K10${HASH}::server:s3cret`,
      want: { authorityHash: HASH, user: "server", secret: "s3cret" },
    },
    {
      name: "one for agents",
      text: `K10${HASH}::node:s3:cret`,
      want: { authorityHash: HASH, user: "node", secret: "s3:cret" },
    },
    {
      name: "a bootstrap token",
      text: `K10${HASH}::abcdef.0123456789abcdef`,
      want: { authorityHash: HASH, user: "bootstrap", secret: "abcdef.0123456789abcdef" },
    },
    {
      name: "a bootstrap token alone",
      text: "abcdef.0123456789abcdef",
      want: { authorityHash: undefined, user: "bootstrap", secret: "abcdef.0123456789abcdef" },
    },
    {
      name: "a secret alone",
      text: "s3cret",
      want: { authorityHash: undefined, user: "node", secret: "s3cret" },
    },
  ];

  test.each(cases)("reads $name", ({ text, want }) => {
    expect(parseJoinToken(text)).toEqual(want);
  });

  test.each([
    "",
    "two words",
    "K10",
    `K10${HASH}`,
    `K10${HASH}::`,
    `K10${HASH}::server:`,
    `K10${HASH.slice(1)}::server:s3cret`,
    "K9::server:s3cret",
    "admin:s3cret",
  ])("refuses %p", (text) => {
    expect(() => parseJoinToken(text)).toThrow(RangeError);
  });

  test("reads what formatJoinToken writes", () => {
    const token = fc.record({
      authorityHash: fc.option(fc.constant(HASH), { nil: undefined }),
      user: fc.constantFrom("server" as const, "node" as const),
      secret: fc.stringMatching(/^[!-9;-~]{1,40}$/),
    });
    fc.assert(
      fc.property(token, (each) => {
        expect(parseJoinToken(formatJoinToken(each))).toEqual(each);
      }),
    );
  });
});

test("hashAuthority is the SHA-256 of the file", () => {
  expect(hashAuthority("pem\n")).toBe(createHash("sha256").update("pem\n").digest("hex"));
});
