import { describe, expect, test } from "bun:test";
import type { SubjectAccessReview } from "#api/generated/authorization-v1.ts";
import { serviceUnavailable } from "#apimachinery/status-error.ts";
import type { Client } from "#client/client.ts";
import { AuthenticationError } from "#https/authenticator.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { DEFAULT_ACCESS, kubeletAccess } from "./kubelet-access.ts";

const ADA = { username: "ada", uid: "7", groups: ["eng"], extra: { scopes: ["a"] } };
const GET_METRICS = { verb: "get", subresources: ["metrics"] };
const GET_PODS = { verb: "get", subresources: ["pods", "proxy"] };

/** A kubelet of an API server that knows one token and allows one subresource, and may be away. */
function aKubelet(allowed: string) {
  const clock = new FakeClock();
  const asked: unknown[] = [];
  const server = { isAway: false };
  const create = (kind: string, review: { readonly spec: object }) => {
    asked.push(review.spec);
    if (server.isAway) return Promise.reject(serviceUnavailable("away"));
    return Promise.resolve({ ...review, status: kind === "TokenReview" ? owner(review) : access(review) });
  };
  const owner = ({ spec }: { readonly spec: { readonly token?: string } }) =>
    spec.token === "good" ? { authenticated: true, user: ADA } : { authenticated: false, user: {} };
  const access = ({ spec }: { readonly spec: SubjectAccessReview["spec"] }) => ({
    allowed: spec.resourceAttributes?.subresource === allowed,
  });
  const client = { create } as unknown as Pick<Client, "create">;
  const { authenticator, authorizer } = kubeletAccess("n1", DEFAULT_ACCESS, { client, clock });
  const authenticate = async (token: string) =>
    await authenticator.authenticate({
      peer: { address: "192.0.2.1" },
      header: (name) => (name === "authorization" ? `Bearer ${token}` : undefined),
      headerLines: () => [],
    });
  return { clock, asked, server, authenticate, authorizer };
}

describe("tokens", () => {
  test("are those of whom the API server names, for two minutes", async () => {
    const { clock, asked, server, authenticate } = aKubelet("metrics");
    const ada = { name: "ada", uid: "7", groups: ["eng", "system:authenticated"], extra: { scopes: ["a"] } };
    expect(await authenticate("good")).toEqual(ada);
    server.isAway = true;
    await clock.advance(119_000);
    expect(await authenticate("good")).toEqual(ada);
    expect(asked).toEqual([{ token: "good" }]);
    await clock.advance(1000);
    await expect(authenticate("good")).rejects.toBeInstanceOf(AuthenticationError);
    server.isAway = false;
    expect(await authenticate("good")).toEqual(ada);
  });

  test("are refused that it does not know", async () => {
    await expect(aKubelet("metrics").authenticate("bad")).rejects.toThrow("invalid bearer token");
  });
});

describe("access", () => {
  const user = { name: "ada", groups: ["eng"] };

  test("is asked for with the node's name", async () => {
    const { asked, authorizer } = aKubelet("metrics");
    expect(await authorizer.authorize(user, GET_METRICS)).toBeTrue();
    const resourceAttributes = {
      verb: "get",
      group: "",
      version: "v1",
      resource: "nodes",
      subresource: "metrics",
      name: "n1",
    };
    expect(asked).toEqual([{ resourceAttributes, user: "ada", groups: ["eng"] }]);
  });

  test("is given by any subresource of a path, the finest asked first", async () => {
    const { asked, authorizer } = aKubelet("proxy");
    expect(await authorizer.authorize(user, GET_PODS)).toBeTrue();
    expect(asked).toHaveLength(2);
    expect(await authorizer.authorize(user, GET_METRICS)).toBeFalse();
  });

  test.each([
    { what: "allowed", allowed: "metrics", seconds: 300 },
    { what: "denied", allowed: "none", seconds: 30 },
  ])("that is $what stays so for $seconds seconds", async ({ allowed, seconds }) => {
    const { clock, asked, authorizer } = aKubelet(allowed);
    await authorizer.authorize(user, GET_METRICS);
    await clock.advance((seconds - 1) * 1000);
    await authorizer.authorize(user, GET_METRICS);
    expect(asked).toHaveLength(1);
    await clock.advance(1000);
    await authorizer.authorize(user, GET_METRICS);
    expect(asked).toHaveLength(2);
  });

  test("is the API server's without a question, and nobody else's while that is away", async () => {
    const { server, authorizer } = aKubelet("metrics");
    server.isAway = true;
    expect(await authorizer.authorize({ name: "s", groups: ["system:masters"] }, GET_PODS)).toBeTrue();
    await expect((async () => await authorizer.authorize(user, GET_METRICS))()).rejects.toThrow("away");
  });
});
