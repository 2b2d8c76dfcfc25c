import { describe, expect, test } from "bun:test";
import { serverAddress, splitAddress } from "./server-address.ts";

describe("splitAddress", () => {
  test.each([
    { server: "192.0.2.1:6443", host: "192.0.2.1", port: 6443 },
    { server: "[2001:db8::1]:6443", host: "2001:db8::1", port: 6443 },
    { server: "server.example.com:8443", host: "server.example.com", port: 8443 },
  ])("is the inverse of serverAddress: $server", ({ server, host, port }) => {
    expect(splitAddress(server)).toEqual({ host, port });
    expect(serverAddress(host, port)).toBe(server);
  });

  test.each([
    { server: "server.example.com", host: "server.example.com" },
    { server: "[2001:db8::1]", host: "2001:db8::1" },
  ])("takes $server for a URL without a port", ({ server, host }) => {
    expect(splitAddress(server)).toEqual({ host, port: 443 });
  });
});
