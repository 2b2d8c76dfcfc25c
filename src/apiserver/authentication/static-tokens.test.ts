import { describe, expect, test } from "bun:test";
import { parseTokens, readTokenFile, StaticTokens } from "./static-tokens.ts";

describe("parseTokens", () => {
  const good: { name: string; text: string; token: string; user: object | undefined }[] = [
    {
      name: "a user of two groups",
      text: 't1,ada,u1,"dev,ops"\nt2,bob,u2\n',
      token: "t1",
      user: { name: "ada", uid: "u1", groups: ["dev", "ops", "system:authenticated"] },
    },
    {
      name: "a user without groups",
      text: "t1,ada,u1\r\nt2,bob,u2,\r\n",
      token: "t2",
      user: { name: "bob", uid: "u2", groups: ["", "system:authenticated"] },
    },
    {
      name: "quotes in quotes",
      text: '"t""1",ada,',
      token: 't"1',
      user: { name: "ada", groups: ["system:authenticated"] },
    },
    {
      name: "the last of two lines",
      text: "t,a,1\nt,b,2",
      token: "t",
      user: { name: "b", uid: "2", groups: ["system:authenticated"] },
    },
    { name: "nobody without a token", text: ",ada,u1", token: "", user: undefined },
  ];
  test.each(good)("knows $name", ({ text, token, user }) => {
    const users = parseTokens(text);
    if (typeof users === "string") throw new Error(users);
    expect(new StaticTokens(users).authenticateToken(token)).toEqual(user as never);
  });

  test("does not know other tokens", () => {
    const users = parseTokens("t1,ada,u1");
    if (typeof users === "string") throw new Error(users);
    expect(new StaticTokens(users).authenticateToken("t")).toBeUndefined();
  });

  const bad: { text: string; says: string }[] = [
    {
      text: "secret,ada",
      says: "it must have at least 3 columns (token, user name, user uid), found 2",
    },
    { text: 'secret,"ada,u1', says: "it is not a file of comma-separated values" },
    { text: 'se"cret,ada,u1', says: "it is not a file of comma-separated values" },
  ];
  test.each(bad)("refuses $text", ({ text, says }) => {
    expect(parseTokens(text)).toBe(says);
  });
});

test("a file that is not there is a text", async () => {
  expect(await readTokenFile("/nowhere/tokens.csv")).toStartWith("ENOENT");
});
